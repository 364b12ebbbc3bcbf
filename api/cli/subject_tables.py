"""`--over-subjects` of leaderboard and compare: the animal or person as the random factor."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.output import print_json
from brainrank.api.number_text import chance_text, interval_text, number_text
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.score_json import interval_json
from brainrank.api.services.boards.over_subjects import SubjectBoard, board_over_subjects
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue

MOST_COLUMNS = 6

OverSubjects = Annotated[
    bool,
    typer.Option(
        "--over-subjects",
        help="Means over animals or people, each weighing alike, with intervals over new ones; raw scores.",
    ),
]


def show_over_subjects(
    benchmarks: Sequence[Benchmark], catalogue: Catalogue, *, pair: Sequence[str] = (), json: bool
) -> None:
    """Print the board over subjects, or a pair of models. Raises as `board_over_subjects`."""
    with own_database(Settings()) as begin, begin() as session:
        board = board_over_subjects(session, benchmarks, catalogue, Viewer(everything=True), pair=pair)
    if json:
        print_json(board_json(board))
    else:
        _print(board)


def board_json(board: SubjectBoard) -> dict[str, Any]:
    """Everything there is, as plain values."""
    lines = [
        {"name": name, **found._asdict(), "interval": interval_json(found.interval).model_dump()}
        for name, found in board.lines
    ]
    return {**board._asdict(), "lines": lines}


def _print(board: SubjectBoard) -> None:
    shown = board.subjects if len(board.subjects) <= MOST_COLUMNS else ()
    columns = [name_column("model"), number_column("mean"), number_column("95 % interval"), number_column("p")]
    columns += [number_column("tau"), *(number_column(each) for each in shown)]
    rows = [
        [
            name,
            number_text(found.value),
            interval_text(found.interval),
            chance_text(found.p),
            number_text(found.tau),
            *(number_text(found.by_subject[each]) for each in shown),
        ]
        for name, found in board.lines
    ]
    print_table(columns, rows)
    print_text(f"Over {len(board.subjects)} subjects, of {', '.join(board.benchmarks)}.{caution(board)}")


def caution(board: SubjectBoard) -> str:
    """What so many subjects allow, and what the interval leaves out."""
    few = (
        f" The interval has {len(board.subjects) - 1} degrees of freedom: of so few subjects it is wide, and the "
        "order of models says little of other subjects."
        if len(board.subjects) < 6
        else ""
    )
    same = " All of them saw the same images: it is of new subjects with these." if board.same_images else ""
    tau = "" if board.same_images else " tau is how much true values differ between subjects."
    return f"{few}{same}{tau}"
