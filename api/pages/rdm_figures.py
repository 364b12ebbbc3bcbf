"""RDMs as heatmaps and stimuli in a plane, as Plotly's figures; static/stimuli.js shows the stimuli beside them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.api.pages.charts import figure, markers, style
from brainrank.api.pages.stimuli import StimulusPicture
from brainrank.api.services.views.rdm_pairs import percentiles
from brainrank.benchmark.statistics.mds import Arrangement
from brainrank.benchmark.types.condensed import square_rdm

# Perceptually uniform, readable by the colour-blind, and unlike either paper at both ends.
SCALE = "Viridis"
PICTURE_SHARE = 0.075
MOST_PICTURES = 120


def heatmap(
    rdm: NDArray[np.float64], stimulus_ids: Sequence[str], shown: Mapping[str, StimulusPicture]
) -> dict[str, Any]:
    """An RDM in percentiles, the first stimulus on top; blocks of one category are named."""
    square = square_rdm(np.round(percentiles(rdm)))
    rows = [[None if i == j else int(value) for j, value in enumerate(row)] for i, row in enumerate(square)]
    axis = {"tickmode": "array", "showgrid": False, "zeroline": False, "ticks": "", "constrain": "domain"}
    drawn = {
        "type": "heatmap",
        "z": rows,
        "zmin": 0,
        "zmax": 100,
        "colorscale": SCALE,
        "hoverongaps": False,
        "hovertemplate": "dissimilarity: percentile %{z}<extra></extra>",
        "colorbar": {"thickness": 10, "outlinewidth": 0},
    }
    return _with_stimuli(
        figure(
            [drawn],
            xaxis={**axis, "tickvals": []},
            yaxis={
                **axis,
                **_blocks(stimulus_ids, shown),
                "autorange": "reversed",
                "scaleanchor": "x",
                "constraintoward": "top",
            },
            margin={"l": 20, "r": 5, "t": 5, "b": 5},
        ),
        stimulus_ids,
        shown,
    )


def plane(found: Arrangement, stimulus_ids: Sequence[str], shown: Mapping[str, StimulusPicture]) -> dict[str, Any]:
    """Stimuli in a plane: their pictures where they may be shown and are not too many, else points."""
    category = [shown[each].category if each in shown else "" for each in stimulus_ids]
    names = list(dict.fromkeys(category))
    pictures = _pictures(found.points, stimulus_ids, shown) if len(stimulus_ids) <= MOST_PICTURES else []
    # Below its picture a stimulus has the mark of its category.
    points = found.points - [0, _side(found.points) / 2 if pictures else 0]
    data = []
    for place, name in enumerate(names):
        which = [number for number, each in enumerate(category) if each == name]
        x, y = np.round(points[which], 4).T.tolist()
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name or "stimulus",
                "x": x,
                "y": y,
                "customdata": which,
                "marker": markers(style(place), 8),
                "hovertemplate": "%{fullData.name}<extra></extra>",
            }
        )
    hidden = {"visible": False, "constrain": "domain"}
    side = _side(found.points)
    (left, bottom), (right, top) = found.points.min(axis=0) - side, found.points.max(axis=0) + side
    drawn = figure(
        data,
        images=pictures,
        xaxis={**hidden, "range": [left, right]},
        yaxis={**hidden, "range": [bottom, top], "scaleanchor": "x"},
        hoverdistance=30,
        margin={"l": 5, "r": 5, "t": 5, "b": 5},
        showlegend=len(names) > 1,
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
    )
    return _with_stimuli(drawn, stimulus_ids, shown)


def _pictures(
    points: NDArray[np.float64], stimulus_ids: Sequence[str], shown: Mapping[str, StimulusPicture]
) -> list[dict[str, Any]]:
    side = _side(points)
    both = {"xref": "x", "yref": "y", "sizex": side, "sizey": side, "xanchor": "center", "yanchor": "middle"}
    return [
        {"source": shown[each].address, "x": round(float(x), 4), "y": round(float(y), 4), "layer": "above", **both}
        for each, (x, y) in zip(stimulus_ids, points, strict=True)
        if each in shown
    ]


def _side(points: NDArray[np.float64]) -> float:
    """The side of a picture."""
    return PICTURE_SHARE * float(np.ptp(points, axis=0).max())


def _blocks(stimulus_ids: Sequence[str], shown: Mapping[str, StimulusPicture]) -> dict[str, Any]:
    """A tick in the middle of each run of stimuli of one category."""
    labels = [(shown[each].category if each in shown else "", place) for place, each in enumerate(stimulus_ids)]
    runs = [(name, [place for _, place in block]) for name, block in groupby(labels, key=lambda each: each[0])]
    told = [(name, sum(places) / len(places)) for name, places in runs if name and len(runs) < len(labels) / 2]
    return {"tickvals": [place for _, place in told], "ticktext": [name for name, _ in told]}


def _with_stimuli(
    drawn: dict[str, Any], stimulus_ids: Sequence[str], shown: Mapping[str, StimulusPicture]
) -> dict[str, Any]:
    stimuli = [{"name": each, "address": shown[each].address if each in shown else ""} for each in stimulus_ids]
    return {**drawn, "stimuli": stimuli}
