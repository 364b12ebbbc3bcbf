"""How commands find a service: by its address and token, or the token that `brainrank serve` leaves on this machine."""

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.output import STOPPED_CODE, messages, results
from brainrank.api.client.client import Client
from brainrank.api.client.local_service import open_client as open_one
from brainrank.api.number_text import duration
from brainrank.api.schemas import EstimateAnswer, EventAnswer, SubmissionAnswer
from brainrank.api.settings import Settings

LOCAL_OWNER = "local"


def open_client() -> Client:
    """The client of BRAINRANK_URL with BRAINRANK_TOKEN; a service on this machine takes the token it left here."""
    return open_one(Settings())


def print_submission(found: SubmissionAnswer) -> None:
    """A line per run, and below it why it failed and what to do."""
    print_text(
        f"submission {found.id}  {found.model.name}  ({found.visibility}, {found.owner}, "
        f"{found.created_at:%Y-%m-%d %H:%M})"
    )
    estimated = [run.estimate for run in found.runs if run.estimate]
    columns = [
        number_column("run"),
        name_column("benchmark"),
        text_column("status"),
        *([text_column("takes about")] if estimated else []),
    ]
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


def _cost(estimate: EstimateAnswer | None) -> str:
    if estimate is None:
        return ""
    time = "?" if estimate.seconds is None else duration(estimate.seconds)
    return time if estimate.memory is None else f"{time}, {estimate.memory / 2**30:.1f} GiB"


def watch(client: Client, number: int) -> SubmissionAnswer:
    """Print a submission's log as it grows, on stderr, until its runs are finished; Ctrl-C ends the watching alone."""
    try:
        return _watch(client, number)
    except KeyboardInterrupt as error:
        messages.print(
            f"Submission {number} goes on. Watch it again: brainrank status {number} --watch; "
            f"stop it: brainrank cancel {number}",
            soft_wrap=True,
        )
        raise typer.Exit(STOPPED_CODE) from error


def _watch(client: Client, number: int) -> SubmissionAnswer:
    benchmarks = {run.id: run.benchmark for run in client.submission(number).runs}
    for event in client.watch(number):
        if isinstance(event, SubmissionAnswer):
            return event
        if isinstance(event, EventAnswer):
            text = f"{event.at:%H:%M:%S}  {benchmarks[event.run]}  {event.text.strip()}"
            messages.print(text, style="bold" if event.kind == "stage" else "dim", markup=False, soft_wrap=True)
    return client.submission(number)
