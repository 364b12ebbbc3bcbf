"""Charts of models by two measures, and of models and brains by how alike they are, as Plotly figures."""

import math
from collections.abc import Sequence
from typing import Any

from brainrank.api.pages.charts import FAMILIES, family_style, figure, markers
from brainrank.api.pages.render import score
from brainrank.api.services.views.relations import YEAR, Measure, Related, Relation, Value
from brainrank.api.services.views.similarity import PERSON, REGION, Placed, SimilarityMap

NEUTRAL = "#7f8894"
SYMBOLS = {REGION: "star-diamond", PERSON: "cross-thin"}
NAMED_POINTS = 14


def relation_chart(found: Relation) -> dict[str, Any]:
    """A point with its intervals for each model, a colour and symbol for each family."""
    families = [each.family for each in found.models]
    data = [_family(family, [each for each in found.models if each.family == family]) for family in _in_order(families)]
    return figure(
        data,
        height=520,
        xaxis=_axis(found.x),
        yaxis=_axis(found.y),
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 60, "r": 15, "t": 50, "b": 50},
    )


def _in_order(families: Sequence[str]) -> Sequence[str]:
    return sorted(set(families), key=lambda each: (FAMILIES.index(each) if each in FAMILIES else len(FAMILIES), each))


def _axis(measure: Measure) -> dict[str, Any]:
    ticks = {"type": "log", "dtick": "D2"} if measure.log else {"tickformat": "d"} if measure.key == YEAR else {}
    # A benchmark's name is as long as a phone is wide.
    return {"title": {"text": measure.label.replace(", ", "<br>")}, "zeroline": False, **ticks}


def _family(family: str, models: Sequence[Related]) -> dict[str, Any]:
    found = family_style(family)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": family,
        "x": [each.x.value for each in models],
        "y": [each.y.value for each in models],
        "error_x": _errors([each.x for each in models], found.colour),
        "error_y": _errors([each.y for each in models], found.colour),
        "text": [each.model for each in models],
        "customdata": [f"{_value_text(each.x)}<br>{_value_text(each.y)}" for each in models],
        "marker": markers(found),
        "hovertemplate": "<b>%{text}</b><br>%{customdata}<extra></extra>",
    }


def _errors(values: Sequence[Value], colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [each.high - each.value for each in values],
        "arrayminus": [each.value - each.low for each in values],
        "visible": not all(math.isnan(each.low) for each in values),
        "color": colour,
        "thickness": 1,
        "width": 0,
    }


def _value_text(value: Value) -> str:
    text = score(value.value) if abs(value.value) < 1 else f"{value.value:g}"
    return text if math.isnan(value.low) else f"{text} ({score(value.low)} to {score(value.high)})"


def similarity_chart(found: SimilarityMap) -> dict[str, Any]:
    """Models, regions and people in the plane: what lies near is alike. Both axes have one scale, and no unit."""
    models = [each for each in found.placed if each.kind not in SYMBOLS]
    named = len(models) <= NAMED_POINTS
    families = _in_order([each.kind for each in models])
    data = [_points(each, [one for one in models if one.kind == each], named=named) for each in families]
    for kind, symbol in SYMBOLS.items():
        others = [each for each in found.placed if each.kind == kind]
        if others:
            drawn = _points(kind, others, named=kind == REGION)
            drawn["marker"] = {"color": NEUTRAL, "symbol": symbol, "size": 13, "line": {"width": 2, "color": NEUTRAL}}
            data.append(drawn)
    bare = {"showticklabels": False, "zeroline": False, "ticks": ""}
    x, y = [each.x for each in found.placed], [each.y for each in found.placed]
    return figure(
        data,
        height=560,
        xaxis={**bare, "range": _with_room(x, 0.08)},
        yaxis={**bare, "range": _with_room(y, 0.06), "scaleanchor": "x"},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 15, "r": 15, "t": 60, "b": 15},
    )


def _points(name: str, placed: Sequence[Placed], *, named: bool) -> dict[str, Any]:
    placed = sorted(placed, key=lambda each: each.y)
    return {
        "type": "scatter",
        "mode": "markers+text" if named else "markers",
        "name": name,
        "x": [each.x for each in placed],
        "y": [each.y for each in placed],
        "text": [f" {each.name} " for each in placed],
        "textposition": [_side(each, place) for place, each in enumerate(placed)],
        "textfont": {"size": 11},
        "customdata": [each.about for each in placed],
        "marker": markers(family_style(name), 11),
        "hovertemplate": "<b>%{text}</b><br>%{customdata}<extra></extra>",
    }


def _side(placed: Placed, place: int) -> str:
    """Names go towards the middle, which is at 0; those of neighbours, one above the other, apart."""
    return f"{('bottom', 'top')[place % 2]} {'left' if placed.x > 0 else 'right'}"


def _with_room(values: Sequence[float], share: float) -> list[float]:
    """A range with room for names at its ends."""
    room = share * (max(values) - min(values))
    return [min(values) - room, max(values) + room]
