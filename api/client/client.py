"""A typed client of the service: `Client(address, token)`.

Its answers are those of brainrank.api.schemas, brainrank.api.score_schemas and brainrank.api.board_schemas.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx2

from brainrank.api.client.connection import FIRST_WAIT_S, TRIES, RefusedByServiceError, ServiceError, error_of
from brainrank.api.client.reader import Reader
from brainrank.api.schemas import (
    EventAnswer,
    HealthAnswer,
    ModelRequest,
    ProgressAnswer,
    SubmissionAnswer,
    SubmissionRequest,
    SubmissionsAnswer,
    UploadAnswer,
    UploadRequest,
    UploadsAnswer,
    Visibility,
)
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.benchmark.types.errors import InvalidDataError

__all__ = ["Client", "RefusedByServiceError", "ServiceError"]

Progress = dict[int, ProgressAnswer]
PIECE_BYTES = 4 * 2**20


class Client(Reader):
    """The service at an address. Used as a context, it closes its connections.

    Every method raises RefusedByServiceError for what the service refuses, whose message says what to do, and
    ServiceError when it fails or cannot be reached. What can be sent twice without harm is tried again a few times.
    """

    def submit(
        self,
        model: str | ModelRequest,
        *,
        benchmarks: Sequence[str] = (),
        visibility: Visibility = "public",
        note: str = "",
        idempotency_key: str | None = None,
    ) -> SubmissionAnswer:
        """Submit a model, by its name or with settings, to benchmarks or groups; none means all.

        However often it has to be sent, it is submitted once.
        """
        wanted = ModelRequest(name=model) if isinstance(model, str) else model
        request = SubmissionRequest(model=wanted, benchmarks=list(benchmarks), visibility=visibility, note=note)
        headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        return self._ask(SubmissionAnswer, "POST", "/v1/submissions", json=request.model_dump(), headers=headers)

    def submission(self, number: int) -> SubmissionAnswer:
        """The submission of that number."""
        return self._ask(SubmissionAnswer, "GET", f"/v1/submissions/{number}")

    def submissions(self, *, mine: bool = False) -> Iterator[SubmissionAnswer]:
        """Every submission that may be seen, the newest first."""
        before: int | None = None
        while True:
            params = {"mine": mine} | ({} if before is None else {"before": before})
            page = self._ask(SubmissionsAnswer, "GET", "/v1/submissions", params=params)
            yield from page.submissions
            before = page.before
            if before is None:
                return

    def cancel(self, number: int) -> SubmissionAnswer:
        """Stop what is not finished."""
        return self._ask(SubmissionAnswer, "POST", f"/v1/submissions/{number}/cancel")

    def retry(self, number: int) -> SubmissionAnswer:
        """Let failed and cancelled runs wait again."""
        return self._ask(SubmissionAnswer, "POST", f"/v1/submissions/{number}/retry", tries=1)

    def publish(self, number: int) -> SubmissionAnswer:
        """Show a submission and its scores to everybody."""
        return self._ask(SubmissionAnswer, "POST", f"/v1/submissions/{number}/publish")

    def unpublish(self, number: int) -> SubmissionAnswer:
        """Show a submission and its scores to its owner alone."""
        return self._ask(SubmissionAnswer, "POST", f"/v1/submissions/{number}/unpublish")

    def watch(self, number: int) -> Iterator[EventAnswer | Progress | SubmissionAnswer]:
        """Follow a submission: log lines, progress by run, and at last the finished submission.

        A connection that breaks is made again, and goes on after the last line it brought.
        """
        after, failed = 0, 0
        while True:
            try:
                for event in self._events(number, after):
                    failed = 0
                    if isinstance(event, EventAnswer):
                        after = event.id
                    yield event
                    if isinstance(event, SubmissionAnswer):
                        return
            except httpx2.TransportError as error:
                failed += 1
                if failed >= TRIES:
                    raise self._unreachable(error) from error
            time.sleep(FIRST_WAIT_S)

    def log(self, number: int, *, after: int = 0) -> list[EventAnswer]:
        """Up to 1,000 lines of the logs of a submission's runs, from the one after `after`."""
        return self._lines(f"/v1/submissions/{number}/log", after)

    def whole_log(self, number: int) -> Iterator[EventAnswer]:
        """Every line of the logs of a submission's runs."""
        return self._every_line(f"/v1/submissions/{number}/log")

    def upload(self, path: Path, *, told: Callable[[int, int], None] = lambda _sent, _size: None) -> UploadAnswer:
        """Send a file in pieces; what the service has of it already is not sent again. `told` hears of bytes sent.

        The kind is the file's suffix: .safetensors, .onnx, .npz, .npy, .csv for trials, or .zip for a packed package.
        Raises InvalidDataError for another one, before anything is sent.
        """
        request = _announcement(path)
        upload = self._ask(UploadAnswer, "POST", "/v1/uploads", json=request.model_dump())
        with path.open("rb") as file:
            while not upload.ready:
                file.seek(upload.received)
                piece = file.read(PIECE_BYTES)
                headers = {"Upload-Offset": str(upload.received), "Content-Type": "application/octet-stream"}
                upload = self._ask(
                    UploadAnswer, "PATCH", f"/v1/uploads/{upload.id}", content=piece, headers=headers, tries=1
                )
                told(upload.received, upload.size)
        return upload

    def uploads(self) -> Sequence[UploadAnswer]:
        """One's uploads, the newest first."""
        return self._ask(UploadsAnswer, "GET", "/v1/uploads").uploads

    def remove_upload(self, number: int) -> None:
        """Remove an uploaded file; refused while runs that are not finished need it."""
        self._send("DELETE", f"/v1/uploads/{number}", tries=1)

    def health(self) -> HealthAnswer:
        """Whether the service and what it needs answer; a part that does not is named in the answer."""
        try:
            return HealthAnswer.model_validate_json(self._http.get("/readyz").content)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    def _events(self, number: int, after: int) -> Iterator[EventAnswer | Progress | SubmissionAnswer]:
        with self._http.stream(
            "GET", f"/v1/submissions/{number}/events", headers={"Last-Event-ID": str(after)}
        ) as answer:
            if answer.is_error:
                answer.read()
                raise error_of(answer)
            kind, data = "", ""
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                if name == "event":
                    kind = value.strip()
                elif name == "data":
                    data += value.strip()
                elif not line and data:
                    yield _event(kind, data)
                    kind, data = "", ""


def _event(kind: str, data: str) -> EventAnswer | Progress | SubmissionAnswer:
    if kind == "finished":
        return SubmissionAnswer.model_validate_json(data)
    if kind == "progress":
        return {int(run): ProgressAnswer(**progress) for run, progress in json.loads(data).items()}
    return EventAnswer.model_validate_json(data)


def _announcement(path: Path) -> UploadRequest:
    kind = path.suffix.removeprefix(".")
    if kind not in set(UploadKind):
        raise InvalidDataError(f"'{path}' cannot be uploaded; give a file of .{', .'.join(UploadKind)}")
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidDataError(f"'{path}' cannot be read ({error.strerror}); give a file of yours") from error
    return UploadRequest(kind=UploadKind(kind), sha256=sha256, size=path.stat().st_size)
