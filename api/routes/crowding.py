"""How many requests are worked on at once: whoever comes on top is told to come again, at once."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from brainrank.api.routes.problems import problem_json
from brainrank.api.schemas import Problem
from brainrank.api.services.access.refusals import TooManyAtOnceError

# Forty threads answer, and some more requests may wait for one. More would only wait longer.
MOST_REQUESTS = 64
# Streams of events take no thread while they wait; they do take a connection.
MOST_STREAMS = 300
WAIT_S = 2
STREAM = "/events"
# Answered however many wait: whoever watches the service wants to know that it lives.
ALWAYS = ("/healthz", "/readyz", "/metrics")


class Crowding:
    """Answers 503 with Retry-After where more requests, or streams, are open than the service does well."""

    def __init__(self, app: ASGIApp, *, most_requests: int = MOST_REQUESTS, most_streams: int = MOST_STREAMS) -> None:
        self.app, self._most = app, {False: most_requests, True: most_streams}
        self._open = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say that there are too many."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
            return
        stream = scope["path"].endswith(STREAM)
        if self._open[stream] >= self._most[stream]:
            await _refusal(self._open[stream], stream=stream)(scope, receive, send)
            return
        self._open[stream] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._open[stream] -= 1


def _refusal(n_open: int, *, stream: bool) -> Response:
    status, what = HTTPStatus.SERVICE_UNAVAILABLE, "streams of events" if stream else "requests"
    detail = f"{n_open} {what} are open at once, as many as this service answers well; ask again in {WAIT_S} s"
    answer = problem_json(Problem(title=status.phrase, status=status, detail=detail, code=TooManyAtOnceError.code))
    answer.headers["Retry-After"] = str(WAIT_S)
    return answer
