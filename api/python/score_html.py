"""Scores as a notebook shows them: the interval as a bar on the noise ceiling, and the layer curve.

One piece of HTML with drawings in it, and no style sheet: text has the notebook's own colour, and what is drawn has
colours that are seen on light and dark paper alike (brainrank.api.pages.charts).
"""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from brainrank.api.number_text import bounds_text, ceiling_text, interval_text, number_text
from brainrank.api.pages.charts import style

if TYPE_CHECKING:
    from brainrank.api.python.score_result import Score
    from brainrank.api.python.scores_result import Scores
    from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling

BAND = "rgba(170, 145, 80, 0.38)"
QUIET = "#7f8894"
COLOUR = style(0).colour
WIDE, NARROW = 320, 180
HIGH = 22
CURVE_HIGH, MARGIN = 110, 10


class Scale(NamedTuple):
    """The least and the greatest of what is drawn."""

    low: float
    high: float


CELL = 'style="text-align:left;padding:2px 12px 2px 0;border:0;background:none;white-space:nowrap"'
TABLE = 'style="border-collapse:collapse;color:inherit;font-size:inherit"'


def score_html(score: "Score") -> str:
    """A score by itself."""
    scale = _scale([score])
    number = f"{number_text(score.value)} <span style='font-size:75%'>{escape(score.unit)}</span>"
    facts = [
        ("95 % interval", interval_text(score.interval)),
        ("noise ceiling", ceiling_text(score.ceiling)),
        ("layers", ", ".join(score.layers)),
        ("", score.reason),
        ("run", "" if score.run is None else str(score.run)),
    ]
    rows = "".join(f"<div>{escape(f'{key}: {value}' if key else value)}</div>" for key, value in facts if value)
    return (
        f"<div style='line-height:1.45;font-size:13px'><div><b>{escape(score.model)}</b> on {escape(score.benchmark)}"
        f"</div><div style='font-size:24px;font-weight:600'>{number}</div>{_bar(score, scale, WIDE, ends=True)}{rows}"
        f"{_curve(score)}</div>"
    )


