"""`brainrank analyse error-consistency`: whether observers err on the same trials."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.analyse.trials import (
    Categories,
    Common,
    Conditions,
    Draws,
    Json,
    Plot,
    Seed,
    Trials,
    assembly_of,
    interval_json,
    save_figure,
    written,
    written_interval,
)
from brainrank.api.cli.output import clear_errors, print_json, results

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
    from rich.table import Table

    many = len(accuracy) > 2
    number = {observer: str(k) for k, observer in enumerate(accuracy, start=1)}
    if many:
        matrix = Table(box=None, padding=(0, 1, 0, 0), title="kappa", title_justify="left")
        for heading, justify in (("", "right"), ("observer", "left"), ("right", "right")):
            matrix.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
        shown = list(accuracy) if len(accuracy) <= WIDEST_MATRIX else []
        for observer in shown[1:]:
            matrix.add_column(number[observer], justify="right", no_wrap=True)
        kappa = {(pair.first, pair.second): written(pair.kappa, 2) for pair in pairs}
        for row, value in accuracy.items():
            cells = [kappa.get((row, column), "") for column in shown[1:]]
            matrix.add_row(number[row], row, written(value, 2), *cells)
        results.print(matrix)
        results.print()
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("pair",) if many else ("first", "second"):
        table.add_column(heading, no_wrap=True)
    for heading in ("kappa", "95 % interval", "attainable", "observed", "by chance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for pair in pairs:
        names = (f"{number[pair.first]} - {number[pair.second]}",) if many else (pair.first, pair.second)
        bounds = f"{written(pair.kappa_min)} to {written(pair.kappa_max)}"
        shares = (written(pair.observed), written(pair.expected))
        table.add_row(*names, written(pair.kappa), written_interval(pair.interval), bounds, *shares)
    results.print(table)
    results.print()
    if not many:
        results.print("Right: " + ", ".join(f"{observer} {written(value)}" for observer, value in accuracy.items()))
    over = f"mean over {len(conditions)} conditions" if len(conditions) > 1 else "one condition"
    results.print(f"Mean kappa of {len(pairs)} pair{'s' * many}: {written(_mean_kappa(pairs))} ({over})")
    for pair in pairs:
        if pair.reason:
            results.print(f"{pair.first} - {pair.second}: {pair.reason}")
