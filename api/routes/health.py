"""/healthz and /readyz: whether the process lives, and whether what it needs answers."""

import logging
from importlib.metadata import version

from fastapi import APIRouter, Response, status

from brainrank.api.routes.dependencies import TheService
from brainrank.api.schemas import HealthAnswer
from brainrank.api.services.runs.recovery import last_sweep
from brainrank.benchmark.cell.enclosure import missing

AGAIN_S = 5

log = logging.getLogger(__name__)
router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> HealthAnswer:
    """Answer while the process lives, though all of its threads be at work."""
    return HealthAnswer(status="ok", version=version("brainrank"))


@router.get("/readyz", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": HealthAnswer}})
def readyz(service: TheService, response: Response) -> HealthAnswer:
    """Answer whether the database and the broker do, too, and whether what dead workers leave is looked for.

    Beside it: what the cells of models go without on this machine.
    """
    found = {}
    for name, check in service.checks:
        try:
            check()
            found[name] = "ok"
        except Exception as error:
            log.warning("The %s does not answer", name, exc_info=error)
            found[name] = f"does not answer ({type(error).__name__})"  # an address is nobody else's to know
    failing = any(text != "ok" for text in found.values())
    if failing:
        response.headers["Retry-After"] = str(AGAIN_S)
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    swept = last_sweep(service.begin) if found.get("database") == "ok" else None
    return HealthAnswer(
        status="failing" if failing else "ok",
        version=version("brainrank"),
        checks=found,
        last_sweep=swept,
        unprotected=list(missing()),
    )
