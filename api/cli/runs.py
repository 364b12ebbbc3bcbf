"""`brainrank runs list|show|people`: the runs of one's own database, and everything that is kept of one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.courses import course, windows
from brainrank.api.cli.layout import name_column, number_column, print_facts, print_table, print_text, text_column
from brainrank.api.cli.options import Json, OnDatasets
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.cli.people_tables import print_people
from brainrank.api.db.engine import transaction
from brainrank.api.number_text import NOTHING, ceiling_text, delay_text, interval_text, latency_text, number_text
from brainrank.api.people_json import people_json
from brainrank.api.repositories.run_lines import RunLine, newest
from brainrank.api.repositories.runs import StoredRun, find_run
from brainrank.api.repositories.statuses import Status
from brainrank.api.score_json import curves_json
from brainrank.api.services.boards.exports import REAL, TEXT, Format, export, target_rows
from brainrank.api.services.boards.scored_models import require_run
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.services.views.run_people import people_of_run
from brainrank.api.settings import Settings
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import UnknownNameError, UserError

LISTED = 20

runs = typer.Typer(help="Runs: one model on one benchmark, with all that came of it.", no_args_is_help=True)


@runs.callback()
def group() -> None:
    """Runs: one model on one benchmark, with all that came of it."""


@runs.command("list")
def list_runs(
    *,
    model: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME", help="Only of this model; repeatable.")
    ] = None,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", metavar="NAME", help="Only on this benchmark, or those of this group.")
    ] = None,
    dataset: OnDatasets = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Only those that are so: succeeded, failed, ...")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = LISTED,
    json: Json = False,
) -> None:
    """List the runs of your own database, the newest first."""
    with clear_errors():
        if status is not None and status not in [*Status]:
            raise UnknownNameError("status of a run", status, Status)
        settings, benchmarks = Settings(), None
        if benchmark is not None or dataset:
            chosen = open_catalogue(settings.locations, dataset or ()).select(benchmark)
            benchmarks = [each.name for each in chosen]
        with transaction(open_own_database(settings)) as session:
            require_run(session, model or ())
            statuses = None if status is None else [Status(status)]
            found = newest(session, models=model, benchmarks=benchmarks, statuses=statuses, limit=limit)
    if json:
        print_json([_line_json(each) for each in found.lines])
    elif found.lines:
        _print_lines(found.lines)
    else:
        messages.print("No such runs. brainrank score MODEL makes some")
    if found.total > len(found.lines):
        messages.print(f"{found.total - len(found.lines):,} older ones: --limit {found.total}")


def _line_json(line: RunLine) -> dict[str, Any]:
    return {
        "run": line.run_id,
        "model": line.model,
        "benchmark": line.benchmark,
        "benchmark_version": line.benchmark_version,
        "status": line.status,
        "value": line.value,
        "created_at": line.created_at.isoformat(),
        "finished_at": line.finished_at and line.finished_at.isoformat(),
        "error": None if line.error is None else {"class": line.error_class, "message": line.error},
    }


def _print_lines(lines: Sequence[RunLine]) -> None:
    """A line each; of those that failed the reason is told below, once for all that have the same."""
    columns = [
        number_column("run"),
        name_column("model"),
        name_column("benchmark"),
        number_column("score"),
        text_column("status"),
        number_column("finished"),
    ]
    rows = [
        [
            str(each.run_id),
            each.model,
            each.benchmark,
            number_text(each.value),
            each.status,
            f"{each.finished_at:%Y-%m-%d %H:%M}" if each.finished_at else NOTHING,
        ]
        for each in lines
    ]
    print_table(columns, rows)
    failed = dict[str, list[str]]()
    for each in lines:
        if each.error is not None:
            failed.setdefault(f"{each.error_class}: {each.error}", []).append(str(each.run_id))
    for reason, numbers in failed.items():
        print_text(f"run {', '.join(numbers)} failed: {reason}")


@runs.command("show")
def show(
    run: Annotated[int, typer.Argument(help="The run's number (brainrank score, runs list).")],
    *,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write each neuron's or voxel's score to FILE (.csv).")
    ] = None,
    json: Json = False,
) -> None:
    """Show a run: score, layer curve and which layers won, subjects, details, times and receipt."""
    with clear_errors():
        with transaction(open_own_database(Settings())) as session:
            found = find_run(session, run)
        if targets is not None:
            write_targets(found, targets)
        if json:
            print_json(run_json(found))
        else:
            _print(found)


@runs.command("people")
def people(
    run: Annotated[int, typer.Argument(help="The number of a run on trials of people in groups, such as ages.")],
    *,
    json: Json = False,
) -> None:
    """Compare a run's model with each group of people, such as ages, and these with each other.

    Kappa, latent correlation of errors, and the group whose errors the model shares most.
    """
    with clear_errors():
        settings = Settings()
        with transaction(open_own_database(settings)) as session:
            found = people_of_run(
                session, find_run(session, run), open_catalogue(settings.locations), settings.locations
            )
        if json:
            print_json(people_json(found))
        else:
            print_people(found)


def write_targets(run: StoredRun, path: Path) -> None:
    """Write a line for each target. Raises UserError when the run has no scores of targets."""
    found = run.score.per_target
    if found is None:
        raise UserError(f"Run {run.run_id} ({run.benchmark}) has no scores of targets; only encoding has them")
    columns = {"target": TEXT, run.score.unit.removeprefix("median "): REAL}
    with written_whole(path) as file:
        file.writelines(export(target_rows(found), columns, Format.CSV))


runs.command("course")(course)
runs.command("windows")(windows)


def run_json(run: StoredRun) -> dict[str, Any]:
    """A run as plain values."""
    return {
        "run": run.run_id,
        "model": run.model,
        "benchmark": run.benchmark,
        **curves_json(run.score).model_dump(),
        "finished_at": run.finished_at.isoformat(),
        "seconds": dict(run.seconds),
        "receipt": run.receipt,
    }


def _print(run: StoredRun) -> None:
    score, receipt = run.score, run.receipt
    print_text(f"{run.model} on {run.benchmark}, run {run.run_id}", style="bold")
    facts = {
        "score": f"{number_text(score.value)} {score.unit} {f'({score.reason})' if score.reason else ''}".strip(),
        "95 % interval": interval_text(score.interval),
        "noise ceiling": ceiling_text(score.ceiling),
        **_course_facts(score.course),
        "readout": receipt.get("readout") or NOTHING,
        **({"checkpoint": receipt["checkpoint"]} if receipt.get("checkpoint") else {}),
        **({"scored on": receipt["scored_on"]} if receipt.get("scored_on") else {}),
        "seconds": ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in run.seconds.items()) or NOTHING,
        "finished": run.finished_at.isoformat(timespec="seconds"),
        "code": receipt["code_version"],
    }
    print_facts(facts)
    for title, rows in (
        (("layer", "score", "won"), [(e.layer, number_text(e.value), f"{e.won:.0%}") for e in score.layer_curve]),
        (("subject", "score"), [(each.subject, number_text(each.value)) for each in score.per_subject]),
        (
            ("detail", "model", "people"),
            [(e.name, number_text(e.value), number_text(e.reference)) for e in score.details],
        ),
    ):
        if rows:
            results.print()
            print_table([name_column(title[0]), *map(number_column, title[1:])], rows)


def _course_facts(course: Course | None) -> dict[str, str]:
    if course is None:
        return {}
    start, stop = course.window_ms
    by = {"window": "the window", "all": "all times", "each": "each time by itself"}[course.layer_choice]
    return {
        "window": f"mean of {start:g} to {stop:g} ms after stimulus onset; layers chosen by {by}",
        "onset": latency_text(course.onset),
        "peak": latency_text(course.peak),
        **{f"{each.area} peaks later": delay_text(each.delay) for each in course.step_delays},
    }
