"""`brainrank compare`: models against each other, on the benchmarks both have and on the same draws."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.options import Convention, Json, OnDatasets

if TYPE_CHECKING:
    from brainrank.api.services.boards.comparison import Comparison, Pair


def compare(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Two to ten models scored here.")],
    *,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", metavar="NAME", help="A benchmark or a group; all unless given.")
    ] = None,
    dataset: OnDatasets = None,
    convention: Convention = None,
    json: Json = False,
) -> None:
    """Compare stored scores pair by pair: differences, 95 % intervals, p, and q: p corrected over all pairs.

    Two models are compared on the benchmarks both have. p is two-sided, of no difference, from the bootstrap's draws,
    which are the same for all models; q is p after Benjamini and Hochberg, over the pairs of a benchmark.
    """
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.services.boards.local_boards import own_comparison
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.settings import Settings

    with clear_errors():
        settings = Settings()
        benchmarks = open_catalogue(settings.locations, dataset or ()).select(benchmark)
        found = own_comparison(models, benchmarks, convention=convention, settings=settings)
    if json:
        print_json(_as_json(found))
    else:
        _print(found, several=len(benchmarks) > 1)


def _as_json(found: "Comparison") -> dict[str, Any]:
    """As /v1/compare answers it."""
    return {
        "convention": found.convention,
        "counted": list(found.counted),
        "means": [
            {
                "model": model,
                "mean": mean.value,
                "low": mean.interval.low,
                "high": mean.interval.high,
                "coverage": mean.coverage,
                "groups": dict(mean.groups),
            }
            for model, mean in found.means.items()
        ],
        "mean": [_pair_json("mean", each) for each in found.mean],
        "benchmarks": [_pair_json(name, each) for name, pairs in found.benchmarks.items() for each in pairs],
    }


def _pair_json(name: str, pair: "Pair") -> dict[str, Any]:
    return {
        "benchmark": name,
        "convention": pair.convention,
        "shared": list(pair.shared),
        "first": pair.first,
        "second": pair.second,
        "difference": pair.paired.difference,
        "low": pair.paired.interval.low,
        "high": pair.paired.interval.high,
        "p": pair.paired.p,
        "q": pair.q,
    }


def _print(found: "Comparison", *, several: bool) -> None:
    """The mean first where there are several benchmarks, then each benchmark that two of the models have."""
    from brainrank.api.cli.layout import print_text
    from brainrank.api.cli.output import results

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


def _print_pairs(title: str, pairs: "Sequence[Pair]", *, shared: bool) -> None:
    from brainrank.api.cli.layout import name, number, print_table
    from brainrank.api.numbers import chance_text, interval_text, number_text

    columns = [name("first"), name("second"), number("difference"), number("95 % interval"), number("p"), number("q")]
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
    print_table([*columns, *([number("both have")] if shared else [])], rows, title=title)
