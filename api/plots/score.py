"""One score as a drawing: its layer curve, the score with its interval beside it, and the noise ceiling as a band."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from brainrank.api.pages.charts import style
from brainrank.api.plots.course import draw_course
from brainrank.api.plots.journal import BAND, INK, QUIET
from brainrank.api.plots.model import draw_curve, draw_scores
from brainrank.benchmark.types.score import Score

MOST_NAMED = 12
# Above what is drawn, as a share of its height: on the band of the ceiling a legend cannot be read.
ROOM_FOR_LEGEND = 0.28


def draw_score(panel: Axes, score: Score, *, title: str) -> None:
    """Draw a score into axes: its course, or its layer curve; with neither, only the score on its ceiling."""
    if score.course is not None:
        draw_course(panel, score.course, unit=score.unit, title=title)
        return
    curve = score.layer_curve
    if len(curve) < 2:
        draw_scores(panel, [""], [score])
    else:
        _draw_ceiling(panel, score)
        draw_curve(panel, curve, style(0), dash="-", label="layers; filled: chosen most often")
        if not np.isnan(score.value):
            place = len(curve) + 1
            panel.plot([place, place], [score.interval.low, score.interval.high], color=INK, lw=1.4)
            panel.plot(place, score.value, "D", color=INK, ms=4, label="score, 95 % interval")
        panel.axhline(0, color=QUIET, lw=0.6)
        panel.set_ylabel(score.unit)
        _name_layers(panel, [each.layer for each in curve])
        panel.spines[["top", "right"]].set_visible(False)
        low, high = panel.get_ylim()
        panel.set_ylim(low, high + ROOM_FOR_LEGEND * (high - low))
        panel.legend(frameon=False, loc="upper right")
    panel.set_title(title, loc="left")


def _draw_ceiling(panel: Axes, score: Score) -> None:
    if not np.isnan(score.ceiling.lower):
        upper = max(score.ceiling.upper, score.ceiling.lower + 0.005)
        panel.axhspan(score.ceiling.lower, upper, color=BAND, lw=0, label="noise ceiling")


def _name_layers(panel: Axes, names: list[str]) -> None:
    """Names below a few layers, their numbers below many."""
    if len(names) <= MOST_NAMED:
        slanted = sum(map(len, names)) > 60
        panel.set_xticks(
            range(1, len(names) + 1), names, rotation=35 if slanted else 0, ha="right" if slanted else "center"
        )
    else:
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.set_xlabel("layer, from first to last")
