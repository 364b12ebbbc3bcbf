"""`brainrank analyse encoding`: how well features predict responses, by ridge on held-out stimuli."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from brainrank.api.cli.options import Draws, Groups, Json, Plot, Seed, read_units
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.numbers import interval_json, interval_text, number_text

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from numpy import ndarray

    from brainrank.benchmark.metrics.encoding.explainable_variance import ExplainableVariance
    from brainrank.benchmark.metrics.encoding.interval import MedianCorrelation
    from brainrank.benchmark.metrics.encoding.scores import TargetScores

Features = Annotated[Path, typer.Option(help="Features, a .npy array of stimuli x features.")]
Responses = Annotated[
    Path, typer.Option(help="Responses, a .npy array of stimuli x targets or stimuli x repeats x targets.")
]
Axes = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES", help="Axes of the responses, such as stimuli,repeats,targets, unless one order fits."
    ),
]
Folds = Annotated[int, typer.Option(help="Folds over stimuli.")]
Choice = Annotated[str, typer.Option(help="How each target's penalty is chosen: loo, gcv, likelihood or cv.")]


class _Data(NamedTuple):
    features: "Float[ndarray, 'stimuli features']"
    responses: "Float[ndarray, 'stimuli targets']"
    groups: "Int[ndarray, ' stimuli']"
    explainable: "ExplainableVariance | None"


class _Analysis(NamedTuple):
    data: _Data
    responses: "Float[ndarray, 'stimuli targets']"
    predictions: "Float[ndarray, 'stimuli targets']"
    fold_of: "Int[ndarray, ' stimuli']"
    scores: "TargetScores"
    median: "MedianCorrelation"


def encoding(
    features: Features,
    responses: Responses,
    axes: Axes = None,
    groups: Groups = None,
    folds: Folds = 5,
    seed: Seed = 0,
    selection: Choice = "loo",
    draws: Draws = 1000,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Predict each target's responses to held-out stimuli from features: ridge, one penalty per target.

    Prints the median over targets of Pearson r, within folds and averaged over them, with its 95 % interval over new
    stimuli, and the mean R2, about each fold's mean. With repeats, responses are averaged over them and explainable
    variance is shown.
    """
    with clear_errors():
        analysis = _analyse(_read(features, responses, axes, groups), folds, seed, selection, draws)
        if plot is not None:
            from brainrank.api.plots.encoding import encoding_figure
            from brainrank.api.plots.save import save_figure

            figure = encoding_figure(
                analysis.scores, analysis.median, analysis.predictions, analysis.responses, analysis.fold_of
            )
            save_figure(figure, plot)
        content = _as_json(analysis) | {"folds": folds, "seed": seed, "selection": selection, "draws": draws}
        if json:
            print_json(content)
        else:
            _print(analysis, folds)


def _read(features: Path, responses: Path, axes: str | None, groups: Path | None) -> _Data:
    """Read and align the arrays. Raises InvalidDataError naming the file that does not fit."""

    from brainrank.benchmark.metrics.encoding.explainable_variance import explainable_variance
    from brainrank.benchmark.metrics.encoding.folds import identical_rows
    from brainrank.benchmark.types.errors import InvalidDataError
    from brainrank.datasets.readers.arrays import read_array, read_responses

    x = read_array(features, axes=("stimuli", "features"))
    repeats = read_responses(responses, stimuli=len(x), axes=axes)
    explainable = explainable_variance(repeats) if repeats.shape[1] > 1 else None
    y = repeats.mean(axis=1)
    if len(x) != len(y):
        raise InvalidDataError(
            f"{features} has {len(x)} stimuli and {responses} has {len(y)}; give the same stimuli in the same order"
        )
    return _Data(x, y, identical_rows(x) if groups is None else read_units(groups, len(x)), explainable)


