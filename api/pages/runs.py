"""A run's page: where it is, what it came to, and the receipt from which it can be scored again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from brainrank.api.pages import models
from brainrank.api.pages.model import track
from brainrank.api.pages.render import page
from brainrank.api.pages.run_charts import ScoredRun
from brainrank.api.pages.run_evidence import behaviour_evidence, rdm_evidence
from brainrank.api.repositories import conflicts
from brainrank.api.repositories.runs import ShownRun, StoredRun
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.runs import Number
from brainrank.api.routes.service import Service
from brainrank.api.services.boards.map_rows import place_text
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.runs.failures import remedy
from brainrank.benchmark.types.brain_space import Surface, Volume

router = APIRouter(include_in_schema=False)
NOTHING = "none"


@router.get("/runs/{number}")
def show_run(request: Request, number: Number, service: TheService) -> Response:
    """Show a public run."""
    with service.begin() as session:
        run = visible_runs.run(session, number, EVERYBODY, spatial=True)
        log = visible_runs.log(session, number, EVERYBODY, after=0)
        contradicted = conflicts.every(session, [number])
    of = _scored_run(run, service)
    stored = run.stored
    return page(
        request,
        "run.html",
        section=models.SECTION.name,
        run=run,
        known=service.catalogue.has(run.benchmark),
        log=log,
        contradicted=contradicted,
        other_code=number in service.origins.now().other_code,
        remedy=remedy(run.error_class) if run.error_class else "",
        scale=track([stored.score]) if stored else (0.0, 1.0),
        receipt=receipt_rows(stored.receipt) if stored else [],
        receipt_json=json.dumps(dict(stored.receipt), indent=2) if stored else "",
        rdms=of and rdm_evidence(of, whole=True),
        behaviour=of and behaviour_evidence(of, whole=True),
        brain=_map_facts(stored) if stored else None,
        address=f"{request.url.scheme}://{request.url.netloc}",
    )


def _map_facts(run: StoredRun) -> Mapping[str, Any] | None:
    """What is to be known of a run's map; None where it has none."""
    found = run.score.per_target
    if found is None or found.spatial is None or found.spatial.positions is None:
        return None
    from brainrank.api.services.analysis.run_maps import map_facts, map_of_runs

    facts = map_facts(map_of_runs([run]))
    facts["highest"] = [{**each, "where": place_text(each)} for each in facts["highest"]]
    return {
        **facts,
        "several_layers": len(found.spatial.layers) > 1,
        "drawn": isinstance(found.spatial.positions.space, Volume | Surface),
    }


def receipt_rows(receipt: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """A receipt as a table: what is inside a part comes after its name."""
    rows = []
    for name, value in receipt.items():
        inner = value.items() if isinstance(value, Mapping) else [("", value)]
        rows += [(f"{name}, {key}" if key else name, _value_text(each)) for key, each in inner]
    return [(name.replace("_", " "), value) for name, value in rows]


def _value_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_value_text, value)) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else str(value)


def _scored_run(run: ShownRun, service: Service) -> ScoredRun | None:
    if run.stored is None or not service.catalogue.has(run.benchmark):
        return None
    return ScoredRun(run.stored, service)