def scores_html(scores: "Scores") -> str:
    """Scores as a table, all bars of one unit on one scale; below it remarks, what failed, and what was left out."""
    units = {each.unit: _scale([other for other in scores if other.unit == each.unit]) for each in scores}
    heads = ("model", "benchmark", "", "score", "95 % interval", "noise ceiling", "layers")
    rows = [_row(each, units[each.unit]) for each in scores]
    left_out = [escape(scores.left_out)] if scores.left_out else []
    return table_html(heads, rows, [*_remarks(scores), *_failure_lines(scores), *left_out])


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[str]) -> str:
    """Rows of cells below their heads, and lines below them, all of which are HTML already."""
    head = "".join(f"<th {CELL}>{name}</th>" for name in heads)
    body = "".join(
        "<tr style='background:none'>" + "".join(f"<td {CELL}>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    table = f"<table {TABLE}><tr>{head}</tr>{body}</table>" if rows else ""
    below = "".join(f"<div>{line}</div>" for line in lines)
    return f"<div style='font-size:13px;overflow-x:auto'>{table}{below}</div>"


def _remarks(scores: "Scores") -> list[str]:
    """What is to be known of scores and ceilings, once for each benchmark."""
    found = dict[str, None]()
    for each in scores:
        ceiling = ceiling_text(each.ceiling).removeprefix(bounds_text(each.ceiling)).strip()
        if ceiling:
            told = ceiling.removeprefix("(").removesuffix(")")
            found[f"{escape(each.benchmark)}, noise ceiling: {escape(told)}"] = None
        if each.reason:
            found[f"{escape(each.model)} on {escape(each.benchmark)}: {escape(each.reason)}"] = None
    return list(found)


def _failure_lines(scores: "Scores") -> list[str]:
    return [
        f"<b>{escape(each.model)}</b> on {escape(each.benchmark)} failed: {escape(str(each.error))}"
        for each in scores.failures
    ]


def _row(score: "Score", scale: Scale) -> list[str]:
    return [
        escape(score.model),
        escape(score.benchmark),
        _bar(score, scale, NARROW),
        f"{number_text(score.value)} {escape(score.unit)}",
        interval_text(score.interval),
        bounds_text(score.ceiling) + ("?" if score.ceiling.unreliable else ""),
        escape(", ".join(score.layers)),
    ]


def _scale(scores: "Sequence[Score]") -> Scale:
    drawn = list[float]()
    for each in scores:
        drawn += [each.value, each.interval.low, each.interval.high, each.ceiling.lower, each.ceiling.upper]
    return scale_of(drawn)


def scale_of(drawn: Sequence[float]) -> Scale:
    """From the least to the greatest that is drawn, zero among it."""
    known = [0.0, *(each for each in drawn if math.isfinite(each))]
    low, high = min(known), max(known)
    return Scale(low, high if high > low else low + 1.0)


def _bar(score: "Score", scale: Scale, width: int, *, ends: bool = False) -> str:
    return interval_svg(score.value, score.interval, score.ceiling, scale, width=width, ends=ends)


def interval_svg(
    value: float,
    interval: "Interval",
    ceiling: "NoiseCeiling",
    scale: Scale,
    *,
    width: int = NARROW,
    ends: bool = False,
) -> str:
    """The value as a dot with its interval as a line, on the noise ceiling as a band; `ends` names the scale's."""
    low, high = scale

    def x(at: float) -> float:
        return MARGIN + (at - low) / (high - low) * (width - 2 * MARGIN)

    middle, parts = HIGH / 2, []
    if math.isfinite(ceiling.lower):
        start, end = x(ceiling.lower), x(ceiling.upper)
        parts.append(
            f'<rect x="{start:.1f}" y="2" width="{max(end - start, 3):.1f}" height="{HIGH - 4}" fill="{BAND}"/>'
        )
    parts.append(f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="1" y2="{HIGH - 1}" stroke="{QUIET}"/>')
    if math.isfinite(interval.low):
        ends_at = f'x1="{x(interval.low):.1f}" x2="{x(interval.high):.1f}" y1="{middle}" y2="{middle}"'
        parts.append(f'<line {ends_at} stroke="{COLOUR}" stroke-width="2.5"/>')
    if math.isfinite(value):
        parts.append(f'<circle cx="{x(value):.1f}" cy="{middle}" r="5" fill="{COLOUR}"/>')
    height = HIGH
    if ends:
        height += 14
        marks = {low: "start", 0.0: "middle", high: "end"}
        parts += [_label(x(at), height - 2, number_text(at, 2), anchor) for at, anchor in marks.items()]
    told = f"{number_text(value)}, interval {interval_text(interval)}, ceiling {ceiling_text(ceiling)}"
    return _svg(width, height, told, parts)


def _curve(score: "Score") -> str:
    """The scores of the layers in their order, the one chosen most often filled; the lower ceiling is dotted."""
    points = [each for each in score._run.score.layer_curve if math.isfinite(each.value)]
    if len(points) < 2:
        return ""
    values = [each.value for each in points] + [0.0]
    ceiling = score.ceiling.lower
    if math.isfinite(ceiling):
        values.append(ceiling)
    low, high = min(values), max(values)
    bottom = CURVE_HIGH - 18

    def y(value: float) -> float:
        return bottom - (value - low) / ((high - low) or 1.0) * (bottom - 8)

    def x(place: int) -> float:
        return MARGIN + 24 + place / (len(points) - 1) * (WIDE - 2 * MARGIN - 24)

    line = " ".join(f"{x(place):.1f},{y(each.value):.1f}" for place, each in enumerate(points))
    across = f'x1="{MARGIN + 24}" x2="{WIDE - MARGIN}"'
    parts = [f'<line {across} y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="{QUIET}"/>', _label(4, y(0) + 4, "0", "start")]
    if math.isfinite(ceiling):
        dotted = f'stroke="{QUIET}" stroke-dasharray="3 3"'
        parts.append(f'<line {across} y1="{y(ceiling):.1f}" y2="{y(ceiling):.1f}" {dotted}/>')
        parts.append(_label(4, y(ceiling) + 4, number_text(ceiling, 2), "start"))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOUR}" stroke-width="1.5"/>')
    parts += _points(points, x, y)
    parts += [
        _label(x(0), CURVE_HIGH - 2, points[0].layer, "start"),
        _label(x(len(points) - 1), CURVE_HIGH - 2, points[-1].layer, "end"),
    ]
    return "<div>score by layer</div>" + _svg(WIDE, CURVE_HIGH, "score by layer", parts)


def _points(points: "Sequence[LayerScore]", x: Callable[[int], float], y: Callable[[float], float]) -> list[str]:
    """A dot for each layer, large where it was chosen most often; each tells its name."""
    best = max(range(len(points)), key=lambda place: points[place].won)
    drawn = []
    for place, each in enumerate(points):
        told = escape(f"{each.layer}: {number_text(each.value)}, chosen {each.won:.0%}")
        look = f'r="4.5" fill="{COLOUR}"' if place == best else f'r="2" fill="{COLOUR}"'
        at = f'cx="{x(place):.1f}" cy="{y(each.value):.1f}"'
        drawn.append(f"<circle {at} {look}><title>{told}</title></circle>")
    return drawn


def _label(x: float, y: float, text: str, anchor: str) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {at} font-size="10.5" fill="currentColor">{escape(text)}</text>'


def _svg(width: int, height: int, told: str, parts: "Sequence[str]") -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="{escape(told)}" style="display:block">{"".join(parts)}</svg>'