def _analyse(data: _Data, folds: int, seed: int, selection: str, draws: int) -> _Analysis:
    import numpy as np

    from brainrank.benchmark.metrics.encoding.folds import assign_folds
    from brainrank.benchmark.metrics.encoding.interval import median_correlation
    from brainrank.benchmark.metrics.encoding.layers import r_slope
    from brainrank.benchmark.metrics.encoding.ridge import Selection, ridge
    from brainrank.benchmark.metrics.encoding.scores import standardised

    # One stream for the folds, one for the resamples: more draws never change the folds.
    for_folds, for_draws = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    # As the benchmarks do: neither r nor R2 depends on a target's mean or unit, and no digit is lost to them.
    responses = standardised(data.responses).values.astype(data.responses.dtype)
    fold_of = assign_folds(len(data.features), folds=folds, rng=for_folds, groups=data.groups)
    _check_folds(folds, int(data.groups.max()) + 1)
    held_out = ridge(data.features, responses, fold_of=fold_of, selection=Selection(selection), slope=r_slope)
    median = median_correlation(
        held_out.predictions,
        responses,
        fold_of=fold_of,
        influence=held_out.influence,
        rng=for_draws,
        units=data.groups,
        draws=draws,
    )
    return _Analysis(data, responses, held_out.predictions, fold_of, median.targets, median)


def _check_folds(folds: int, units: int) -> None:
    """Raise InvalidDataError for folds too small for an r, which of two stimuli is always 1 or -1."""
    from brainrank.benchmark.metrics.encoding.metric import FEWEST_IN_A_FOLD
    from brainrank.benchmark.types.errors import InvalidDataError

    if units < FEWEST_IN_A_FOLD * folds:
        most = units // FEWEST_IN_A_FOLD
        enough = f"give {2 * FEWEST_IN_A_FOLD} different stimuli, or groups of them, and --folds 2"
        remedy = f"give --folds {most} or fewer" if most > 1 else enough
        raise InvalidDataError(
            f"{units} different stimuli, or groups of them, in {folds} folds; r is taken within each fold, of "
            f"{FEWEST_IN_A_FOLD} or more: {remedy}"
        )


def _mean(values: "Float[ndarray, ' targets']") -> float:
    """Mean of what is defined, NaN when nothing is."""
    import numpy as np

    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _as_json(analysis: _Analysis) -> dict[str, object]:
    data, scores, explainable = analysis.data, analysis.scores, analysis.data.explainable
    content: dict[str, object] = {
        "stimuli": len(data.features),
        "groups": int(data.groups.max()) + 1,
        "features": data.features.shape[1],
        "targets": len(scores.r),
        "median_r": analysis.median.value,
        "interval": interval_json(analysis.median.interval),
        "mean_r2": _mean(scores.r2),
        "unscored": [{"target": k, "reason": reason} for k, reason in enumerate(scores.reasons) if reason],
        "r": scores.r.tolist(),
        "r2": scores.r2.tolist(),
        "fold_of_stimulus": analysis.fold_of.tolist(),
    }
    if explainable is not None:
        content["explainable_variance"] = explainable.values.tolist()
        content["mean_explainable_variance"] = _mean(explainable.values)
    return content


def _print(analysis: _Analysis, folds: int) -> None:
    from brainrank.api.cli.layout import number, print_table, print_text, text

    data, scores, explainable = analysis.data, analysis.scores, analysis.data.explainable
    groups = int(data.groups.max()) + 1
    rows = [["features", f"{data.features.shape[1]}", ""]]
    if groups < len(data.features):
        rows.append(["groups held out together", f"{groups}", ""])
    rows.append(["targets", f"{len(scores.r)}", ""])
    rows.append(["median r", number_text(analysis.median.value), interval_text(analysis.median.interval)])
    rows.append(["mean R2", number_text(_mean(scores.r2)), ""])
    if explainable is not None:
        rows.append(["mean explainable variance", number_text(_mean(explainable.values)), ""])
    title = f"Ridge encoding, {len(data.features)} stimuli, {folds} folds"
    print_table([text(""), number("value"), number("95 % interval")], rows, title=title)
    for reason in sorted(set(scores.reasons) - {""}):
        unscored = [k for k, own in enumerate(scores.reasons) if own == reason]
        named = ", ".join(map(str, unscored[:8])) + (", ..." if len(unscored) > 8 else "")
        print_text(f"{len(unscored)} unscored (target {named}): {reason}")
    undefined = set(explainable.reasons) - {""} if explainable is not None else set()
    for reason in sorted(undefined):
        print_text(f"No explainable variance: {reason}")
