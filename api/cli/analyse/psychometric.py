"""`brainrank analyse psychometric`: accuracy against the level of a distortion."""

from typing import Annotated

import typer

from brainrank.api.cli.analyse.trial_options import Categories, Common, Conditions, Trials, assembly_of
from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Columns, Json, Plot
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import number_text
from brainrank.api.score_json import interval_json
from brainrank.benchmark.metrics.behaviour.levels import level_counts
from brainrank.benchmark.metrics.behaviour.psychometric import PsychometricFit, fit_psychometric
from brainrank.benchmark.metrics.behaviour.psychometric_likelihood import Curve
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.score import Interval


def psychometric(
    trials: Trials,
    curve: Annotated[str, typer.Option(help="logistic, or weibull (levels above zero).")] = "logistic",
    guess: Annotated[float, typer.Option(help="Share right by guessing; 1/16 by default.", show_default=False)] = 1
    / 16,
    lapse_max: Annotated[float, typer.Option(help="The largest lapse rate to consider.")] = 0.2,
    condition: Conditions = None,
    common: Common = False,
    categories: Categories = None,
    columns: Columns = None,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Fit a psychometric function to each observer: threshold, slope and lapse rate by maximum likelihood.

    The level of a condition is its number (c30 is 30). Intervals hold the values that the profile likelihood does not
    reject at 95 %.
    """
    with clear_errors():
        if curve not in list(Curve):
            raise UnknownNameError("curve", curve, list(Curve))
        counts = level_counts(
            assembly_of(trials, conditions=condition, common=common, categories=categories, columns=columns)
        )
        fits = {
            observer: fit_psychometric(
                counts.levels, right, trials=n, curve=Curve(curve), guess=guess, lapse_bounds=(0.0, lapse_max)
            )
            for observer, right, n in zip(counts.observers, counts.right, counts.trials, strict=True)
        }
        if plot is not None:
            from brainrank.api.plots.behaviour import psychometric_curves
            from brainrank.api.plots.save import save_figure

            save_figure(psychometric_curves(counts, fits), plot)
        if json:
            print_json({"curve": curve, "guess": guess, "observers": [_as_json(o, fit) for o, fit in fits.items()]})
        else:
            _print(fits, lapse_max)


def _as_json(observer: str, fit: PsychometricFit) -> dict[str, object]:
    return {
        "observer": observer,
        "threshold": fit.threshold,
        "threshold_interval": interval_json(fit.threshold_interval),
        "slope": fit.slope,
        "slope_interval": interval_json(fit.slope_interval),
        "lapse": fit.lapse,
        "deviance": fit.deviance,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "reasons": fit.reasons,
    }


def _print(fits: dict[str, PsychometricFit], lapse_max: float) -> None:
    headings = ("threshold", "95 % of it", "slope", "95 % of it", "lapse", "deviance")
    rows = [
        [
            observer,
            _short(fit.threshold),
            _interval(fit.threshold_interval),
            _short(fit.slope),
            _interval(fit.slope_interval),
            number_text(fit.lapse),
            f"{number_text(fit.deviance, 1)}/{fit.degrees_of_freedom}",
        ]
        for observer, fit in fits.items()
    ]
    print_table([name_column("observer"), *map(number_column, headings)], rows)
    for observer, fit in fits.items():
        for reason in dict.fromkeys(fit.reasons.values()):
            names = " and ".join(name.replace("_", " ") for name, why in fit.reasons.items() if why == reason)
            print_text(f"{observer}, {names}: {reason}")
    bound = [observer for observer, fit in fits.items() if fit.lapse >= lapse_max - 1e-6]
    if bound and lapse_max > 0:
        print_text(f"At the largest lapse rate considered ({lapse_max:g}): {', '.join(bound)}; see --lapse-max")


def _short(value: float) -> str:
    return f"{value:.3g}" if value == value else "–"


def _interval(interval: Interval) -> str:
    return f"{_short(interval.low)} to {_short(interval.high)}"
