"""What no request may hold, wherever it stands: one rule for path, query, headers and body, on every database.

Control characters and lone surrogates (PostgreSQL refuses NUL, no answer can hold half a character), numbers that are
not finite, whole numbers beyond 64 bits, and JSON nested deeper than anything that is asked for.
"""

import json
import math
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NoReturn
from urllib.parse import unquote_plus

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from brainrank.api.routes.problems import InvalidBodyError, problem_of
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.text import refused_character

LARGEST_WHOLE = 2**63 - 1
DEEPEST = 20
TOO_DEEP = f"The body is nested deeper than {DEEPEST} levels; nothing here asks for that"
PLAIN = "write it in printable characters"


class Boundary:
    """Refuses addresses and headers that hold control characters."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or say what is wrong."""
        fault = _fault_of(scope) if scope["type"] == "http" else None
        if fault is None:
            await self.app(scope, receive, send)
            return
        await problem_of(Request(scope), InvalidDataError(fault))(scope, receive, send)


def _fault_of(scope: Scope) -> str | None:
    texts = [("path", scope["path"]), ("query", unquote_plus(scope["query_string"].decode("latin-1")))]
    for where, text in texts:
        found = refused_character(text, breaks=False)
        if found is not None:
            return f"The {where} holds the control character {found}; {PLAIN}"
    for name, value in scope["headers"]:
        # Bytes, as other encodings than Latin-1 are sent too; a tab is white space there (RFC 9110, 5.5).
        found = next((each for each in value if (each < 0x20 and each != 0x09) or each == 0x7F), None)
        if found is not None:
            return f"The header {name.decode('latin-1')} holds the control character U+{found:04X}; {PLAIN}"
    return None


class JsonRequest(Request):
    """A request whose body is read by the rule."""

    async def json(self) -> Any:
        """The body. Raises InvalidBodyError."""
        body = await self.body()
        try:
            # A megabyte of small numbers takes longer than others should wait for.
            return await run_in_threadpool(read_json, body)
        except InvalidDataError as error:
            raise InvalidBodyError(str(error)) from error


class JsonRoute(APIRoute):
    """A route whose body, if it has one, is read by the rule."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, on a JsonRequest."""
        handle = super().get_route_handler()

        async def handle_by_the_rule(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_by_the_rule


def read_json(body: bytes) -> Any:
    """What a JSON text says. Raises InvalidDataError for one that breaks the rule, or is none."""
    try:
        found = json.loads(body, parse_constant=_no_number, parse_int=_whole, parse_float=_finite)
    except InvalidDataError:
        raise
    except RecursionError as error:
        raise InvalidDataError(TOO_DEEP) from error
    except ValueError as error:  # json's own of a text that is none, and of bytes that are no UTF-8
        raise InvalidDataError(f"The body is no JSON ({error}); send what /docs shows, encoded as UTF-8") from error
    for where, text in _texts(found, "body", 0):
        refused = refused_character(text, breaks=True)
        if refused is not None:
            raise InvalidDataError(f"{where} holds the control character {refused}; {PLAIN}")
    return found


def _texts(value: Any, where: str, depth: int) -> Iterator[tuple[str, str]]:
    """Every text of a JSON value, keys too, and where it stands. Raises InvalidDataError beyond DEEPEST."""
    if depth > DEEPEST:
        raise InvalidDataError(TOO_DEEP)
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield f"A key of {where}", key
            yield from _texts(each, f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, f"{where}.{number}", depth + 1)


def _whole(text: str) -> int:
    # Python itself refuses to read thousands of digits, as that takes long; 20 with a sign are more than 64 bits have.
    value = int(text) if len(text) <= len(str(LARGEST_WHOLE)) + 1 else None
    if value is None or abs(value) > LARGEST_WHOLE:
        raise InvalidDataError(f"The whole number {text[:25]} has more than 64 bits; no number here is that large")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidDataError(f"The number {text[:25]} is larger than a computer's numbers; write a smaller one")
    return value


def _no_number(text: str) -> NoReturn:
    raise InvalidDataError(f"{text} is no number in JSON; write a finite one, or leave the field out")
