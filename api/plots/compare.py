"""Models against each other as a figure: differences on each benchmark, with their intervals."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainrank.api.pages.charts import parts, style
from brainrank.api.plots.journal import DOUBLE_COLUMN_MM, MM, QUIET, bare, journal
from brainrank.api.services.boards.side_by_side import SideBySide, is_told_apart

ROW_MM, SERIES_MM, FRAME_MM = 3.2, 2.4, 20.0


def compare_figure(found: SideBySide, *, width_mm: float = DOUBLE_COLUMN_MM) -> Figure:
    """Draw the first model less each other: a row for the mean and each benchmark; hollow where not told from zero."""
    others = found.models[1:]
    height_mm = FRAME_MM + len(_rows(found)) * (ROW_MM + SERIES_MM * (len(others) - 1))
    with journal():
        figure = Figure(figsize=(width_mm * MM, height_mm * MM), layout="constrained")
        draw_differences(figure.subplots(), found)
        figure.supxlabel(caption(found), fontsize=6.5)
        handles = legend_handles(others)
        figure.legend(handles=handles, loc="outside upper left", ncols=min(3, len(others)), frameon=False)
    return figure


def caption(found: SideBySide) -> str:
    """What the drawn differences are."""
    return f"{found.models[0]} less the other, with 95 % interval\nhollow: q of .05 or more"


def legend_handles(others: Sequence[str]) -> list[Line2D]:
    """What a legend says of the other models."""
    return [
        Line2D([], [], color=style(place).colour, marker=style(place).marker, ms=3.4, lw=1, label=f"less {other}")
        for place, other in enumerate(others)
    ]


def draw_differences(panel: Axes, found: SideBySide) -> None:
    """Draw the differences into axes, a row for the mean and each benchmark."""
    others, rows = found.models[1:], _rows(found)
    step = 0.7 / len(others)
    panel.axvline(0, color=QUIET, lw=0.6)
    for at, row in enumerate(rows):
        if at % 2:
            panel.axhspan(at - 0.5, at + 0.5, color="#f3f4f6", lw=0)
        for other, pair in found.differences(row).items():
            place, interval = others.index(other), pair.paired.interval
            if math.isnan(pair.paired.difference):
                continue
            y, drawn = at + (place - (len(others) - 1) / 2) * step, style(place)
            panel.plot([interval.low, interval.high], [y, y], color=drawn.colour, lw=1)
            filling = drawn.colour if is_told_apart(pair) else "white"
            panel.plot(pair.paired.difference, y, drawn.marker, color=drawn.colour, mfc=filling, ms=3.4, mew=0.8)
    panel.set_yticks(range(len(rows)), [_panel_title(row, raw=found.is_raw(row)) for row in rows])
    panel.set_ylim(len(rows) - 0.5, -0.5)
    bare(panel)


def _rows(found: SideBySide) -> list[str | None]:
    """The mean, which is None, and the benchmarks, where there is a difference."""
    return [each for each in (None, *found.comparison.benchmarks) if found.differences(each)]


def _panel_title(benchmark: str | None, *, raw: bool) -> str:
    if benchmark is None:
        return "mean"
    return "{1}, {0} {2}".format(*parts(benchmark)) + (" (raw)" if raw else "")
