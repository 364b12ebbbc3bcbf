"""Two models over time, on the page that compares models: their courses, the difference, and windows."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from brainrank.api.pages.charts import ZERO, figure, style
from brainrank.api.pages.course_figures import between, numbers
from brainrank.api.pages.render import chart_answer
from brainrank.api.pages.score_figures import BAND
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.compared_courses import (
    ComparedCourses,
    compared_courses,
    compared_windows,
    halves_of_window,
    read_window,
)
from brainrank.benchmark.types.course import TOLD_P
from brainrank.benchmark.types.errors import BrainrankError

router = APIRouter(include_in_schema=False)
FILLS = ("rgba(43, 123, 212, 0.2)", "rgba(213, 94, 0, 0.2)", "rgba(127, 136, 148, 0.3)")
INK = "#7f8894"
RunNumber = Annotated[int, Query(ge=1, le=LARGEST_NUMBER)]


def courses_content(session: Session, run_ids: tuple[int, int], windows: Sequence[str]) -> Mapping[str, Any]:
    """What the page shows of two runs over time: nothing of runs without courses."""
    try:
        found = compared_courses(session, run_ids, EVERYBODY)
    except BrainrankError as error:
        return {"courses": None, "courses_fault": str(error)}
    if found is None:
        return {"courses": None, "courses_fault": ""}
    asked, fault = halves_of_window(found.first), ""
    try:
        asked = tuple(read_window(each) for each in windows if each.strip()) or asked
        rows = compared_windows(found, asked)
    except BrainrankError as error:
        asked, fault = halves_of_window(found.first), str(error)
        rows = compared_windows(found, asked)
    return {
        "courses": f"/charts/compare/courses?{urlencode({'first': run_ids[0], 'second': run_ids[1]})}",
        "courses_fault": fault,
        "windows": rows,
        "asked_windows": [f"{start:g}:{stop:g}" for start, stop in asked],
        "told_ms": found.difference.times_ms[found.difference.p < TOLD_P].tolist(),
    }


@router.get("/charts/compare/courses")
def courses_chart(request: Request, service: TheService, *, first: RunNumber, second: RunNumber) -> Response:
    """Two runs' courses, and below them the first less the second."""
    with service.begin() as session:
        found = compared_courses(session, (first, second), EVERYBODY)
    if found is None:
        raise NotFoundError(f"Runs {first} and {second} have no courses; only time-resolved metrics have them")
    return chart_answer(request, courses_figure(found))


def courses_figure(found: ComparedCourses) -> dict[str, Any]:
    """Both courses with the bands that hold all of each, and the difference with its own; at its foot where it is told
    from zero."""
    times = found.first.times_ms.tolist()
    one, other = found.models
    data = between(times, found.first.ceiling_lower, found.first.ceiling_upper, BAND, "noise ceiling")
    for place, (model, course) in enumerate(zip(found.models, (found.first, found.second), strict=True)):
        data += _without_legend(between(times, *course.simultaneous, FILLS[place], f"{model}, 95 % band"))
        data.append(_line(times, course.values, model, style(place).colour))
    apart = found.difference
    below = [
        *_without_legend(between(times, *apart.simultaneous, FILLS[2], "95 % band of the difference")),
        _line(times, apart.values, f"{one} less {other}", INK),
    ]
    told = apart.p < TOLD_P
    if told.any():
        foot = float(np.nanmin(apart.simultaneous.low))
        marks = np.where(told, foot, np.nan)
        below.append({**_line(times, marks, "p < .05, corrected", style(3).colour), "hoverinfo": "skip"})
        below[-1]["line"]["width"] = 4
    return figure(
        [*data, *({**each, "yaxis": "y2"} for each in below)],
        height=520,
        xaxis={"title": {"text": "ms after stimulus onset"}, "zeroline": True, "anchor": "y2"},
        yaxis={"title": {"text": found.unit}, "domain": [0.45, 1], "zeroline": True},
        yaxis2={"title": {"text": "difference"}, "domain": [0, 0.36], "zeroline": True},
        shapes=[{"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": ZERO}],
        legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 55, "r": 10, "t": 10, "b": 45},
    )


def _without_legend(band: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A band is told by the colour of its line."""
    return [{**each, "showlegend": False} for each in band]


def _line(times: list[float], values: Any, name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": times,
        "y": numbers(values),
        "line": {"color": colour, "width": 2},
        "hovertemplate": "%{x} ms: %{y:.3f}<extra>%{fullData.name}</extra>",
    }
