"""Scores as Plotly's figures: by layer, by target, and of all models on a benchmark."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.api.pages.charts import figure, markers, style
from brainrank.benchmark.types.score import LayerScore, NoiseCeiling, Score

# As the style sheet reserves them: .chart.panels-1 and so on.
GAP, PAGE_PX, PANEL_PX = 0.06, 160, 140
BAND = "rgba(170, 145, 80, 0.28)"


class Curve(NamedTuple):
    """A benchmark's layer curve, and its ceiling."""

    name: str
    points: Sequence[LayerScore]
    ceiling: NoiseCeiling
    unit: str


class Dot(NamedTuple):
    """A model's score on a benchmark."""

    model: str
    family: str
    value: float
    low: float
    high: float


def curve(benchmark: str, score: Score) -> Curve:
    """A score's layer curve, by the name of its benchmark without that of its metric."""
    return Curve(benchmark.rpartition(".")[0], score.layer_curve, score.ceiling, score.unit)


def layer_curves(curves: Sequence[Curve]) -> dict[str, Any]:
    """Scores by depth, a line for each benchmark; the layer that won is large, the lower ceiling is a dotted line.

    Each quantity has a panel of its own: a rank correlation of RDMs and one of responses are no two of a kind.
    """
    data: list[dict[str, Any]] = []
    units = list(dict.fromkeys(each.unit for each in curves))
    for place, (name, points, ceiling, unit) in enumerate(curves):
        look = style(place)
        panel = {"yaxis": "y" if units.index(unit) == 0 else f"y{units.index(unit) + 1}"}
        best = max(range(len(points)), key=lambda each: points[each].won)
        sizes = [15 if number == best else 7 for number in range(len(points))]
        x = [each.layer for each in points]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "legendgroup": name,
                **panel,
                "x": x,
                "y": [each.value for each in points],
                "customdata": [f"{each.won:.0%}" for each in points],
                "line": {"color": look.colour, "width": 2},
                "marker": {**markers(look), "size": sizes, "opacity": 1},
                "hovertemplate": "%{x}: %{y:.3f}, won %{customdata}<extra>%{fullData.name}</extra>",
            }
        )
        if np.isfinite(ceiling.lower):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": f"{name}: ceiling",
                    "legendgroup": name,
                    "showlegend": False,
                    **panel,
                    "x": x,
                    "y": [ceiling.lower] * len(x),
                    "line": {"color": look.colour, "width": 1.5, "dash": "dot"},
                    "hovertemplate": "noise ceiling %{y:.3f}<extra>%{fullData.name}</extra>",
                }
            )
    return figure(
        data,
        xaxis={"type": "category", "tickangle": -45, "anchor": "y" if len(units) < 2 else f"y{len(units)}"},
        **_panels(units),
        showlegend=len(curves) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
    )


def _panels(units: Sequence[str]) -> dict[str, Any]:
    """An axis for each unit, one above the other; the chart is as high as they need."""
    share = 1 / max(1, len(units))
    axes = {
        f"yaxis{place + 1 if place else ''}": {
            "title": {"text": unit},
            "zeroline": True,
            "domain": [1 - (place + 1) * share + (GAP if place < len(units) - 1 else 0), 1 - place * share],
        }
        for place, unit in enumerate(units)
    }
    return {**axes, "height": PAGE_PX + PANEL_PX * len(units)}


def targets(values: NDArray[np.float64], unit: str, ceiling: NoiseCeiling) -> dict[str, Any]:
    """How the scores of neurons or voxels are spread; their median is a line."""
    finite = values[np.isfinite(values)]
    count, edges = np.histogram(finite, bins="auto")
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    bars = {
        "type": "bar",
        "x": middle.round(4).tolist(),
        "y": count.tolist(),
        "width": width.round(4).tolist(),
        "marker": {"color": style(0).colour},
        "hovertemplate": f"{unit} %{{x:.2f}}: %{{y}} targets<extra></extra>",
    }
    median = {"type": "line", "x0": float(np.median(finite)), "x1": float(np.median(finite)), "y0": 0, "y1": 1}
    line = {**median, "yref": "paper", "line": {"color": style(1).colour, "width": 2, "dash": "dash"}}
    return figure(
        [bars],
        xaxis={"title": {"text": unit}},
        yaxis={"title": {"text": "targets"}},
        bargap=0,
        showlegend=False,
        shapes=[line, *_band(ceiling, along="x")],
    )


def distribution(dots: Sequence[Dot], looks: Mapping[str, Any], unit: str, ceiling: NoiseCeiling) -> dict[str, Any]:
    """Every model's score with its interval, a row for each family; the noise ceiling is a band."""
    families = list(dict.fromkeys(each.family for each in sorted(dots, key=lambda each: each.value)))
    rows = {name: place for place, name in enumerate(families)}
    data = []
    for name in families:
        of_it = sorted((each for each in dots if each.family == name), key=lambda each: each.value)
        # Side by side within the row, so that intervals do not lie on each other.
        lift = np.linspace(-0.3, 0.3, len(of_it)) if len(of_it) > 1 else np.zeros(1)
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [each.value for each in of_it],
                "y": (rows[name] + lift).round(3).tolist(),
                "text": [each.model for each in of_it],
                "ids": [each.model for each in of_it],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [each.high - each.value for each in of_it],
                    "arrayminus": [each.value - each.low for each in of_it],
                    "thickness": 1,
                    "width": 0,
                    "color": looks[name].colour,
                },
                "marker": markers(looks[name]),
                "hovertemplate": "%{text}: %{x:.3f}<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        links="/models/",
        xaxis={"title": {"text": unit}, "zeroline": True},
        yaxis={"tickmode": "array", "tickvals": list(rows.values()), "ticktext": list(rows), "zeroline": False},
        showlegend=False,
        shapes=_band(ceiling, along="x"),
    )


def _band(ceiling: NoiseCeiling, *, along: str) -> list[dict[str, Any]]:
    """A noise ceiling as a band across a chart whose scores are `along` that axis."""
    if not np.isfinite(ceiling.lower):
        return []
    across = "y" if along == "x" else "x"
    return [
        {
            "type": "rect",
            "layer": "below",
            f"{along}0": ceiling.lower,
            f"{along}1": ceiling.upper,
            f"{across}0": 0,
            f"{across}1": 1,
            f"{across}ref": "paper",
            "fillcolor": BAND,
            "line": {"color": BAND, "width": 3 if ceiling.lower == ceiling.upper else 0},
        }
    ]
