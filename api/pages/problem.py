"""What went wrong, for a reader of pages; programs get the same as problem+json."""

import difflib
import re
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request, Response

from brainrank.api.pages.render import HTML, render
from brainrank.api.pages.site import beginnings
from brainrank.api.schemas import Problem
from brainrank.api.services.access.refusals import NotReadyError

FOR_PROGRAMS = ("/v1/", "/charts/", "/openapi.json", "/healthz", "/readyz", "/metrics")
SOON = NotReadyError.code
NEAR = 0.6
# Where a part of the site begins that has no page of its own.
BEGINNINGS = {"leaderboards": "/leaderboards/all", "datasets": "/benchmarks", "runs": "/models", "published": "/docs"}
MEANT = re.compile(r"did you mean (\S+?)\?")


def problem_page(request: Request, problem: Problem) -> Response | None:
    """A page that says it, or None for a program."""
    path = request.url.path
    if "text/html" not in request.headers.get("accept", "") or path.startswith(FOR_PROGRAMS):
        return None
    meant = meant_addresses(path, problem.detail) if problem.status == HTTPStatus.NOT_FOUND else ()
    body = render(request, "problem.html", problem=problem, again=problem.code == SOON, meant=meant)
    return Response(body, media_type=HTML)


def meant_addresses(path: str, detail: str) -> Sequence[str]:
    """What somebody may have meant who asked for an address that is none: the nearest names, plurals, small letters."""
    first, _, rest = path.strip("/").partition("/")
    if (name := MEANT.search(detail)) is not None:
        return [f"/{first}/{quote(name[1])}"]
    near = difflib.get_close_matches(first.lower(), beginnings(), n=2, cutoff=NEAR)
    found = [f"/{each}/{rest.lower()}" if rest else BEGINNINGS.get(each, f"/{each}") for each in near]
    return [each for each in dict.fromkeys(found) if each != path]
