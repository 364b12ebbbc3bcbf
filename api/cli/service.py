"""How commands find a service: by its address and token, or the token that `brainrank serve` leaves on this machine."""

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from brainrank.api.client import Client
    from brainrank.api.schemas import EstimateAnswer, SubmissionAnswer
    from brainrank.api.settings import Settings

LOCAL_OWNER = "local"


def local_token_file(settings: "Settings") -> Path:
    """Where `brainrank serve` leaves the token by which this machine's user is let in; only that user can read it."""
    return settings.home / "local-token"


def is_this_machine(host: str) -> bool:
    """Whether an address is a loopback one: nobody else can send anything there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_client() -> "Client":
    """The client of BRAINRANK_URL with BRAINRANK_TOKEN; a service on this machine takes the token it left here."""
    from brainrank.api.client import Client
    from brainrank.api.settings import Settings

    settings = Settings()
    file, token = local_token_file(settings), settings.token
    if token is None and is_this_machine(urlsplit(settings.url).hostname or "") and file.is_file():
        token = file.read_text().strip()
    return Client(settings.url, token)


def print_submission(found: "SubmissionAnswer") -> None:
    """A line per run, and below it why it failed and what to do."""
    from brainrank.api.cli.layout import name, number, print_table, print_text, text
    from brainrank.api.cli.output import results

    print_text(
        f"submission {found.id}  {found.model.name}  ({found.visibility}, {found.owner}, "
        f"{found.created_at:%Y-%m-%d %H:%M})"
    )
    estimated = [run.estimate for run in found.runs if run.estimate]
    columns = [number("run"), name("benchmark"), text("status"), *([text("takes about")] if estimated else [])]
    rows = []
    for run in found.runs:
        progress = f" {run.progress.stage} {run.progress.done}/{run.progress.total}" if run.progress else ""
        rows.append([str(run.id), run.benchmark, run.status + progress, *([_cost(run.estimate)] if estimated else [])])
    print_table(columns, rows)
    for basis in dict.fromkeys(each.basis for each in estimated):
        results.print(basis, style="dim", soft_wrap=True, markup=False)
    for run in found.runs:
        if run.failure:
            results.print(
                f"\nrun {run.id} failed: {run.failure.kind}: {run.failure.message}\n    {run.failure.remedy}",
                markup=False,
                soft_wrap=True,
            )


def _cost(estimate: "EstimateAnswer | None") -> str:
    from brainrank.api.numbers import duration

    if estimate is None:
        return ""
    time = "?" if estimate.seconds is None else duration(estimate.seconds)
    return time if estimate.memory is None else f"{time}, {estimate.memory / 2**30:.1f} GiB"


def watch(client: "Client", number: int) -> "SubmissionAnswer":
    """Print a submission's log as it grows, on stderr, until its runs are finished."""
    from brainrank.api.cli.output import messages
    from brainrank.api.schemas import EventAnswer, SubmissionAnswer

    benchmarks = {run.id: run.benchmark for run in client.submission(number).runs}
    for event in client.watch(number):
        if isinstance(event, SubmissionAnswer):
            return event
        if isinstance(event, EventAnswer):
            text = f"{event.at:%H:%M:%S}  {benchmarks[event.run]}  {event.text.strip()}"
            messages.print(text, style="bold" if event.kind == "stage" else "dim", markup=False, soft_wrap=True)
    return client.submission(number)
