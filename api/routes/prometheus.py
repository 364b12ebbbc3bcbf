"""/metrics: how the service does, for Prometheus."""

import time
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brainrank.api.repositories import runs
from brainrank.api.routes.dependencies import TheCaller
from brainrank.api.services.access.tokens import Scope as Reach
from brainrank.api.services.session import OpenSession

router = APIRouter(tags=["health"])
SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """What is counted of this process's answers, and of the queue when it is asked for."""

    def __init__(self, begin: OpenSession) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "brainrank_http_requests", "Answers.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "brainrank_http_request_seconds",
            "Time until an answer began.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Queue(begin))


class _Queue(Collector):
    """Runs that wait or are at work, by queue and status."""

    def __init__(self, begin: OpenSession) -> None:
        self.begin = begin

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("brainrank_runs", "Runs that are not finished.", labels=("queue", "status"))
        with self.begin() as session:
            for (name, status), count in runs.count_unfinished(session).items():
                family.add_metric((name, status), count)
        yield family


class Measured:
    """Counts every answer under its route's path, so that there are as many series as routes."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app, self.meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()

        async def count_answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                self.meters.answers.labels(scope["method"], route, message["status"]).inc()
                self.meters.seconds.labels(scope["method"], route).observe(time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, count_answer)


@router.get("/metrics", response_class=Response)
def metrics(request: Request, caller: TheCaller) -> Response:
    """Tell Prometheus how many answers were given, how fast, and how many runs wait: private ones, too."""
    caller.require(Reach.ADMIN)
    meters: Meters = request.app.state.meters
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)
