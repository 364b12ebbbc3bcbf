"""The web application: routes on a service. It never imports torch, and knows no worker but by its signal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from brainrank.api.pages import site
from brainrank.api.pages.problem import problem_page
from brainrank.api.routes import (
    benchmarks,
    claims,
    compare,
    health,
    leaderboards,
    models,
    prometheus,
    published,
    runs,
    scores,
    submissions,
    uploads,
)
from brainrank.api.routes.answering import DefaultHeaders, HeadAsGet
from brainrank.api.routes.boundary import Boundary
from brainrank.api.routes.crowding import Crowding
from brainrank.api.routes.openapi import describe
from brainrank.api.routes.problems import LARGEST_BODY, LargeBodies, add_problems
from brainrank.api.routes.service import Service
from brainrank.api.services.analysis.claim_cache import ClaimCache
from brainrank.api.services.boards.standings import LeaderboardCache


class Application(FastAPI):
    """Describes itself with examples, and says of every error what is wrong in the same form."""

    def build_middleware_stack(self) -> ASGIApp:
        """What every request passes through, outermost first."""
        return DefaultHeaders(Crowding(HeadAsGet(LargeBodies(super().build_middleware_stack()))))

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if not self.openapi_schema:
            describe(super().openapi())
        return self.openapi_schema or {}


def create_app(service: Service) -> FastAPI:
    """The application on this service."""
    app = Application(
        title="brainrank",
        summary="Score vision models against brains and behaviour.",
        version=version("brainrank"),
        lifespan=_open,
        # FastAPI's own pages load scripts from elsewhere; brainrank.api.pages.reference is ours.
        docs_url=None,
        redoc_url=None,
        max_body_size=LARGEST_BODY,
    )
    app.state.service = service
    app.state.boards = LeaderboardCache(service.begin, service.catalogue)
    app.state.claims = ClaimCache(service.begin, service.catalogue)
    app.state.sections = site.sections()
    app.state.meters = prometheus.Meters(service.begin)
    app.add_middleware(Boundary)
    app.add_middleware(prometheus.Measured, meters=app.state.meters)
    for each in (submissions, uploads, leaderboards, compare, models, benchmarks, scores, runs, claims, published):
        app.include_router(each.router)
    app.include_router(health.router)
    app.include_router(prometheus.router)
    app.include_router(site.site_router())
    add_problems(app, as_page=problem_page)
    return app


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """Let go of the database once the last answer was given."""
    yield
    service: Service = app.state.service
    service.close()
