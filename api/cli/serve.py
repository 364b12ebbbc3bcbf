"""`brainrank serve`: the web interface, and without a broker the work, too, in one process."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brainrank.api.routes.service import Service
    from brainrank.api.settings import Settings

GRACE_S = 5


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
        with making_what_stays():
            import uvicorn

            from brainrank.api.app import create_app
            from brainrank.api.cli.output import clear_errors, messages
            from brainrank.api.cli.service import is_this_machine
            from brainrank.api.settings import Settings

            stack.enter_context(clear_errors())
            settings = Settings()
            service = stack.enter_context(_service(settings, workers=workers, device=device))
            if is_this_machine(host):
                _leave_token(settings, service)
            app = create_app(service)
        messages.print(f"Serving on http://{host}:{port} (its pages: /docs); Ctrl-C stops it", markup=False)
        uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GRACE_S)


@contextmanager
def making_what_stays() -> Iterator[None]:
    """Without looking for rubbish, neither now nor later, in what is made: that took a fifth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _service(settings: "Settings", *, workers: int, device: str) -> "Iterator[Service]":
    from brainrank.api.routes.service import open_service
    from brainrank.benchmark.types.errors import UserError
    from brainrank.workers.app import make_celery, signal

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
        service = open_service(settings, signal=partial(signal, app))
        for each in missing():
            messages.print(f"[yellow]Models run in cells here that lack something:[/yellow] {each}", soft_wrap=True)
        with embedded_worker(app, stop):
            yield service
        return
    app = make_celery(settings)

    def broker() -> None:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)

    service = open_service(settings, signal=partial(signal, app), broker=broker)
    processes = [_start_worker(device=device, beat=number == 0) for number in range(workers)]
    try:
        yield service
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _start_worker(*, device: str, beat: bool) -> "subprocess.Popen[bytes]":
    program = "from brainrank.api.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "worker", "--device", device, *(["--beat"] if beat else [])]
    )


def _leave_token(settings: "Settings", service: "Service") -> None:
    """Leave a token that only this machine's user can read, by which the other commands are let in."""
    from brainrank.api.cli.service import LOCAL_OWNER, local_token_file
    from brainrank.api.services import tokens
    from brainrank.api.services.refusals import NotSignedInError
    from brainrank.api.services.tokens import Scope

    file = local_token_file(settings)
    with service.begin() as session:
        try:
            tokens.caller(session, file.read_text().strip())
        except (FileNotFoundError, NotSignedInError):
            made = tokens.create(session, owner=LOCAL_OWNER, scope=Scope.ADMIN)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
                written.write(made)
