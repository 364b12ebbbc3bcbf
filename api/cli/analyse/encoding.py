"""`brainrank analyse encoding`: how well features predict responses, by ridge on held-out stimuli."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from jaxtyping import Float
from numpy import ndarray

from brainrank.api.cli.layout import number_column, print_table, print_text, text_column
from brainrank.api.cli.options import Draws, FeatureFile, Folds, Groups, Json, Plot, Seed, read_units
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import bounds_text, interval_text, number_text
from brainrank.api.score_json import ceiling_json, interval_json
from brainrank.api.services.analysis.encoding import EncodingAnalysis, EncodingData, analyse_encoding, encoding_data
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.arrays import read_array, read_responses

Responses = Annotated[
    Path, typer.Option(help="Responses, a .npy array of stimuli x targets or stimuli x repeats x targets.")
]
Axes = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES", help="Axes of the responses, such as stimuli,repeats,targets, unless one order fits."
    ),
]
Choice = Annotated[str, typer.Option(help="How each target's penalty is chosen: loo, gcv, likelihood or cv.")]


def encoding(
    features: FeatureFile,
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
        data = _read(features, responses, axes, groups)
        analysis = analyse_encoding(data, folds=folds, selection=selection, draws=draws, seed=seed)
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


def _read(features: Path, responses: Path, axes: str | None, groups: Path | None) -> EncodingData:
    """Read and align the arrays. Raises InvalidDataError naming the file that does not fit."""
    x = read_array(features, axes=("stimuli", "features"))
    y = read_responses(responses, stimuli=len(x), axes=axes)
    if len(x) != len(y):
        raise InvalidDataError(
            f"{features} has {len(x)} stimuli and {responses} has {len(y)}; give the same stimuli in the same order"
        )
    return encoding_data(x, y, None if groups is None else read_units(groups, len(x)))


def _mean(values: Float[ndarray, " targets"]) -> float:
    """Mean of what is defined, NaN when nothing is."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else float("nan")


def _as_json(analysis: EncodingAnalysis) -> dict[str, object]:
    data, scores, explainable = analysis.data, analysis.scores, analysis.explainable
    content: dict[str, object] = {
        "stimuli": len(data.features),
        "groups": int(data.groups.max()) + 1,
        "features": data.features.shape[1],
        "targets": len(scores.r),
        "median_r": analysis.median.value,
        "interval": interval_json(analysis.median.interval),
        "mean_r2": _mean(scores.r2),
        "ceiling": ceiling_json(analysis.ceiling),
        "unscored": [{"target": k, "reason": reason} for k, reason in enumerate(scores.reasons) if reason],
        "r": scores.r.tolist(),
        "r2": scores.r2.tolist(),
        "fold_of_stimulus": analysis.fold_of.tolist(),
    }
    if explainable is not None:
        content["explainable_variance"] = explainable.values.tolist()
        content["mean_explainable_variance"] = _mean(explainable.values)
    return content


def _print(analysis: EncodingAnalysis, folds: int) -> None:
    data, scores, explainable = analysis.data, analysis.scores, analysis.explainable
    groups = int(data.groups.max()) + 1
    rows = [["features", f"{data.features.shape[1]}", ""]]
    if groups < len(data.features):
        rows.append(["groups held out together", f"{groups}", ""])
    rows.append(["targets", f"{len(scores.r)}", ""])
    rows.append(["median r", number_text(analysis.median.value), interval_text(analysis.median.interval)])
    rows.append(["mean R2", number_text(_mean(scores.r2)), ""])
    if explainable is not None:
        rows.append(["noise ceiling", bounds_text(analysis.ceiling), ""])
        rows.append(["mean explainable variance", number_text(_mean(explainable.values)), ""])
    title = f"Ridge encoding, {len(data.features)} stimuli, {folds} folds"
    print_table([text_column(""), number_column("value"), number_column("95 % interval")], rows, title=title)
    for reason in sorted(set(scores.reasons) - {""}):
        unscored = [k for k, own in enumerate(scores.reasons) if own == reason]
        named = ", ".join(map(str, unscored[:8])) + (", ..." if len(unscored) > 8 else "")
        print_text(f"{len(unscored)} unscored (target {named}): {reason}")
    undefined = set(explainable.reasons) - {""} if explainable is not None else set()
    for reason in sorted(undefined):
        print_text(f"No explainable variance: {reason}")
