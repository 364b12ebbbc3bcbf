"""The figure of presentation times: accuracy and error consistency against how long an image was shown."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainrank.api.plots.behaviour import COLOURS, INK, MARKERS
from brainrank.api.services.analysis.presentation_times import TimeCourse
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate


def presentation_time_figure(courses: Sequence[TimeCourse]) -> Figure:
    """Two panels, a colour for each kind of images; people with bars, models dashed with a marker each."""
    figure = Figure(figsize=(9.6, 3.8), layout="constrained")
    right, kappa = figure.subplots(1, 2, sharex=True)
    models = list(dict.fromkeys(name for course in courses for at in course.times for name in at.models))
    for colour, course in zip(COLOURS * len(courses), courses, strict=False):
        times = [each.duration_ms for each in course.times]
        _people(right, times, [each.accuracy for each in course.times], colour, course.condition)
        _people(kappa, times, [each.kappa for each in course.times], colour, course.condition)
        for marker, name in zip(MARKERS[1:] * len(models), models, strict=False):
            style = {"color": colour, "linestyle": "--", "marker": marker, "markersize": 4, "linewidth": 1}
            right.plot(times, [each.model_accuracy.get(name, np.nan) for each in course.times], **style)
            values = [each.models[name].kappa.value if name in each.models else np.nan for each in course.times]
            kappa.plot(times, values, **style)
    for marker, name in zip(MARKERS[1:] * len(models), models, strict=False):
        kappa.plot([], [], color=INK, linestyle="--", marker=marker, markersize=4, linewidth=1, label=name)
    shown = sorted({each.duration_ms for course in courses for each in course.times})
    for axes, label in ((right, "share of right answers"), (kappa, "error consistency with people (kappa)")):
        axes.set_xscale("log")
        axes.set_xticks(shown, [f"{each:g}" for each in shown])
        axes.minorticks_off()
        axes.set_xlabel("presentation time (ms)")
        axes.set_ylabel(label)
        axes.spines[["top", "right"]].set_visible(False)
    right.set_ylim(0, 1)
    kappa.axhline(0, color=INK, linewidth=0.8)
    kappa.legend(frameon=False, fontsize=8)
    return figure


def _people(axes: Axes, times: Sequence[float], values: Sequence[Estimate], colour: str, label: str) -> None:
    middle = np.array([each.value for each in values])
    ends = np.array([[each.value - each.interval.low, each.interval.high - each.value] for each in values]).T
    axes.errorbar(times, middle, yerr=np.nan_to_num(ends), color=colour, marker="o", markersize=4, label=label)
