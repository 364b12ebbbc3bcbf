"""A score at each time after a stimulus as Plotly's figures: the course with its band, and layers by time."""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.api.pages.charts import figure, style
from brainrank.api.pages.score_figures import BAND
from brainrank.benchmark.types.course import TOLD_P, Course

FILL = "rgba(43, 123, 212, 0.25)"


def course(found: Course, unit: str) -> dict[str, Any]:
    """The score at each time, the band that holds all of it, and the ceiling; the score's window is grey."""
    times = found.times_ms.tolist()
    start, stop = found.window_ms
    data = [
        *_between(times, found.ceiling_lower, found.ceiling_upper, BAND, "noise ceiling"),
        *_between(times, *found.simultaneous, FILL, "95 % band of the course"),
        {
            "type": "scatter",
            "mode": "lines",
            "name": "score",
            "x": times,
            "y": _numbers(found.values),
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
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        shapes=[{**window, "fillcolor": "rgba(127, 136, 148, 0.12)", "line": {"width": 0}}],
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
    )


def layers_by_time(found: Course, unit: str) -> dict[str, Any]:
    """The score of each layer at each time, without a choice."""
    largest = float(np.nanmax(np.abs(found.layer_values))) if np.isfinite(found.layer_values).any() else 1.0
    heat = {
        "type": "heatmap",
        "x": found.times_ms.tolist(),
        "y": list(found.layers),
        "z": [_numbers(each) for each in found.layer_values],
        "zmin": -largest,
        "zmax": largest,
        "colorscale": "RdBu",
        "reversescale": False,
        "colorbar": {"title": {"text": unit}, "thickness": 12},
        "hovertemplate": "%{y}, %{x} ms: %{z:.3f}<extra></extra>",
    }
    return figure(
        [heat],
        xaxis={"title": {"text": "ms after stimulus onset"}},
        yaxis={"type": "category", "automargin": True},
        margin={"l": 90, "r": 10, "t": 10, "b": 45},
    )


def _between(
    times: list[float], low: Float[ndarray, " times"], high: Float[ndarray, " times"], colour: str, name: str
) -> list[dict[str, Any]]:
    """A band, as two lines with the space between them filled; nothing where there is none."""
    if not np.isfinite(low).any():
        return []
    line = {"type": "scatter", "mode": "lines", "x": times, "line": {"width": 0}, "hoverinfo": "skip", "name": name}
    return [
        {**line, "y": _numbers(low), "showlegend": False},
        {**line, "y": _numbers(high), "fill": "tonexty", "fillcolor": colour},
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


def _numbers(values: Float[ndarray, " times"]) -> list[float]:
    found: list[float] = values.round(5).tolist()
    return found
