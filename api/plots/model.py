"""One model as a figure: its scores against the ceilings, and which of its layers are like which region."""

from collections.abc import Sequence
from itertools import cycle, pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from brainrank.api.pages.charts import STYLES, Style, parts
from brainrank.api.plots.journal import (
    BAND,
    DOUBLE_COLUMN_MM,
    INK,
    MM,
    QUIET,
    SINGLE_COLUMN_MM,
    bare,
    journal,
)
from brainrank.api.repositories.runs import StoredRun
from brainrank.benchmark.types.score import LayerScore, Score

ROW_MM, FRAME_MM, CURVES_MM, NAMES_MM = 4.6, 18.0, 25.0, 10.0
# More names of layers than these stand in each other's way: then only some are told, first and last among them.
MOST_NAMES = 12
DASHES = ("-", "--", ":", "-.")


def model_figure(runs: Sequence[tuple[str, StoredRun]], *, width_mm: float = DOUBLE_COLUMN_MM) -> Figure:
    """Draw the scores of a model's runs, each with the group of its benchmark, and its layer curves by group.

    In one column the curves stand below the scores, in two beside them.
    """
    curves = [(group, run) for group, run in runs if len(run.score.layer_curve) > 1]
    groups = list(dict.fromkeys(group for group, _ in curves))
    beside = width_mm > (SINGLE_COLUMN_MM + DOUBLE_COLUMN_MM) / 2
    scores_mm, curves_mm = FRAME_MM + ROW_MM * len(runs), NAMES_MM + CURVES_MM * len(groups)
    height_mm = max(scores_mm, curves_mm) if beside else scores_mm + curves_mm
    with journal():
        figure = Figure(figsize=(width_mm * MM, height_mm * MM), layout="constrained")
        if not groups:
            _draw_scores(figure.subplots(), runs)
            return figure
        shape, sizes = (
            ((1, 2), {"width_ratios": (1.25, 1)}) if beside else ((2, 1), {"height_ratios": (scores_mm, curves_mm)})
        )
        first, second = figure.subfigures(*shape, **sizes)
        _draw_scores(first.subplots(), runs)
        second.supxlabel("layer, from first to last; symbol: chosen most often", fontsize=6.5)
        second.supylabel("score of the layer", fontsize=6.5)
        panels = second.subplots(len(groups), 1, squeeze=False).flat
        named = {tuple(each.layer for each in run.score.layer_curve) for _, run in curves}
        for panel, group in zip(panels, groups, strict=True):
            _draw_curves(panel, group, [run for each, run in curves if each == group])
            if len(named) > 1 or group == groups[-1]:
                _name_layers(panel, [run for each, run in curves if each == group])
            else:
                panel.tick_params(labelbottom=False)
    return figure


def _name_layers(panel: Axes, runs: Sequence[StoredRun]) -> None:
    """Name the layers below a panel, where all its curves are of the same; else they are numbered."""
    named = {tuple(each.layer for each in run.score.layer_curve) for run in runs}
    if len(named) > 1:
        return
    (names,) = named
    places = places_to_name(len(names))
    panel.set_xticks([place + 1 for place in places], [names[place] for place in places])
    panel.tick_params(axis="x", labelrotation=40, labelsize=5)
    for label in panel.get_xticklabels():
        label.set(horizontalalignment="right", rotation_mode="anchor")


def places_to_name(count: int) -> list[int]:
    """Which of so many layers are named: all, or the first, the last and some evenly between, `MOST_NAMES` at most."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, MOST_NAMES))})


def _draw_scores(panel: Axes, runs: Sequence[tuple[str, StoredRun]]) -> None:
    draw_scores(
        panel, ["{1}, {0} {2}".format(*parts(run.benchmark)) for _, run in runs], [run.score for _, run in runs]
    )
    for place, ((previous, _), (group, _)) in enumerate(pairwise(runs), start=1):
        if group != previous:
            panel.axhline(place - 0.5, color=QUIET, lw=0.4)
    panel.set_title(runs[0][1].model, loc="left", fontweight="bold")


def draw_scores(panel: Axes, labels: Sequence[str], scores: Sequence[Score]) -> None:
    """Draw scores, a row each from the top: a dot with its interval on the band of its noise ceiling."""
    for place, score in enumerate(scores):
        if not np.isnan(score.ceiling.lower):
            width = max(score.ceiling.upper - score.ceiling.lower, 0.006)
            panel.barh(place, width, left=score.ceiling.lower, height=0.7, color=BAND, lw=0)
        if not np.isnan(score.value):
            panel.plot([score.interval.low, score.interval.high], [place, place], color=INK, lw=1)
            panel.plot(score.value, place, "o", color=INK, ms=3.2)
    panel.set_yticks(range(len(scores)), labels)
    panel.set_ylim(len(scores) - 0.4, -0.6)
    panel.axvline(0, color=QUIET, lw=0.6)
    units = {score.unit for score in scores}
    measure = f"score, {next(iter(units))}," if len(units) == 1 and units != {""} else "score"
    panel.set_xlabel(f"{measure} with 95 % interval\nshaded: noise ceiling")
    bare(panel)


def draw_curve(panel: Axes, curve: Sequence[LayerScore], style: Style, *, dash: str, label: str) -> None:
    """Draw the scores of layers in their order, with a symbol where the layer was chosen most often."""
    values = np.array([each.value for each in curve])
    depth = np.arange(1, len(curve) + 1)
    best = max(range(len(curve)), key=lambda place: curve[place].won)
    panel.plot(depth, values, dash, color=style.colour, lw=0.9)
    panel.plot(
        depth[best],
        values[best],
        style.marker,
        color=style.colour,
        ms=4,
        clip_on=False,
        ls=dash,
        lw=0.9,
        label=label,
    )


def _draw_curves(panel: Axes, group: str, runs: Sequence[StoredRun]) -> None:
    """A line for each benchmark over the layers in their order; a filled symbol where the layer was chosen most."""
    for run, style, dash in zip(runs, cycle(STYLES), cycle(DASHES), strict=False):
        name = parts(run.benchmark)
        draw_curve(panel, run.score.layer_curve, style, dash=dash, label=f"{name.region}, {name.study}")
    panel.set_title(group, loc="left")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False, fontsize=5.5, handlelength=2.6, loc="center left", bbox_to_anchor=(1, 0.5))
