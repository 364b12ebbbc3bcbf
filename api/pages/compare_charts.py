"""Charts of models against each other, as Plotly figures."""

import math
from typing import Any

import numpy as np

from brainrank.api.pages.charts import ZERO, figure, markers, parts, style
from brainrank.api.pages.render import score
from brainrank.api.services.boards.comparison import Pair
from brainrank.api.services.boards.side_by_side import SideBySide, is_told_apart
from brainrank.api.services.views.disagreements import PairedScores

ROW_PIXELS, FRAME_PIXELS = 30, 110


def forest(found: SideBySide) -> dict[str, Any]:
    """The first model less each other: a row for the mean and for each benchmark, a symbol and colour for each other.

    A hollow symbol is a difference that is not told from zero.
    """
    others = found.models[1:]
    rows = [None, *found.comparison.benchmarks]
    shown = [row for row in rows if found.differences(row)]
    step = 0.7 / len(others)
    data = []
    for place, other in enumerate(others):
        pairs = [(at, found.differences(row)[other]) for at, row in enumerate(shown) if other in found.differences(row)]
        defined = [(at, pair) for at, pair in pairs if not math.isnan(pair.paired.difference)]
        data.append(
            _series(other, place, [(at + (place - (len(others) - 1) / 2) * step, pair) for at, pair in defined])
        )
    names = ["<b>mean</b>" if row is None else _two_lines(row, raw=found.is_raw(row)) for row in shown]
    return figure(
        data,
        height=FRAME_PIXELS + round(len(shown) * max(ROW_PIXELS, 14 * len(others))),
        xaxis={
            "title": {"text": f"{found.models[0]} less the other"},
            "zeroline": False,
        },
        yaxis={"tickvals": list(range(len(shown))), "ticktext": names, "autorange": "reversed", "showgrid": False},
        shapes=[{"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": ZERO}],
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 10, "r": 15, "t": 40, "b": 50},
    )


def _series(other: str, place: int, rows: list[tuple[float, Pair]]) -> dict[str, Any]:
    found = style(place)
    pairs = [pair for _, pair in rows]
    symbols = [found.symbol if is_told_apart(pair) else f"{found.symbol}-open" for pair in pairs]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"less {other}",
        "x": [pair.paired.difference for pair in pairs],
        "y": [at for at, _ in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [pair.paired.interval.high - pair.paired.difference for pair in pairs],
            "arrayminus": [pair.paired.difference - pair.paired.interval.low for pair in pairs],
            "width": 0,
            "thickness": 1.6,
            "color": found.colour,
        },
        "marker": {**markers(found), "symbol": symbols},
        "customdata": [_difference_text(pair) for pair in pairs],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _two_lines(benchmark: str, *, raw: bool) -> str:
    """A benchmark's name in two lines, so that a phone has room for the numbers, too."""
    study, region, metric = parts(benchmark)
    second = " ".join([study, *([metric] if region else []), *(["(raw)"] if raw else [])])
    return f"{region or metric}<br><span style='font-size:9px'>{second}</span>"


def _difference_text(pair: Pair) -> str:
    interval = pair.paired.interval
    return (
        f"{pair.first} less {pair.second}: {score(pair.paired.difference)} ({score(interval.low)} to "
        f"{score(interval.high)}), q {score(pair.q)}"
    )


def points(found: PairedScores, first: str, second: str) -> dict[str, Any]:
    """A point for each target or subject; above the dotted line the second model scores higher."""
    defined = np.isfinite(found.first) & np.isfinite(found.second)
    x, y = found.first[defined], found.second[defined]
    ends = [float(np.min([x, y], initial=0.0)), float(np.max([x, y], initial=0.0))]
    names = [f"{found.kind} {name}" for name, kept in zip(found.names, defined, strict=True) if kept]
    dots = {
        "type": "scattergl" if len(x) > 2000 else "scatter",
        "mode": "markers",
        "x": x.tolist(),
        "y": y.tolist(),
        "text": names,
        "marker": {**markers(style(0), 6 if len(x) > 100 else 9), "opacity": 0.7},
        "hovertemplate": "%{text}<br>%{x:.3f}, %{y:.3f}<extra></extra>",
    }
    return figure(
        [dots],
        height=420,
        xaxis={"title": {"text": first}, "constrain": "domain"},
        yaxis={"title": {"text": second}, "constrain": "domain", "scaleanchor": "x"},
        shapes=[{"type": "line", "x0": ends[0], "y0": ends[0], "x1": ends[1], "y1": ends[1], "line": ZERO}],
        showlegend=False,
    )
