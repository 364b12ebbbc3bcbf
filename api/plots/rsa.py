"""The figure of an RSA: both RDMs, and the similarity with its interval and the noise ceiling."""

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.score import Interval, NoiseCeiling

INK = "#333333"
COLOUR = "#0072b2"


def rsa_figure(
    model: NDArray[np.float64],
    subjects: NDArray[np.float64],
    similarity: NDArray[np.float64],
    interval: Interval,
    ceiling: NoiseCeiling,
    *,
    unit: str,
) -> Figure:
    """The model's RDM, the subjects' mean RDM (both by rank) and the mean similarity beside the noise ceiling."""
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)  # type: ignore[union-attr,call-arg]
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 0.62))
    image = _draw_rdm(left, model, "features")
    _draw_rdm(middle, subjects.mean(axis=0), f"mean of {len(subjects)} subjects" if len(subjects) > 1 else "subject")
    bar = figure.colorbar(image, ax=[left, middle], shrink=0.75, ticks=(0, 1), aspect=25, pad=0.02)
    bar.ax.set_yticklabels(["alike", "unlike"], fontsize=9)
    bar.outline.set_visible(False)
    draw_similarity(right, similarity, interval, ceiling, unit)
    return figure


def _draw_rdm(axes: Axes, rdm: NDArray[np.float64], title: str) -> AxesImage:
    """Ranks from 0 to 1: dissimilarities of different measures have no common scale."""
    ranks = (scipy.stats.rankdata(rdm) - 1) / max(rdm.size - 1, 1)
    square = square_rdm(ranks)
    np.fill_diagonal(square, np.nan)
    image = axes.imshow(square, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize=10, color=INK)
    axes.set_xlabel(f"{len(square)} stimuli", fontsize=9, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return image


def draw_similarity(
    axes: Axes, similarity: NDArray[np.float64], interval: Interval, ceiling: NoiseCeiling, unit: str
) -> None:
    """The similarity to each subject, and its mean with its interval beside the noise ceiling."""
    mean = float(similarity.mean())
    if np.isfinite(ceiling.lower):
        axes.axhspan(ceiling.lower, ceiling.upper, color="#bbbbbb", lw=0, alpha=0.6)
        middle = (ceiling.lower + ceiling.upper) / 2
        axes.text(
            0.97,
            middle,
            "noise\nceiling",
            ha="right",
            va="center",
            fontsize=8,
            color=INK,
            transform=axes.get_yaxis_transform(),
        )
    axes.bar(0, mean, width=0.7, color=COLOUR, alpha=0.85)
    spread = np.linspace(-0.22, 0.22, len(similarity)) if len(similarity) > 1 else np.zeros(1)
    axes.plot(spread, similarity, "o", ms=4, mfc="white", mec=INK, mew=0.8, zorder=3)
    if np.isfinite(interval.low):
        axes.plot([0, 0], [interval.low, interval.high], color=INK, lw=1.8, zorder=4)
    axes.axhline(0, color=INK, lw=0.8)
    axes.set_xlim(-0.6, 1.3)
    axes.set_xticks([0], ["features"], fontsize=9)
    axes.set_ylabel(f"similarity ({unit})", fontsize=9, color=INK)
    axes.tick_params(axis="x", length=0)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
