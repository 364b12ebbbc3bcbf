"""`brainrank runs course|windows`: scores over time, at each time and over windows, of one run or less another."""

from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.db.engine import transaction
from brainrank.api.number_text import chance_text, interval_text, number_text
from brainrank.api.repositories.runs import StoredRun, find_run
from brainrank.api.services.boards.exports import (
    DIFFERENCE_COLUMNS,
    REAL,
    WINDOW_COLUMNS,
    Format,
    course_columns,
    course_rows,
    difference_rows,
    export,
    window_rows,
)
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.views.compared_courses import read_window
from brainrank.api.settings import Settings
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.statistics.course_difference import course_difference
from brainrank.benchmark.statistics.course_windows import window_values
from brainrank.benchmark.statistics.uncertainty import CORRELATION
from brainrank.benchmark.types.course import TOLD_P, Course
from brainrank.benchmark.types.errors import UserError

RunNumber = Annotated[int, typer.Argument(help="The number of a run of a time-resolved metric.")]
Minus = Annotated[
    int | None, typer.Option("--minus", metavar="RUN", help="Less the course of this run, on the same benchmark.")
]


def course(
    run: RunNumber,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write a line for each time to FILE (.csv).")],
    minus: Minus = None,
) -> None:
    """Write a score at each time after the stimulus: value, bands, p, noise ceiling, and each layer's."""
    with clear_errors():
        first, second = _runs(run, minus)
        if second is None:
            found = _course_of(first)
            rows, columns = course_rows(found), course_columns(found)
        else:
            apart = course_difference(_course_of(first), _course_of(second), CORRELATION)
            rows, columns = difference_rows(apart), dict.fromkeys(DIFFERENCE_COLUMNS, REAL)
            told = ", ".join(f"{time:g}" for time, p in zip(apart.times_ms, apart.p, strict=True) if p < TOLD_P)
            messages.print(f"{first.model} and {second.model} differ at {told or 'no time'} ms (p < .05, corrected)")
        with written_whole(out) as file:
            file.writelines(export(rows, columns, Format.CSV))


def windows(
    run: RunNumber,
    *,
    window: Annotated[
        list[str], typer.Option("--window", metavar="FROM:TO", help="In ms from stimulus onset; repeatable.")
    ],
    minus: Minus = None,
    json: Json = False,
) -> None:
    """Show a score's mean over windows of time with intervals, and each later window less the first.

    With --minus all are of the difference of two runs: does one model lead the other more late than early?
    """
    with clear_errors():
        asked = [read_window(each) for each in window]
        first, second = _runs(run, minus)
        of_second = None if second is None else _course_of(second)
        found = window_values(_course_of(first), asked, support=CORRELATION, minus=of_second)
    if json:
        print_json([dict(zip(WINDOW_COLUMNS, row, strict=True)) for row in window_rows(found)])
        return
    value = "score" if second is None else f"{first.model} less {second.model}"
    columns = [name_column("window"), number_column(value), number_column("95 % interval"), number_column("p")]
    rows = [
        [each.window, number_text(each.value), interval_text(each.interval), chance_text(each.p), each.reason]
        for each in found
    ]
    print_table([*columns, text_column("reason")], rows)


def _runs(run: int, minus: int | None) -> tuple[StoredRun, StoredRun | None]:
    with transaction(open_own_database(Settings())) as session:
        return find_run(session, run), None if minus is None else find_run(session, minus)


def _course_of(run: StoredRun) -> Course:
    """A run's course. Raises UserError when it has none."""
    if run.score.course is None:
        raise UserError(f"Run {run.run_id} ({run.benchmark}) has no course; only time-resolved metrics have one")
    return run.score.course
