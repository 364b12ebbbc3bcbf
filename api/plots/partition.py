"""The figure of a partition: what is unique, shared and explained together, with intervals, below the noise ceiling."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainrank.api.plots.encoding import BLUE, INK, ORANGE
from brainrank.api.services.analysis.partition import PartitionAnalysis

PURPLE = "#7d5ba6"
BELOW = 0.28  # a row is 1: hundreds of targets would hide the median among them
COLOURS = {"unique": BLUE, "shared": PURPLE, "r2": INK, "ceiling": ORANGE}


def partition_figure(analysis: PartitionAnalysis) -> Figure:
    """A figure of its own, with a row for each quantity."""
    figure = Figure(figsize=(6.4, height_of(analysis)), layout="constrained")
    draw_partition(figure.subplots(), analysis)
    return figure


def height_of(analysis: PartitionAnalysis) -> float:
    """The height in inches that the rows need."""
    return 1.2 + 0.42 * len(analysis.rows)


def draw_partition(axes: Axes, analysis: PartitionAnalysis) -> None:
    """A dot with its interval for each quantity that has a value, from top to bottom; targets as marks below."""
    rows = [each for each in analysis.rows if np.isfinite(each.estimate.value)]
    for place, row in enumerate(rows):
        colour, (value, interval) = COLOURS[row.quantity], row.estimate
        each = np.array([target.value for target in row.targets])
        each = each[np.isfinite(each)]
        axes.plot(each, np.full(len(each), place + BELOW), "|", color=colour, alpha=0.2, markersize=5, zorder=1)
        if np.isfinite(interval.low):
            axes.plot([interval.low, interval.high], [place, place], color=colour, linewidth=2.5, zorder=2)
        axes.plot(value, place, "o", color=colour, markersize=6, zorder=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [each.label for each in rows])
    axes.set_ylim(len(rows) - 0.4, -0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("held-out R2: median over targets with 95 % interval\nmarks: each target", color=INK)
