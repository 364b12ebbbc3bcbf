"""The leaderboard as a figure: every benchmark a panel, every model a dot with its interval, the ceiling a band."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard

INK = "#1f4e79"
BAND = "#e3ddd0"


def leaderboard_figure(board: "Leaderboard") -> Figure:
    """Draw the leaderboard, best model on top, all panels in one order and on one scale."""
    n_models, n_benchmarks = len(board.rows), len(board.benchmarks)
    figure = Figure(figsize=(2.3 + 2.1 * n_benchmarks, 1.5 + 0.32 * n_models), layout="constrained")
    panels = figure.subplots(1, n_benchmarks, sharex=True, sharey=True, squeeze=False)[0]
    for benchmark, panel in zip(board.benchmarks, panels, strict=True):
        _draw(board, benchmark.name, panel)
    panels[0].set_yticks(range(n_models), [row.model for row in board.rows])
    panels[0].set_ylim(n_models - 0.5, -0.5)
    panels[n_benchmarks // 2].set_xlabel("similarity (rho-a), 95 % interval; shaded: noise ceiling")
    return figure


def _draw(board: "Leaderboard", benchmark: str, panel: Axes) -> None:
    ceiling = board.ceilings[benchmark]
    if not np.isnan(ceiling.lower):
        panel.axvspan(ceiling.lower, ceiling.upper, color=BAND, lw=0)
    panel.axvline(0, color="grey", lw=0.8)
    for place, row in enumerate(board.rows):
        score = row.scores.get(benchmark)
        if score is not None and not np.isnan(score.value):
            panel.plot([score.interval.low, score.interval.high], [place, place], color=INK, lw=1.4)
            panel.plot(score.value, place, "o", color=INK, ms=5)
    study, _, rest = benchmark.partition(".")
    panel.set_title(f"{rest.removesuffix('.rsa')}\n{study}", fontsize=10)
    panel.tick_params(axis="y", length=0)
    panel.spines[["top", "right", "left"]].set_visible(False)
