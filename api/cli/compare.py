"""`brainrank compare`: models against each other, on the benchmarks both have and on the same draws."""

from collections.abc import Sequence
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Convention, Json, OnDatasets
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.cli.subject_tables import OverSubjects, show_over_subjects
from brainrank.api.number_text import chance_text, interval_text, number_text
from brainrank.api.services.boards.comparison import Comparison, Pair
from brainrank.api.services.boards.comparison_json import comparison_json
from brainrank.api.services.boards.local_boards import own_comparison
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.types.errors import UserError


def compare(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Two to ten models scored here.")],
    *,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", metavar="NAME", help="A benchmark or a group; all unless given.")
    ] = None,
    dataset: OnDatasets = None,
    convention: Convention = None,
    over: OverSubjects = False,
    json: Json = False,
) -> None:
    """Compare stored scores pair by pair: differences, 95 % intervals, p, and q: p corrected over all pairs.

    Two models are compared on the benchmarks both have. p is two-sided, of no difference, from the bootstrap's draws,
    which are the same for all models; q is p after Benjamini and Hochberg, over the pairs of a benchmark.
    """
    with clear_errors():
        settings = Settings()
        catalogue = open_catalogue(settings.locations, dataset or ())
        benchmarks = catalogue.select(benchmark)
        if over:
            if len(models) != 2 or convention is not None:
                raise UserError("--over-subjects compares two models by raw scores: give two, and no --convention")
            show_over_subjects(benchmarks, catalogue, pair=models, json=json)
            return
        found = own_comparison(models, benchmarks, convention=convention, settings=settings)
    if json:
        print_json(comparison_json(found, benchmark or EVERYTHING))
    else:
        _print(found, several=len(benchmarks) > 1)


def _print(found: Comparison, *, several: bool) -> None:
    """The mean first where there are several benchmarks, then each benchmark that two of the models have."""
    if several and found.counted:
        _print_pairs(f"mean of the {len(found.counted)} benchmarks that count", found.mean, shared=True)
        results.print()
    for name, pairs in found.benchmarks.items():
        raw = "" if all(each.convention == found.convention for each in pairs) else ", raw: nothing else is defined"
        _print_pairs(f"{name}{raw}", pairs, shared=False)
        results.print()
    if not found.benchmarks:
        print_text(
            "These models have no benchmark in common; score them on one: brainrank score MODEL --benchmark NAME"
        )
        return
    print_text(
        f"convention {found.convention}; difference: the first less the second, with its 95 % interval; p: two-sided, "
        "of no difference; q: p corrected over the pairs of a benchmark (Benjamini-Hochberg)"
    )


def _print_pairs(title: str, pairs: Sequence[Pair], *, shared: bool) -> None:
    columns = [
        name_column("first"),
        name_column("second"),
        number_column("difference"),
        number_column("95 % interval"),
        number_column("p"),
        number_column("q"),
    ]
    rows = [
        [
            each.first,
            each.second,
            number_text(each.paired.difference),
            interval_text(each.paired.interval),
            chance_text(each.paired.p),
            chance_text(each.q),
            *([str(len(each.shared))] if shared else []),
        ]
        for each in pairs
    ]
    print_table([*columns, *([number_column("both have")] if shared else [])], rows, title=title)
