"""`brainrank serve`: the web interface, and without a broker the work, too, in one process."""

import gc
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from celery import Celery
    from fastapi import FastAPI

    from brainrank.api.routes.service import Service
    from brainrank.api.settings import Settings

GRACE_S = 3
BROKER_TIMEOUT_S = 2
# Ten looks in a row that nobody took.
SWEPT_WITHIN_S = 30.0


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all of this machine's.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes to start; they need BRAINRANK_BROKER_URL (Redis).")
    ] = 0,
    device: Annotated[str, typer.Option(help="What its workers compute on: auto, cpu or cuda.")] = "auto",
) -> None:
    """Serve submissions, scores and leaderboards over HTTP.

    Without BRAINRANK_BROKER_URL this process works on submissions itself, one at a time: no server is needed. With it,
    signals go through Redis to `brainrank worker` processes, of which --workers starts some here.
    """
    with ExitStack() as stack:
        with without_garbage_collection():
            import uvicorn

            from brainrank.api.app import create_app
            from brainrank.api.cli.output import clear_errors, messages
            from brainrank.api.client.local_service import is_this_machine
            from brainrank.api.settings import Settings

            stack.enter_context(clear_errors())
            settings = Settings()
            service = stack.enter_context(_service(settings, workers=workers, device=device))
            own = leave_token(settings, service) if is_this_machine(host) else ""
            app = create_app(service)
        messages.print(f"Serving on http://{host}:{port} (its pages: /docs); Ctrl-C stops it", markup=False)
        if own:
            # Behind a #, which no browser sends to anybody.
            messages.print(
                f"Submit at http://{host}:{port}/submit#{own} (keep it: it signs you in)", markup=False, soft_wrap=True
            )
        threading.Thread(target=get_ready, args=(app,), daemon=True).start()
        uvicorn.run(app, host=host, port=port, log_level="warning", **listening())


def listening() -> dict[str, Any]:
    """How clients are listened to, and for how long they are answered once the process is to end."""
    from brainrank.api.slow_clients import ImpatientProtocol

    return {"http": ImpatientProtocol, "timeout_graceful_shutdown": GRACE_S}


def get_ready(app: "FastAPI") -> None:
    """Do what the first pages would wait for: statistics are loaded, and what boards are made of is read."""
    from brainrank.benchmark.scoring.catalogue import EVERYTHING
    from brainrank.benchmark.types.errors import BrainrankError

    with suppress(BrainrankError):  # whoever asks for a page is told
        boards, service = app.state.boards, app.state.service
        for name in (EVERYTHING, *dict.fromkeys(each.group for each in service.catalogue.benchmarks.values())):
            boards.basis(name)
        service.origins.now()
    importlib.import_module("scipy.stats")


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Without looking for rubbish, neither now nor later, in what is made: that took a fifth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _service(settings: "Settings", *, workers: int, device: str) -> "Iterator[Service]":
    from brainrank.benchmark.types.errors import UserError
    from brainrank.workers.app import make_celery
    from brainrank.workers.children import keep_running

    if settings.broker_url is None:
        from brainrank.api.cli.output import messages
        from brainrank.benchmark.cell.enclosure import missing
        from brainrank.workers.embedded import embedded_worker
        from brainrank.workers.process import working_celery
        from brainrank.workers.stop import Stop

        if workers:
            raise UserError(
                "--workers starts processes, which hear of work by a broker; set BRAINRANK_BROKER_URL, as "
                "redis://127.0.0.1:6379/0, or leave --workers out: one process then serves and works"
            )
        stop = Stop()
        app = working_celery(settings, device=device, stop=stop)
        for each in missing():
            messages.print(f"[yellow]Models run in cells here that lack something:[/yellow] {each}", soft_wrap=True)
        with sweeping(app, settings) as service, embedded_worker(app, stop):
            yield service
        return
    app = make_celery(settings)

    def broker() -> None:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)

    with (
        sweeping(app, settings, broker=broker) as service,
        keep_running(["worker", "--device", device], number=workers),
    ):
        yield service


@contextmanager
def sweeping(app: "Celery", settings: "Settings", *, broker: "Callable[[], None] | None" = None) -> "Iterator[Service]":
    """The service, which looks for what dead workers left, and sends signals, in a thread of its own."""
    from brainrank.api.routes.service import open_service
    from brainrank.workers.sweeper import Sweeper

    sweeper = Sweeper(app, lambda: service.begin, lease_s=settings.lease_s)
    service = open_service(settings, signal=sweeper.signal, broker=broker, swept_within_s=SWEPT_WITHIN_S)
    sweeper.start()
    try:
        yield service
    finally:
        sweeper.stop()


def leave_token(settings: "Settings", service: "Service") -> str:
    """Leave a token that only this machine's user can read, by which the other commands are let in; return it."""
    from brainrank.api.cli.service_connection import LOCAL_OWNER
    from brainrank.api.client.local_service import local_token_file
    from brainrank.api.services.access import tokens
    from brainrank.api.services.access.refusals import NotSignedInError
    from brainrank.api.services.access.tokens import Scope

    file = local_token_file(settings)
    with service.begin() as session:
        try:
            known = file.read_text().strip()
            tokens.caller(session, known)
        except (FileNotFoundError, NotSignedInError):
            made = tokens.create(session, owner=LOCAL_OWNER, scope=Scope.ADMIN)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
                written.write(made)
            return made
        return known
