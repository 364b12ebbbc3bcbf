"""Figures of behaviour: who errs alike, shape against texture, accuracy against distortion."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from brainrank.benchmark.metrics.behaviour.levels import LevelCounts
from brainrank.benchmark.metrics.behaviour.pair_consistency import PairConsistency
from brainrank.benchmark.metrics.behaviour.psychometric import PsychometricFit, psychometric_function

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000")  # Okabe and Ito
MARKERS = "osD^vP*X"
INK = "#333333"


def kappa_matrix(observers: Sequence[str], pairs: Sequence[PairConsistency]) -> Figure:
    """A heat map of kappa, one row and column per observer; blank where kappa is undefined."""
    side = 2.2 + 0.08 * max(map(len, observers)) + 0.5 * len(observers)
    figure = Figure(figsize=(side + 0.9, side), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)  # type: ignore[union-attr,call-arg]
    draw_kappas(figure.subplots(), observers, pairs)
    return figure


def draw_kappas(axes: Axes, observers: Sequence[str], pairs: Sequence[PairConsistency]) -> None:
    """The matrix of `kappa_matrix` into some axes, with its colour bar beside them."""
    n = len(observers)
    place = {observer: k for k, observer in enumerate(observers)}
    kappa = np.full((n, n), np.nan)
    for pair in pairs:
        i, j = place[pair.first], place[pair.second]
        kappa[i, j] = kappa[j, i] = pair.kappa
    limit = max(0.6, float(np.nanmax(np.abs(kappa), initial=0.0)))  # people reach .3 to .6: figures stay comparable
    image = axes.imshow(kappa, cmap="RdBu_r", vmin=-limit, vmax=limit)
    for i, j in np.argwhere(~np.isnan(kappa)) if n <= 20 else ():
        dark = abs(kappa[i, j]) > 0.6 * limit
        text = f"{kappa[i, j]:.2f}".replace("0.", ".", 1)
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.set_xticks(range(n), observers, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), observers)
    axes.tick_params(length=0, labelsize=9)
    axes.spines[:].set_visible(False)
    bar = axes.get_figure(root=True).colorbar(image, ax=axes, shrink=0.7)  # type: ignore[union-attr]
    bar.set_label("error consistency (kappa)")
    bar.outline.set_visible(False)


def shape_bias_by_category(
    observers: Sequence[str], by_category: Mapping[str, NDArray[np.float64]], overall: NDArray[np.float64]
) -> Figure:
    """Share of shape decisions per shape category; a line marks each observer's overall share."""
    categories = sorted(by_category)
    figure = Figure(
        figsize=(7.2, 1.9 + 0.27 * len(categories) + 0.2 * ((len(observers) - 1) // 3)), layout="constrained"
    )
    axes = figure.subplots()
    rows = np.arange(len(categories))[::-1]
    for k, observer in enumerate(observers):
        colour = COLOURS[k % len(COLOURS)]
        axes.axvline(overall[k], color=colour, linewidth=1, alpha=0.6, zorder=1)
        values = [by_category[category][k] for category in categories]
        marker = MARKERS[(k // len(COLOURS) + k) % len(MARKERS)]
        axes.scatter(
            values, rows, s=28, color=colour, marker=marker, alpha=0.85, linewidths=0, label=observer, zorder=2
        )
    axes.set_yticks(rows, categories)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("texture  0  ←  share of shape decisions  →  1  shape")
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    _hide_frame(axes)
    figure.legend(loc="outside upper center", ncols=min(3, len(observers)), frameon=False, fontsize=9)
    return figure


def psychometric_curves(counts: LevelCounts, fits: Mapping[str, PsychometricFit]) -> Figure:
    """A panel per observer: share right with 95 % Wilson intervals, the fit, and the threshold's interval as a bar."""
    observers = list(fits)
    columns = min(4, len(observers))
    rows = -(-len(observers) // columns)
    figure = Figure(figsize=(2.9 * columns + 0.6, 2.5 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for k, panel in enumerate(panels.ravel()):
        panel.set_visible(k < len(observers))
        if k < len(observers):
            _panel(panel, counts, k, fits[observers[k]])
            panel.set_title(observers[k], fontsize=10)
            panel.tick_params(labelbottom=k + columns >= len(observers))
    figure.supxlabel("level   (bar: 95 % interval of the threshold; dotted: guess rate)", fontsize=10)
    figure.supylabel("share right", fontsize=10)
    return figure


def _panel(axes: Axes, counts: LevelCounts, observer: int, fit: PsychometricFit) -> None:
    seen = counts.trials[observer] > 0
    levels, right, trials = counts.levels[seen], counts.right[observer, seen], counts.trials[observer, seen]
    limits = [
        scipy.stats.binomtest(int(k), int(n)).proportion_ci(method="wilson") for k, n in zip(right, trials, strict=True)
    ]
    share = right / trials
    low, high = np.array([limit.low for limit in limits]), np.array([limit.high for limit in limits])
    error = np.clip(np.stack([share - low, high - share]), 0, None)
    axes.errorbar(levels, share, yerr=error, fmt="o", color=INK, markersize=4, elinewidth=1, zorder=3)
    axes.axhline(fit.guess, color="#999999", linewidth=0.8, linestyle=":", zorder=1)
    span = (counts.levels.min(), counts.levels.max())
    wide = counts.levels.min() > 0 and span[1] / span[0] >= 20
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    fine = np.geomspace(*span, 300) if wide else np.linspace(*span, 300)
    axes.plot(fine, psychometric_function(fine, fit), color=COLOURS[0], linewidth=1.6, zorder=2)
    ends = (fit.threshold_interval.low, fit.threshold_interval.high)
    if not np.isnan(ends).any():
        axes.plot(ends, [0.0, 0.0], color=COLOURS[1], linewidth=4, solid_capstyle="butt", zorder=2)
    else:
        axes.text(0.5, 0.5, "no threshold", transform=axes.transAxes, ha="center", fontsize=8, color="#999999")
    axes.set_ylim(-0.03, 1.03)
    _hide_frame(axes)


def _hide_frame(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
