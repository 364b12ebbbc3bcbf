"""A score at each time after a stimulus as a drawing: the course with its bands, and layers by time."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm

from brainrank.api.pages.charts import style
from brainrank.api.plots.journal import BAND, INK, QUIET
from brainrank.benchmark.types.course import TOLD_P, Course
from brainrank.benchmark.types.steps import area_starts, by_area

ROOM_FOR_LEGEND = 0.25


def draw_course(panel: Axes, course: Course, *, unit: str, title: str) -> None:
    """Draw a course with the band that holds all of it, the ceiling at each time, window, onset and peak.

    The line at the bottom marks the times above chance (p < .05, corrected for times).
    """
    times, colour = course.times_ms, style(0).colour
    start, stop = course.window_ms
    panel.axvspan(start, stop, color=QUIET, alpha=0.08, lw=0)
    panel.fill_between(times, course.ceiling_lower, course.ceiling_upper, color=BAND, lw=0, label="noise ceiling")
    panel.fill_between(times, *course.simultaneous, color=colour, alpha=0.25, lw=0, label="95 % band of the course")
    panel.plot(times, course.values, color=colour, lw=1.2, label="score")
    panel.axhline(0, color=QUIET, lw=0.6)
    panel.axvline(0, color=QUIET, lw=0.6)
    low, high = panel.get_ylim()
    height = high - low
    for latency, name, marker in ((course.onset, "onset", "|"), (course.peak, "peak", "D")):
        if np.isfinite(latency.ms):
            at = float(np.interp(latency.ms, times, course.values))
            panel.plot([latency.interval.low, latency.interval.high], [at, at], color=INK, lw=1.2)
            panel.plot(latency.ms, at, marker, color=INK, ms=4, label=f"{name} {latency.ms:.0f} ms")
    above = np.where(course.above_chance < TOLD_P, low, np.nan)
    panel.plot(times, above, color=INK, lw=2, solid_capstyle="butt")
    panel.set_ylim(low - 0.03 * height, high + ROOM_FOR_LEGEND * height)
    panel.set_xlim(times[0], times[-1])
    panel.set_xlabel("ms after stimulus onset; grey: the window of the score; line: above chance")
    panel.set_ylabel(unit)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False, loc="upper right", ncols=2)
    panel.set_title(title, loc="left")


def draw_layers(panel: Axes, course: Course, *, unit: str, title: str) -> None:
    """Draw the score of each layer at each time, the steps of an area after each other, from below.

    Diamonds are the layers' peaks, with their intervals; white lines part areas.
    """
    places = by_area(course.layers)
    names = [course.layers[each] for each in places]
    rows = np.arange(len(names))
    colours = panel.pcolormesh(
        course.times_ms, rows, course.layer_values[list(places)], cmap="RdBu_r", norm=CenteredNorm(), shading="nearest"
    )
    for row, place in enumerate(places if course.layer_peaks else ()):
        latency = course.layer_peaks[place]
        for width, ink in ((2.4, "white"), (1.0, "black")):  # seen on dark and on light
            panel.plot([latency.interval.low, latency.interval.high], [row, row], color=ink, lw=width)
        panel.plot(latency.ms, row, "D", mfc="none" if latency.reason else "white", mec="black", mew=0.9, ms=4)
    for row in area_starts(names):
        panel.axhline(row - 0.5, color="white", lw=1.6)
    panel.axvline(0, color=QUIET, lw=0.6)
    panel.set_yticks(rows, names)
    panel.set_xlabel("ms after stimulus onset; diamonds: peaks with 95 % intervals, hollow where doubtful")
    panel.figure.colorbar(colours, ax=panel, label=unit, pad=0.02)
    panel.set_title(title, loc="left")
