"""`brainrank analyse error-consistency`: whether observers err on the same trials."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.analyse.trials import Categories, Common, Conditions, Trials, assembly_of
from brainrank.api.cli.options import Draws, Json, Plot, Seed
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.numbers import interval_json, written, written_interval

if TYPE_CHECKING:
    from brainrank.benchmark.metrics.behaviour.pair_consistency import PairConsistency

WIDEST_MATRIX = 12


def error_consistency(
    trials: Trials,
    convention: Annotated[
        str, typer.Option(help="What an undefined kappa is: raw (none) or model-vs-human (1 where all answers agree).")
    ] = "raw",
    condition: Conditions = None,
    common: Common = False,
    categories: Categories = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Compare the errors of all pairs of observers: kappa, its interval, and the bounds their accuracies allow.

    Numbers are means over conditions; intervals are bias-corrected, from resamples of the stimuli.
    """
    with clear_errors():
        import numpy as np

        from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
        from brainrank.benchmark.metrics.behaviour.error_consistency import Convention
        from brainrank.benchmark.metrics.behaviour.pair_consistency import pair_consistency
        from brainrank.benchmark.types.errors import UnknownNameError

        if convention not in list(Convention):
            raise UnknownNameError("convention", convention, list(Convention))
        assembly = assembly_of(trials, conditions=condition, common=common, categories=categories)
        pairs = pair_consistency(
            correctness_by_condition(assembly),
            rng=np.random.default_rng(seed),
            draws=draws,
            convention=Convention(convention),
        )
        accuracy = {o: float(assembly.correct[assembly.observer == o].mean()) for o in assembly.observers}
        if plot is not None:
            from brainrank.api.plots.behaviour import kappa_matrix
            from brainrank.api.plots.save import save_figure

            save_figure(kappa_matrix(assembly.observers, pairs), plot)
        if json:
            head = {"convention": convention, "draws": draws, "seed": seed, "conditions": list(assembly.conditions)}
            print_json(head | _as_json(accuracy, pairs))
        else:
            _print(accuracy, pairs, assembly.conditions)


def _as_json(accuracy: dict[str, float], pairs: "tuple[PairConsistency, ...]") -> dict[str, Any]:
    return {
        "observers": [{"observer": observer, "accuracy": value} for observer, value in accuracy.items()],
        "pairs": [pair._asdict() | {"interval": interval_json(pair.interval)} for pair in pairs],
        "mean_kappa": _mean_kappa(pairs),
    }


def _mean_kappa(pairs: "tuple[PairConsistency, ...]") -> float:
    defined = [pair.kappa for pair in pairs if pair.kappa == pair.kappa]
    return sum(defined) / len(defined) if defined else float("nan")


def _print(accuracy: dict[str, float], pairs: "tuple[PairConsistency, ...]", conditions: tuple[str, ...]) -> None:
    if len(accuracy) == 2:
        _print_pair(accuracy, pairs[0])
    else:
        number = {observer: str(k) for k, observer in enumerate(accuracy, start=1)}
        _print_matrix(accuracy, number, pairs)
        _print_pairs(number, pairs)
        results.print(f"Mean kappa of {len(pairs)} pairs: {written(_mean_kappa(pairs))}")
    if len(conditions) > 1:
        results.print(f"Means over {len(conditions)} conditions: {', '.join(conditions)}")
    for pair in pairs:
        if pair.reason:
            results.print(f"{pair.first} - {pair.second}: {pair.reason}")


def _print_pair(accuracy: dict[str, float], pair: "PairConsistency") -> None:
    rows = {
        "kappa": f"{written(pair.kappa)}   95 % interval {written_interval(pair.interval)}",
        "attainable": f"{written(pair.kappa_min)} to {written(pair.kappa_max)} at these accuracies",
        "both right or both wrong": f"{written(pair.observed)}   by chance {written(pair.expected)}",
    }
    rows |= {f"right, {observer}": written(value) for observer, value in accuracy.items()}
    results.print(f"{pair.first} and {pair.second}")
    for name, value in rows.items():
        results.print(f"  {name:<{max(map(len, rows))}}  {value}", soft_wrap=True)


def _print_matrix(accuracy: dict[str, float], number: dict[str, str], pairs: "tuple[PairConsistency, ...]") -> None:
    from rich.table import Table

    matrix = Table(box=None, padding=(0, 1, 0, 0), title="kappa", title_justify="left")
    matrix.add_column("", justify="right", no_wrap=True)
    matrix.add_column("observer", no_wrap=True)
    matrix.add_column("right", justify="right", no_wrap=True)
    columns = list(accuracy)[1:] if len(accuracy) <= WIDEST_MATRIX else []
    for observer in columns:
        matrix.add_column(number[observer], justify="right", no_wrap=True, min_width=3)
    kappa = {(pair.first, pair.second): written(pair.kappa, 2) for pair in pairs}
    for row, value in accuracy.items():
        cells = [kappa.get((row, column), "") for column in columns]
        matrix.add_row(number[row], row, written(value, 2), *cells)
    results.print(matrix)
    results.print()


def _print_pairs(number: dict[str, str], pairs: "tuple[PairConsistency, ...]") -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("pair", no_wrap=True)
    for heading in ("kappa", "95 % interval", "attainable", "observed", "by chance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for pair in pairs:
        table.add_row(
            f"{number[pair.first]} - {number[pair.second]}",
            written(pair.kappa),
            written_interval(pair.interval),
            f"{written(pair.kappa_min)} to {written(pair.kappa_max)}",
            written(pair.observed),
            written(pair.expected),
        )
    results.print(table)
    results.print()
