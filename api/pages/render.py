"""Pages from templates: what every page is given, and how numbers are written in one; and charts as JSON."""

import gzip
import math
from collections.abc import Mapping, Sized
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from brainrank.api.json_text import compact_json
from brainrank.api.number_text import delay_text, latency_text, number_text
from brainrank.api.pages.assets import HERE, address, takes_packed
from brainrank.api.pages.guide_links import address_of, with_links
from brainrank.api.pages.terms import term
from brainrank.api.routes.answering import POLICY_OF_CHARTS
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.score_json import CeilingJson
from brainrank.benchmark.types.score import NO_INTERVAL

HTML = "text/html; charset=utf-8"
STEPS = 10
# More takes longer than the network gains by it.
PACKED_AT = 4
CHARTS = b"data-plotly"


def page(request: Request, template: str, *, section: str = "", **content: Any) -> Response:
    """A page, or 304 for a reader who has it; `section` is the part of the site that is marked in its head."""
    body = render(request, template, section=section, **content)
    answer = cacheable_answer(request, body, media_type=HTML)
    if CHARTS in body:
        answer.headers["Content-Security-Policy"] = POLICY_OF_CHARTS
    return pack(request, answer)


def chart_answer(request: Request, found: Mapping[str, Any]) -> Response:
    """A chart as it goes over the wire; an undefined number is null there, which Plotly leaves out."""
    return cacheable_answer(request, compact_json(found).encode())


def pack(request: Request, answer: Response) -> Response:
    """The answer, packed for whoever takes it so: a table of numbers becomes an eighth of its size."""
    if takes_packed(request, bytes(answer.body)):
        answer.body = gzip.compress(answer.body, compresslevel=PACKED_AT)
        answer.headers.update({"Content-Encoding": "gzip", "Content-Length": str(len(answer.body))})
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def render(request: Request, template: str, *, section: str = "", **content: Any) -> bytes:
    """The text of a page."""
    return (
        environment()
        .get_template(template)
        .render(section=section, sections=request.app.state.sections, url=request.url, **content)
        .encode()
    )


@cache
def environment() -> Environment:
    """The templates; a name that is not given is an error, never an empty place."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"static": address, "version": version("brainrank"), "no_interval": NO_INTERVAL}
    found.globals |= {"share": share, "shade": shade, "guide": address_of, "term": term}
    found.filters |= {"score": score, "plain": plain_number, "linked": with_links}
    found.filters |= {"latency": latency_text, "delay": delay_text, "steps": evenly}
    return found


def score(value: float | None, digits: int = 3) -> str:
    """A score as the field writes it, .473; nothing where it is undefined."""
    return "" if value is None or math.isnan(value) else number_text(value, digits)


def plain_number(value: float | None) -> str:
    """A number of any size, to three figures."""
    return "" if value is None or math.isnan(value) else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def evenly(values: Sized, most: int) -> list[int]:
    """The places of so many of the values at most, evenly between the first and the last."""
    count = len(values)
    if count <= most:
        return list(range(count))
    return [round(each * (count - 1) / (most - 1)) for each in range(most)]


def share(value: float | None, scale: tuple[float, float]) -> float:
    """Where on a track from `scale[0]` to `scale[1]` a value stands, in percent of its length."""
    if value is None or math.isnan(value):
        return 0.0
    low, high = scale
    return round(100 * min(1.0, max(0.0, (value - low) / (high - low or 1.0))), 1)


def shade(value: float | None, ceiling: CeilingJson | None) -> str:
    """The class of a cell: the score as a share of its noise ceiling where there is one, in tenths."""
    if value is None:
        return "none"
    best = ceiling.lower if ceiling and ceiling.lower and not ceiling.unreliable else 1.0
    return f"v{min(STEPS, max(0, round(STEPS * value / best)))}"
