"""The leaderboard as a figure: every benchmark a panel, every model a dot with its interval, the ceiling a band."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard
    from brainrank.benchmark.benchmarks import Benchmark

INK = "#1f4e79"
BAND = "#e3ddd0"
PANELS_A_ROW = 5


def leaderboard_figure(board: "Leaderboard") -> Figure:
    """Draw the stored scores, best model on top, all panels in one order; a group's benchmarks stand together."""
    shown = [each for group in board.groups for each in board.scored if each.group == group]
    n_models, across = len(board.rows), min(len(shown), PANELS_A_ROW)
    down = math.ceil(len(shown) / across)
    figure = Figure(figsize=(2.3 + 2.1 * across, down * (1.1 + 0.26 * n_models) + 0.4), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    for panel in panels.flat[len(shown) :]:
        panel.set_visible(False)
    for benchmark, panel in zip(shown, panels.flat, strict=False):
        _draw(board, benchmark, panel)
    panels[0, 0].set_yticks(range(n_models), [row.model for row in board.rows])
    panels[0, 0].set_ylim(n_models - 0.5, -0.5)
    figure.supxlabel("score with 95 % interval; shaded: noise ceiling", fontsize=10)
    return figure


def _draw(board: "Leaderboard", benchmark: "Benchmark", panel: Axes) -> None:
    ceiling = board.ceilings[benchmark.name]
    if not np.isnan(ceiling.lower):
        # One value is a ceiling without a width of its own: a band one can see.
        panel.axvspan(ceiling.lower, max(ceiling.upper, ceiling.lower + 0.005), color=BAND, lw=0)
    panel.axvline(0, color="grey", lw=0.8)
    for place, row in enumerate(board.rows):
        score = row.scores.get(benchmark.name)
        if score is not None and not np.isnan(score.value):
            panel.plot([score.interval.low, score.interval.high], [place, place], color=INK, lw=1.4)
            panel.plot(score.value, place, "o", color=INK, ms=5)
    study, _, rest = benchmark.name.partition(".")
    region, _, metric = rest.rpartition(".")
    unit = next(row.scores[benchmark.name].unit for row in board.rows if benchmark.name in row.scores)
    panel.set_title(f"{region}\n{study}", fontsize=10)
    panel.set_xlabel(f"{metric}, {unit}" if metric != unit else unit, fontsize=9)
    panel.tick_params(axis="y", length=0)
    panel.spines[["top", "right", "left"]].set_visible(False)
