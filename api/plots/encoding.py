"""Figures of encoding models: how r is spread over targets, and the best target's predictions."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from brainrank.benchmark.metrics.regression.interval import MedianCorrelation
from brainrank.benchmark.metrics.regression.scores import TargetFits

BLUE, ORANGE, INK = "#0072b2", "#d55e00", "#333333"  # Okabe and Ito


def encoding_figure(
    scores: TargetFits,
    median: MedianCorrelation,
    predictions: NDArray[np.floating],
    responses: NDArray[np.floating],
    fold_of: NDArray[np.integer],
) -> Figure:
    """A histogram of r over targets with its median and interval; beside it the best target, predicted and measured."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1)  # type: ignore[union-attr,call-arg]
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9, colors=INK)
    scored = scores.r[np.isfinite(scores.r)]
    if not scored.size:
        for axes in (left, right):
            axes.set_axis_off()
        left.text(0, 0.5, "No target could be scored.", color=INK)
        return figure
    draw_histogram(left, scored, median)
    _best_target(right, scores, predictions, responses, fold_of)
    return figure


def draw_histogram(axes: Axes, scored: NDArray[np.floating], median: MedianCorrelation) -> None:
    """How r is spread over targets, with its median and interval."""
    edges = np.histogram_bin_edges(scored, bins=min(40, max(8, int(2 * np.sqrt(scored.size)))))
    axes.hist(scored, bins=edges.tolist(), color=BLUE, alpha=0.65, edgecolor="white", linewidth=0.6)
    axes.axvspan(median.interval.low, median.interval.high, color=ORANGE, alpha=0.25, linewidth=0, zorder=0)
    axes.axvline(median.value, color=ORANGE, linewidth=2)
    axes.set_xlabel("held-out r", color=INK)
    axes.set_ylabel("targets", color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(
        f"Median r {median.value:.2f}, 95 % interval {median.interval.low:.2f} to {median.interval.high:.2f}",
        fontsize=10, color=INK, loc="left",
    )  # fmt: skip


def _best_target(
    axes: Axes,
    scores: TargetFits,
    predictions: NDArray[np.floating],
    responses: NDArray[np.floating],
    fold_of: NDArray[np.integer],
) -> None:
    best = int(np.nanargmax(scores.r))
    tested = fold_of >= 0
    predicted, measured = predictions[tested, best], responses[tested, best]
    axes.axline(
        (float(measured.mean()), float(measured.mean())), slope=1, color=INK, linewidth=0.8, linestyle=(0, (4, 3))
    )
    axes.scatter(predicted, measured, s=14, color=BLUE, alpha=0.55, linewidths=0, rasterized=tested.sum() > 5000)
    for low, high, limit in (
        (predicted.min(), predicted.max(), axes.set_xlim),
        (measured.min(), measured.max(), axes.set_ylim),
    ):
        margin = 0.05 * max(float(high - low), 1e-12)
        limit(float(low) - margin, float(high) + margin)
    axes.set_xlabel("predicted response (dashed: equal to the measured)", color=INK)
    axes.set_ylabel("measured response", color=INK)
    axes.set_title(f"Best target ({best}): r {scores.r[best]:.2f}", fontsize=10, color=INK, loc="left")
