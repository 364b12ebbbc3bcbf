"""What went wrong, for a reader of pages; programs get the same as problem+json."""

from fastapi import Request, Response

from brainrank.api.pages.render import HTML, render
from brainrank.api.schemas import Problem
from brainrank.api.services.access.refusals import NotReadyError

FOR_PROGRAMS = ("/v1/", "/charts/", "/openapi.json", "/healthz", "/readyz", "/metrics")
SOON = NotReadyError.code


def problem_page(request: Request, problem: Problem) -> Response | None:
    """A page that says it, or None for a program."""
    path = request.url.path
    if "text/html" not in request.headers.get("accept", "") or path.startswith(FOR_PROGRAMS):
        return None
    return Response(render(request, "problem.html", problem=problem, again=problem.code == SOON), media_type=HTML)
