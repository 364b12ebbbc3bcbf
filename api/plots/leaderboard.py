"""The leaderboard as a figure: every benchmark a panel, every model a dot with its interval, the ceiling a band."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from brainrank.api.pages.charts import parts
from brainrank.api.plots.journal import BAND, DOUBLE_COLUMN_MM, INK, MM, QUIET, bare, journal

if TYPE_CHECKING:
    from brainrank.api.services.boards.leaderboard import Leaderboard
    from brainrank.benchmark.scoring.benchmarks import Benchmark

PANEL_MM, HEADS_MM, ROW_MM = 27.0, 15.0, 3.2
LETTER_MM = 1.25  # of a model's name, in its size of type
LETTERS_ACROSS = 24


def leaderboard_figure(board: "Leaderboard", *, width_mm: float = DOUBLE_COLUMN_MM) -> Figure:
    """Draw the stored scores, raw, best model on top, all panels in one order; a group's benchmarks stand together."""
    shown = [each for group in board.groups for each in board.scored_benchmarks if each.group == group]
    n_models = len(board.rows)
    names = [
        row.model if row.rank is not None or not board.counted else f"{row.model}, not ranked" for row in board.rows
    ]
    names_mm = LETTER_MM * max(map(len, names))
    across = min(len(shown), max(1, int((width_mm - names_mm) // PANEL_MM)))
    down = math.ceil(len(shown) / across)
    height_mm = down * (HEADS_MM + ROW_MM * n_models) + 5
    with journal():
        figure = Figure(figsize=(width_mm * MM, height_mm * MM), layout="constrained")
        panels = figure.subplots(down, across, sharey=True, squeeze=False)
        for panel in panels.flat[len(shown) :]:
            panel.set_visible(False)
        for benchmark, panel in zip(shown, panels.flat, strict=False):
            _draw(board, benchmark, panel)
        panels[0, 0].set_yticks(range(n_models), names)
        panels[0, 0].set_ylim(n_models - 0.5, -0.5)
        figure.supxlabel("score with 95 % interval; shaded: noise ceiling", fontsize=6.5)
    return figure


def draw_means(panel: Axes, board: "Leaderboard") -> None:
    """Draw every model's value on the board with its interval, in its order; of one benchmark, on its noise ceiling."""
    if len(board.benchmarks) == 1:
        _draw(board, board.benchmarks[0], panel)
    else:
        panel.axvline(0, color=QUIET, lw=0.6)
        for place, row in enumerate(board.rows):
            if not np.isnan(row.value):
                panel.plot([row.interval.low, row.interval.high], [place, place], color=INK, lw=1)
                panel.plot(row.value, place, "o", color=INK, ms=3)
        panel.set_xlabel(f"mean over {len(board.counted)} benchmarks ({board.convention}), with 95 % interval")
        bare(panel)
    panel.set_yticks(range(len(board.rows)), [row.model for row in board.rows])
    panel.set_ylim(len(board.rows) - 0.5, -0.5)


def _draw(board: "Leaderboard", benchmark: "Benchmark", panel: Axes) -> None:
    ceiling = board.ceilings[benchmark.name]
    if not np.isnan(ceiling.lower):
        # One value is a ceiling without a width of its own: a band one can see.
        panel.axvspan(ceiling.lower, max(ceiling.upper, ceiling.lower + 0.005), color=BAND, lw=0)
    panel.axvline(0, color=QUIET, lw=0.6)
    for place, row in enumerate(board.rows):
        score = row.scores.get(benchmark.name)
        if score is not None and not np.isnan(score.value):
            panel.plot([score.interval.low, score.interval.high], [place, place], color=INK, lw=1)
            panel.plot(score.value, place, "o", color=INK, ms=3)
    study, region, metric = parts(benchmark.name)
    unit = next(row.scores[benchmark.name].unit for row in board.rows if benchmark.name in row.scores)
    panel.set_title(f"{region}\n{study}")
    measure = unit if unit in (metric, "kappa") else f"{metric}, {unit}"
    panel.set_xlabel(measure if len(measure) <= LETTERS_ACROSS else measure.replace(", ", "\n"))
    panel.xaxis.set_major_locator(MaxNLocator(4))
    bare(panel)
