"""What a model and people answered, as Plotly's figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.api.pages.charts import Style, figure, markers, style
from brainrank.api.services.views.run_behaviour import Accuracy, Confusions, Curve
from brainrank.benchmark.types.score import SubjectScore

MODEL, PEOPLE = style(0), style(1)
SHARES = "Viridis"
ASIDE = 0.1
ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def consistency(
    people: Sequence[SubjectScore], between: NDArray[np.float64], *, value: float, ceiling: float
) -> dict[str, Any]:
    """The kappa of the model with each person beside that of each two people; both means are lines."""
    rows = (
        ("model with a person", MODEL, np.array([each.value for each in people]), [each.subject for each in people]),
        ("two people", PEOPLE, between, ["two people"] * len(between)),
    )
    data, shapes = [], []
    for place, (name, look, values, text) in enumerate(rows):
        lift = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else np.zeros(len(values))
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": values.round(4).tolist(),
                "y": (place + lift[np.argsort(np.argsort(values))]).round(3).tolist(),
                "text": text,
                "marker": markers(look, 8),
                "hovertemplate": "%{text}: %{x:.3f}<extra></extra>",
            }
        )
        mean = value if place == 0 else ceiling
        shapes.append(
            {
                "type": "line",
                "x0": mean,
                "x1": mean,
                "y0": place - 0.38,
                "y1": place + 0.38,
                "line": {"color": look.colour, "width": 3},
            }
        )
    return figure(
        data,
        xaxis={"title": {"text": "kappa"}, "zeroline": True},
        yaxis={"tickvals": [0, 1], "ticktext": [row[0] for row in rows], "range": [-0.5, 1.5], "zeroline": False},
        shapes=shapes,
        showlegend=False,
    )


def confusion(shares: NDArray[np.float64], found: Confusions) -> dict[str, Any]:
    """A confusion matrix: each row is what was answered to a category."""
    drawn = {
        "type": "heatmap",
        "x": list(found.answers),
        "y": list(found.categories),
        "z": np.round(shares, 3).tolist(),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SHARES,
        "hovertemplate": "%{y} called %{x}: %{z:.0%}<extra></extra>",
        "colorbar": {"thickness": 10, "outlinewidth": 0},
    }
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "constrain": "domain"}
    return figure(
        [drawn],
        xaxis={**plain, "tickangle": -45},
        yaxis={**plain, "autorange": "reversed", "scaleanchor": "x"},
    )


def accuracy(by: str, found: Sequence[Accuracy], fits: Sequence[Curve]) -> dict[str, Any]:
    """Accuracy by condition or category: the model with its interval, people with least and greatest.

    Where conditions are levels, the fitted psychometric functions are drawn on the levels themselves.
    """
    names = [each.condition for each in found]
    # Without levels they stand side by side; at one level they stand where that is.
    places = [(e.level, e.level, e) if fits else (n - ASIDE, n + ASIDE, e) for n, e in enumerate(found)]
    drawn = [
        _dots("model", MODEL, [(x, e.model, e.interval.low, e.interval.high) for x, _, e in places], names),
        _dots("people", PEOPLE, [(x, e.people, e.least, e.most) for _, x, e in places], names),
    ]
    for fit, look in zip(fits, (MODEL, PEOPLE), strict=False):
        drawn.append(
            {
                "type": "scatter",
                "mode": "lines",
                "showlegend": False,
                "x": fit.levels.round(4).tolist(),
                "y": fit.accuracy.round(4).tolist(),
                "line": {"color": look.colour, "width": 2},
                "hoverinfo": "skip",
            }
        )
    ticks = {} if fits else {"tickvals": list(range(len(names))), "ticktext": names, "zeroline": False}
    axis = {"title": {"text": by}, **ticks}
    return figure(
        drawn, xaxis=axis, yaxis={"title": {"text": "accuracy"}, "range": [-0.02, 1.02]}, showlegend=True, legend=ABOVE
    )


def _dots(
    name: str, look: Style, values: Sequence[tuple[float, float, float, float]], names: Sequence[str]
) -> dict[str, Any]:
    x, middle, low, high = np.array(values).T
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x.tolist(),
        "y": middle.round(4).tolist(),
        "text": list(names),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": (high - middle).round(4).tolist(),
            "arrayminus": (middle - low).round(4).tolist(),
            "thickness": 1.5,
            "width": 3,
            "color": look.colour,
        },
        "marker": markers(look),
        "hovertemplate": "%{text}: %{y:.3f}<extra>%{fullData.name}</extra>",
    }
