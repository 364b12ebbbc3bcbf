"""A score at each time after a stimulus as Plotly's figures: the course with its band, and layers by time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.api.number_text import latency_text
from brainrank.api.pages.charts import figure, style
from brainrank.api.pages.score_figures import BAND
from brainrank.benchmark.types.course import TOLD_P, Course
from brainrank.benchmark.types.steps import area_starts, by_area

FILL = "rgba(43, 123, 212, 0.25)"
INK = "#111111"
ROW_PIXELS, FEWEST_ROWS, FRAME_PIXELS = 24, 6, 90
AREA_LINE = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": {"color": "#ffffff", "width": 3}}


def course(found: Course, unit: str) -> dict[str, Any]:
    """The score at each time, the band that holds all of it, and the ceiling; the score's window is grey."""
    times = found.times_ms.tolist()
    start, stop = found.window_ms
    data = [
        *between(times, found.ceiling_lower, found.ceiling_upper, BAND, "noise ceiling"),
        *between(times, *found.simultaneous, FILL, "95 % band of the course"),
        {
            "type": "scatter",
            "mode": "lines",
            "name": "score",
            "x": times,
            "y": numbers(found.values),
            "line": {"color": style(0).colour, "width": 2},
            "hovertemplate": "%{x} ms: %{y:.3f}<extra></extra>",
        },
        *_above_chance(found),
    ]
    window = {"type": "rect", "x0": start, "x1": stop, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    return figure(
        data,
        xaxis={"title": {"text": "ms after stimulus onset"}, "zeroline": True},
        yaxis={"title": {"text": unit}, "zeroline": True},
        legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
        shapes=[{**window, "fillcolor": "rgba(127, 136, 148, 0.12)", "line": {"width": 0}}],
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
    )


def layers_by_time(found: Course, unit: str) -> dict[str, Any]:
    """The score of each layer at each time, without a choice, the steps of an area after each other; and their peaks.

    The peaks have intervals; one that is doubtful is hollow.
    """
    places = by_area(found.layers)
    names = [found.layers[each] for each in places]
    largest = float(np.nanmax(np.abs(found.layer_values))) if np.isfinite(found.layer_values).any() else 1.0
    heat = {
        "type": "heatmap",
        "x": found.times_ms.tolist(),
        "y": names,
        "z": [numbers(found.layer_values[each]) for each in places],
        "zmin": -largest,
        "zmax": largest,
        "colorscale": "RdBu",
        "reversescale": False,
        "colorbar": {"title": {"text": unit}, "thickness": 12},
        "hovertemplate": "%{y}, %{x} ms: %{z:.3f}<extra></extra>",
    }
    lines = [{**AREA_LINE, "y0": row - 0.5, "y1": row - 0.5} for row in area_starts(names)]
    return figure(
        [heat, *_peaks(found, places)],
        height=FRAME_PIXELS + ROW_PIXELS * max(len(names), FEWEST_ROWS),
        xaxis={"title": {"text": "ms after stimulus onset"}, "range": [found.times_ms[0], found.times_ms[-1]]},
        yaxis={"type": "category", "automargin": True, "showgrid": False},
        shapes=lines,
        showlegend=False,
        margin={"l": 90, "r": 10, "t": 10, "b": 45},
    )


def _peaks(found: Course, places: Sequence[int]) -> list[dict[str, Any]]:
    """When each layer is highest."""
    rows = [(found.layers[each], found.layer_peaks[each]) for each in places if found.layer_peaks]
    defined = [(name, each) for name, each in rows if np.isfinite(each.ms)]
    if not defined:
        return []
    ends = [(max(each.interval.high - each.ms, 0.0), max(each.ms - each.interval.low, 0.0)) for _, each in defined]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "peak",
            "x": [round(each.ms, 1) for _, each in defined],
            "y": [name for name, _ in defined],
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [round(high, 1) for high, _ in ends],
                "arrayminus": [round(low, 1) for _, low in ends],
                "width": 0,
                "thickness": 1.4,
                "color": INK,
            },
            "marker": {
                "symbol": ["diamond-open" if each.reason else "diamond" for _, each in defined],
                "size": 8,
                "color": [INK if each.reason else "#ffffff" for _, each in defined],
                "line": {"color": INK, "width": 1.2},
            },
            "customdata": [latency_text(each) for _, each in defined],
            "hovertemplate": "%{y} peaks at %{customdata}<extra></extra>",
        }
    ]


def between(
    times: list[float], low: Float[ndarray, " times"], high: Float[ndarray, " times"], colour: str, name: str
) -> list[dict[str, Any]]:
    """A band, as two lines with the space between them filled; nothing where there is none."""
    if not np.isfinite(low).any():
        return []
    line = {"type": "scatter", "mode": "lines", "x": times, "line": {"width": 0}, "hoverinfo": "skip", "name": name}
    return [
        {**line, "y": numbers(low), "showlegend": False},
        {**line, "y": numbers(high), "fill": "tonexty", "fillcolor": colour},
    ]


def _above_chance(found: Course) -> list[dict[str, Any]]:
    above = found.above_chance < TOLD_P
    if not above.any():
        return []
    lowest = float(np.nanmin([np.nanmin(found.simultaneous.low), 0.0]))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "above chance, p < .05 corrected",
            "x": found.times_ms.tolist(),
            "y": [lowest if each else None for each in above],
            "line": {"color": style(1).colour, "width": 4},
            "hoverinfo": "skip",
        }
    ]


def numbers(values: Float[ndarray, " times"]) -> list[float]:
    """The values as a chart has them."""
    found: list[float] = values.round(5).tolist()
    return found
