"""Charts of models by two measures, and of models and brains by how alike they are, as Plotly figures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from brainrank.api.pages.charts import FAMILIES, family_style, figure, markers
from brainrank.api.pages.point_names import text_positions
from brainrank.api.pages.render import score
from brainrank.api.services.views.relations import YEAR, Measure, Related, Relation, Value
from brainrank.api.services.views.similarity import JUDGEMENTS, PERSON, REGION, Placed, SimilarityMap

NEUTRAL = "#7f8894"
SYMBOLS = {REGION: "star-diamond", JUDGEMENTS: "star-square", PERSON: "cross-thin"}
MODELS = "/models/"
MOST_DECADES = 4


def relation_chart(found: Relation) -> dict[str, Any]:
    """A point with its intervals for each model, a colour and symbol for each family."""
    x, y = (
        [math.log10(each.value) if measure.log else each.value for each in values]
        for measure, values in (
            (found.x, [each.x for each in found.models]),
            (found.y, [each.y for each in found.models]),
        )
    )
    sides = dict(
        zip(
            (each.model for each in found.models),
            text_positions([each.model for each in found.models], x, y),
            strict=True,
        )
    )
    families = _in_order([each.family for each in found.models])
    data = [_family(family, [each for each in found.models if each.family == family], sides) for family in families]
    return figure(
        data,
        links=MODELS,
        height=520,
        xaxis=_axis(found.x, [each.x.value for each in found.models]),
        yaxis=_axis(found.y, [each.y.value for each in found.models]),
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 60, "r": 15, "t": 50, "b": 50},
    )


def _in_order(families: Sequence[str]) -> Sequence[str]:
    return sorted(set(families), key=lambda each: (FAMILIES.index(each) if each in FAMILIES else len(FAMILIES), each))


def _axis(measure: Measure, values: Sequence[float]) -> dict[str, Any]:
    ticks = log_ticks(values) if measure.log else {"tickformat": "d"} if measure.key == YEAR else {}
    # A benchmark's name is as long as a phone is wide.
    return {"title": {"text": measure.label.replace(", ", "<br>")}, "zeroline": False, **ticks}


def log_ticks(values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis with its numbers written out, 1, 2, 5, 10, ...; two for each decade where it spans many."""
    powers = range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)
    steps = (1, 2, 5) if len(powers) <= MOST_DECADES else (1,)
    ticks = [step * 10.0**power for power in powers for step in steps]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{each:,g}" for each in ticks]}


def _family(family: str, models: Sequence[Related], sides: Mapping[str, str]) -> dict[str, Any]:
    found = family_style(family)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": family,
        "x": [each.x.value for each in models],
        "y": [each.y.value for each in models],
        "error_x": _errors([each.x for each in models], found.colour),
        "error_y": _errors([each.y for each in models], found.colour),
        "text": [f" {each.model} " if sides[each.model] else "" for each in models],
        "textposition": [sides[each.model] or "middle right" for each in models],
        "textfont": {"size": 11},
        "ids": [each.model for each in models],
        "customdata": [f"{_value_text(each.x)}<br>{_value_text(each.y)}" for each in models],
        "marker": markers(found),
        "hovertemplate": "<b>%{id}</b><br>%{customdata}<extra></extra>",
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
    measured = [place for place, each in enumerate(found.placed) if each.kind in (REGION, JUDGEMENTS)]
    sides = dict(
        zip(
            (each.name for each in found.placed),
            text_positions(
                [each.name for each in found.placed],
                [each.x for each in found.placed],
                [each.y for each in found.placed],
                always=measured,
            ),
            strict=True,
        )
    )
    families = _in_order([each.kind for each in models])
    data = [_points(each, [one for one in models if one.kind == each], sides) for each in families]
    for kind, symbol in SYMBOLS.items():
        others = [each for each in found.placed if each.kind == kind]
        if others:
            drawn = _points(kind, others, sides)
            drawn["marker"] = {"color": NEUTRAL, "symbol": symbol, "size": 13, "line": {"width": 2, "color": NEUTRAL}}
            data.append(drawn)
    bare = {"showticklabels": False, "zeroline": False, "ticks": ""}
    x, y = [each.x for each in found.placed], [each.y for each in found.placed]
    return figure(
        data,
        links=MODELS,
        height=560,
        xaxis={**bare, "range": _with_room(x, 0.08)},
        yaxis={**bare, "range": _with_room(y, 0.06), "scaleanchor": "x"},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 15, "r": 15, "t": 60, "b": 15},
    )


def _points(name: str, placed: Sequence[Placed], sides: Mapping[str, str]) -> dict[str, Any]:
    ids = [each.name for each in placed]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [each.x for each in placed],
        "y": [each.y for each in placed],
        "text": [f" {each} " if sides[each] else "" for each in ids],
        "textposition": [sides[each] or "middle right" for each in ids],
        "textfont": {"size": 11},
        **({} if name in SYMBOLS else {"ids": ids}),
        "hovertext": ids,
        "customdata": [each.about for each in placed],
        "marker": markers(family_style(name), 11),
        "hovertemplate": "<b>%{hovertext}</b><br>%{customdata}<extra></extra>",
    }


def _with_room(values: Sequence[float], share: float) -> list[float]:
    """A range with room for names at its ends."""
    room = share * (max(values) - min(values))
    return [min(values) - room, max(values) + room]
