"""The way to a service: questions, answers of a known type, files; a refusal is an error that says what to do."""

import time
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx2
from pydantic import BaseModel

from brainrank.api.schemas import Problem
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import BrainrankError, UserError

Answer = TypeVar("Answer", bound=BaseModel)
TIMEOUT_S = 60.0
TRIES, FIRST_WAIT_S = 4, 0.5


class ServiceError(BrainrankError):
    """The service failed, or cannot be reached."""


class RefusedByServiceError(UserError):
    """The service says no; `problem` is its answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Connection:
    """Connections to the service at an address; used as a context, they are closed at its end."""

    def __init__(
        self, address: str, token: str | None = None, *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        if token and not (token.isascii() and token.isprintable()):
            raise UserError("The token holds characters that no token has; copy it again, without quotes or line ends")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=address, headers=headers, timeout=TIMEOUT_S, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _ask(self, kind: type[Answer], method: str, path: str, *, tries: int = TRIES, **named: Any) -> Answer:
        return kind.model_validate_json(self._send(method, path, tries=tries, **named).content)

    def _save(self, path: str, file: Path, **named: Any) -> None:
        """Write an answer to a file, piece by piece; the file is there when it is whole, and else not at all."""
        answer = self._send("GET", path, stream=True, **named)
        try:
            with written_whole(file) as written:
                for piece in answer.iter_bytes():
                    written.write(piece)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error
        finally:
            answer.close()

    def _send(
        self, method: str, path: str, *, tries: int = TRIES, stream: bool = False, **named: Any
    ) -> httpx2.Response:
        wait_s = FIRST_WAIT_S
        while True:
            tries -= 1
            try:
                answer = self._http.send(self._http.build_request(method, path, **named), stream=stream)
                if not answer.is_error and not _is_being_made(answer):
                    return answer
                answer.read()
            except httpx2.TransportError as error:
                if tries <= 0:
                    raise self._unreachable(error) from error
                time.sleep(wait_s)
            else:
                passes = _is_being_made(answer) or answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR
                if tries <= 0 or not passes:
                    raise error_of(answer)
                # A leaderboard that is being computed says when it will be there.
                time.sleep(max(wait_s, float(answer.headers.get("Retry-After", 0))))
            wait_s *= 2

    def _unreachable(self, error: httpx2.TransportError) -> ServiceError:
        return ServiceError(
            f"The service at {self._http.base_url} cannot be reached ({type(error).__name__}); check the address, and "
            "whether it runs (brainrank serve starts one on this machine)"
        )


def _is_being_made(answer: httpx2.Response) -> bool:
    """Whether it is no answer yet: it says so, and when to ask again, as a problem."""
    kind = answer.headers.get("content-type", "")
    return answer.status_code == httpx2.codes.ACCEPTED and kind.startswith("application/problem+json")


def error_of(answer: httpx2.Response) -> BrainrankError:
    """What an answer that is an error says."""
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValueError:
        return ServiceError(
            f"{answer.url} answered {answer.status_code} {answer.reason_phrase}; is it the address of a brainrank "
            "service?"
        )
    if _is_being_made(answer) or answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return ServiceError(problem.detail)
    return RefusedByServiceError(problem)
