"""Which models a benchmark would tell from which, were each the true one: a matrix as Plotly's figure."""

from typing import Any

from brainrank.api.pages.charts import figure
from brainrank.api.pages.rdm_figures import SCALE
from brainrank.benchmark.recovery.detection import Detection

ROW, MARGINS, LEAST = 14, 190, 260
"""Pixels of a model's row, of the names beneath, and of the least drawing."""


def recovery_chart(found: Detection) -> dict[str, Any]:
    """A row for each true model: in how many of its worlds it is told better than each other, in per cent."""
    names = list(found.models)
    rows = [
        [None if row == column else round(100 * share) for column, share in enumerate(shares)]
        for row, shares in enumerate(found.told.tolist())
    ]
    firsts = [f"{each:.0%}" for each in found.first.tolist()]
    drawn = {
        "type": "heatmap",
        "z": rows,
        "x": names,
        "y": names,
        "customdata": [[each] * len(names) for each in firsts],
        "zmin": 0,
        "zmax": 100,
        "xgap": 1,
        "ygap": 1,
        "colorscale": SCALE,
        "hoverongaps": False,
        "hovertemplate": "were %{y} true (first in %{customdata} of worlds),<br>it would be told better than %{x} in "
        "%{z} %<extra></extra>",
        "colorbar": {"thickness": 10, "outlinewidth": 0, "ticksuffix": " %"},
    }
    axis = {"type": "category", "showgrid": False, "ticks": "", "tickfont": {"size": 10}, "dtick": 1}
    return figure(
        [drawn],
        height=max(LEAST, ROW * len(names) + MARGINS),
        xaxis={**axis, "tickangle": -90},
        yaxis={**axis, "autorange": "reversed"},
        margin={"l": 20, "r": 5, "t": 5, "b": 20},
    )
