"""Errors as problem+json: every answer that is none says what was wrong and what to do."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brainrank.api.schemas import Problem
from brainrank.api.services.access.refusals import (
    AskAgainError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
    NotSignedInError,
    RefusalError,
    TooLargeError,
    TooManyAtOnceError,
    TooManyError,
)
from brainrank.benchmark.types.errors import (
    BrainrankError,
    InvalidDataError,
    StorageError,
    UnknownNameError,
    UserError,
)
from brainrank.benchmark.types.text import without_places

MEDIA_TYPE = "application/problem+json"
STATUSES: Mapping[type[BrainrankError], HTTPStatus] = {
    NotSignedInError: HTTPStatus.UNAUTHORIZED,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooManyError: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyAtOnceError: HTTPStatus.SERVICE_UNAVAILABLE,
    NotReadyError: HTTPStatus.ACCEPTED,  # nothing failed: it is being made, and is there in a while
    UnknownNameError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidDataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UserError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}
CODES: Mapping[type[BrainrankError], str] = {
    UnknownNameError: "unknown-name",
    InvalidDataError: "invalid-data",
    UserError: "invalid-request",
    StorageError: "storage-failed",
}
REMEDIES = {
    HTTPStatus.NOT_FOUND: "There is no such page; /docs lists all there are",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page does not take that method; /docs lists what it takes",
}
# Bodies are read before anybody is asked for a token; a submission is a few thousand bytes.
LARGEST_BODY = 2**20
TOO_LARGE = Problem(
    title=HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase,
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    detail=f"A request may have {LARGEST_BODY:,} bytes; files are sent to /v1/uploads, in pieces",
    code=TooLargeError.code,
)
# What storage fails at mostly passes: a database that begins anew does so in seconds. Where it is, and what it said, is
# in the log.
STORAGE_WAIT_S = 5
STORAGE_FAILED = (
    "The service's storage does not answer, and nothing was changed; try again in a few seconds, and tell whoever runs "
    "the service if it recurs"
)
# The answer to somebody who reads pages; None for whoever does not.
AsPage = Callable[[Request, Problem], Response | None]
log = logging.getLogger(__name__)


def add_problems(app: FastAPI, *, as_page: AsPage) -> None:
    """Let the application answer every error with a problem; `as_page` shows it to a reader of pages."""
    app.state.problem_as_page = as_page
    app.add_exception_handler(BrainrankError, problem_of)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(InvalidBodyError, _invalid_body)
    app.add_exception_handler(Exception, _unexpected)


class InvalidBodyError(HTTPException):
    """A body that breaks a rule: FastAPI lets no other kind of error out of the reading of one."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, message)


class LargeBodies:
    """Says as a problem what Starlette says of a body that is too large in plain words, past every handler."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, but for that."""
        refused = False

        async def send_problem(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                plain = Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
                refused = plain and message["status"] == TOO_LARGE.status
                if refused:
                    await problem_json(TOO_LARGE)(scope, receive, send)
            if not refused:
                await send(message)

        await self.app(scope, receive, send_problem)


def problem_json(problem: Problem) -> Response:
    """The answer to a program."""
    return JSONResponse(problem.model_dump(), problem.status, media_type=MEDIA_TYPE)


def _answer(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    as_page: AsPage = request.app.state.problem_as_page
    answer = as_page(request, problem) or problem_json(problem)
    answer.status_code = problem.status
    answer.headers.update(headers or {})
    return answer


def problem_of(request: Request, error: Exception) -> Response:
    """The answer that an error of this project's is."""
    kind = next(each for each in type(error).__mro__ if each in STATUSES or each is BrainrankError)
    status = STATUSES.get(kind, HTTPStatus.INTERNAL_SERVER_ERROR)
    code = error.code if isinstance(error, RefusalError) else CODES.get(kind, "failed")
    detail, headers = without_places(str(error)), {}
    if isinstance(error, StorageError):
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        detail, headers["Retry-After"] = STORAGE_FAILED, str(STORAGE_WAIT_S)
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, AskAgainError):
        headers["Retry-After"] = str(error.wait_s)
    return _answer(request, Problem(title=status.phrase, status=status, detail=detail, code=code), headers)


def _invalid_request(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"where": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in found]
    detail = "; ".join(f"{each['where']}: {each['message']}" for each in errors[:5])
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    problem = Problem(
        title="The request is not as it should be",
        status=status,
        detail=f"{detail}. /docs shows what is taken",
        code="invalid-request",
        errors=errors,
    )
    return _answer(request, problem)


def _invalid_body(request: Request, error: Exception) -> Response:
    return problem_of(request, InvalidDataError(error.detail if isinstance(error, InvalidBodyError) else str(error)))


def _http_error(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    if status == TOO_LARGE.status:
        return _answer(request, TOO_LARGE)
    detail = REMEDIES.get(status) or (str(error.detail) if isinstance(error, HTTPException) else "")
    headers = error.headers if isinstance(error, HTTPException) else None
    code = status.phrase.lower().replace(" ", "-")
    return _answer(request, Problem(title=status.phrase, status=status, detail=detail, code=code), headers)


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "This is a fault of the service, not of your request; try again, and tell whoever runs it if it recurs"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _answer(request, Problem(title=status.phrase, status=status, detail=detail, code="unexpected"))
