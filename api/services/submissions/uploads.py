"""Uploads: files of strangers, taken in pieces, checked whole, and kept where workers look for them."""

import fcntl
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from anyio import CancelScope
from anyio.to_thread import run_sync
from sqlalchemy.orm import Session

from brainrank.api.db.tables import UploadRow
from brainrank.api.repositories import uploads
from brainrank.api.services.access.refusals import ConflictError, NotFoundError, TooLargeError, TooManyError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.access.turns import Turns
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import upload_store
from brainrank.api.services.submissions.packages import Contents
from brainrank.api.services.submissions.upload_check import UploadKind, check
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile

DAY_S = 24 * 60 * 60
# An upload not whole after this long is given up: it would count against its owner for ever.
ABANDONED = timedelta(days=7)


@dataclass(frozen=True)
class Upload:
    """A file on its way in: `received` of `size_bytes` are here; `ready` once it is whole and found good.

    `benchmarks` are those that a package declares.
    """

    number: int
    owner: str
    kind: UploadKind
    sha256: str
    size_bytes: int
    received: int
    ready: bool
    benchmarks: tuple[str, ...]


@dataclass(frozen=True)
class UploadService:
    """Where uploads are kept, how large one may be, how much one owner's may take together, and who is checked when."""

    begin: OpenSession
    locations: Locations
    most_bytes: int
    most_bytes_each_owner: int
    turns: Turns = field(default_factory=Turns)

    def announce(self, caller: Caller, *, kind: UploadKind, sha256: str, size_bytes: int) -> Upload:
        """Make ready to receive a file, or tell how much of it is here: announcing twice is the same as once.

        Raises InvalidDataError, TooLargeError, and TooManyError when the owner's uploads take too much.
        """
        caller.require(Scope.SUBMIT)
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise InvalidDataError(f"'{sha256[:80]}' is no sha256; give the 64 hexadecimal digits of sha256sum FILE")
        if size_bytes <= 0:
            raise InvalidDataError(f"A file of {size_bytes} bytes holds nothing; give its size in bytes")
        if size_bytes > self.most_bytes:
            raise TooLargeError(f"{size_bytes:,} bytes are more than the {self.most_bytes:,} that a file may have here")
        with self.begin() as session:
            for number in uploads.find_unfinished(session, caller.owner, before=datetime.now(UTC) - ABANDONED):
                uploads.remove(session, number)
                self._partial(number).unlink(missing_ok=True)
            row = uploads.obtain(
                session, owner=caller.owner, kind=kind, sha256=sha256, size_bytes=size_bytes, now=datetime.now(UTC)
            )
            total = uploads.total_bytes(session, caller.owner)
            if total > self.most_bytes_each_owner:
                raise TooManyError(
                    f"Your uploads would take {total:,} bytes, and {self.most_bytes_each_owner:,} are yours; ask "
                    "whoever runs the service for more",
                    wait_s=DAY_S,
                )
            return self._upload(row)

    def find(self, caller: Caller, number: int) -> Upload:
        """The caller's upload of that number. Raises NotFoundError."""
        with self.begin() as session:
            row = uploads.find(session, number)
            if row is None or not caller.may_see(row.owner):
                raise NotFoundError(f"There is no upload {number} of yours; announce the file first (POST /v1/uploads)")
            return self._upload(row)

    def of(self, caller: Caller) -> Sequence[Upload]:
        """The caller's uploads, the newest first."""
        with self.begin() as session:
            return [self._upload(row) for row in uploads.of_owner(session, caller.owner)]

    def remove(self, caller: Caller, number: int) -> None:
        """Remove the caller's upload of that number, and its file unless somebody else has sent the same.

        Raises NotFoundError, and ConflictError while runs of its owner need it.
        """
        caller.require(Scope.SUBMIT)
        upload = self.find(caller, number)
        with self.begin() as session:
            row = uploads.hold(session, number)
            if row is None:
                return
            names = _benchmarks_of(row)
            version = row.contents["version"] if row.contents else None
            runs = uploads.runs_that_need(session, row, benchmarks=list(names), version=version)
            if runs:
                raise ConflictError(
                    f"Upload {number} is needed by {len(runs)} runs that are not finished, the first of them "
                    f"{runs[0]}; wait for them, or cancel their submissions"
                )
            uploads.remove(session, number)
            shared = uploads.is_kept_for_another(session, row)
        self._partial(number).unlink(missing_ok=True)
        if not shared:
            upload_store.delete(remote_file(upload.kind, upload.sha256), self.locations)

    async def receive(self, upload: Upload, pieces: AsyncIterator[bytes], *, offset: int) -> None:
        """Append what comes in; what came before a broken connection stays, and the sender goes on after it.

        Raises ConflictError when `offset` is not where the file ends here, and while somebody else sends it;
        TooLargeError for more than was announced.
        """
        if upload.ready:
            raise ConflictError("The file is here already, whole; there is nothing to send")
        path = self._partial(upload.number)
        with writing_to(path.parent), path.open("ab") as file, _exclusively(file):
            received = file.tell()
            if offset != received:
                raise ConflictError(f"{received} bytes are here, not {offset}; send the file from there on")
            async for piece in pieces:
                received += len(piece)
                if received > upload.size_bytes:
                    raise TooLargeError(f"More came than the {upload.size_bytes} bytes announced; announce it anew")
                file.write(piece)

    async def accept(self, upload: Upload) -> Upload:
        """Check an upload that is whole, when it is its turn, and keep it; one that is not yet is returned as it is.

        Cancelled, it leaves the upload whole and unchecked. Raises InvalidDataError when it is not what was announced;
        it is then forgotten, to be announced anew. Raises TooManyAtOnceError when too many wait.
        """
        upload = await run_sync(self._now, upload.number)
        if upload.ready or upload.received < upload.size_bytes:
            return upload
        async with self.turns.of(upload.owner):
            upload = await run_sync(self._now, upload.number)
            if upload.ready:
                return upload
            try:
                contents = await self._check(upload)
                with CancelScope(shield=True):  # moved and marked, or neither
                    upload = await run_sync(self._keep, upload, contents)
            except FileNotFoundError as error:
                raise NotFoundError(f"Upload {upload.number} was removed meanwhile; announce the file anew") from error
        return upload

    async def _check(self, upload: Upload) -> str:
        partial = self._partial(upload.number)
        try:
            await run_sync(_compare, partial, upload.sha256)
            return await check(upload.kind, partial, most_bytes=self.most_bytes)
        except InvalidDataError:
            await run_sync(self._forget, upload)
            raise

    def _forget(self, upload: Upload) -> None:
        with self.begin() as session:
            uploads.remove(session, upload.number)
        self._partial(upload.number).unlink(missing_ok=True)

    def _keep(self, upload: Upload, contents: str) -> Upload:
        upload_store.store(self._partial(upload.number), remote_file(upload.kind, upload.sha256), self.locations)
        with self.begin() as session:
            uploads.mark_ready(
                session, upload.number, contents=json.loads(contents) if contents else None, now=datetime.now(UTC)
            )
        return self._now(upload.number)

    def _now(self, number: int) -> Upload:
        with self.begin() as session:
            row = uploads.find(session, number)
            if row is None:
                raise NotFoundError(f"There is no upload {number} any more; announce the file anew")
            return self._upload(row)

    def _upload(self, row: UploadRow) -> Upload:
        partial = self._partial(row.id)
        here = row.size_bytes if row.ready_at else partial.stat().st_size if partial.exists() else 0
        kind, ready = UploadKind(row.kind), row.ready_at is not None
        return Upload(row.id, row.owner, kind, row.sha256, row.size_bytes, here, ready, tuple(_benchmarks_of(row)))

    def _partial(self, number: int) -> Path:
        return self.locations.home / "uploads" / f"{number}.partial"


def find_ready(session: Session, owner: str, sha256: str) -> RemoteFile | None:
    """The owner's file of that content, as the weights of a ModelSpec."""
    row = uploads.find_ready(session, owner=owner, sha256=sha256, kinds=[kind for kind in UploadKind if kind.is_model])
    return None if row is None else remote_file(UploadKind(row.kind), row.sha256)


def own_benchmarks(session: Session, owner: str) -> Mapping[str, Benchmark]:
    """The benchmarks that the owner's packages declare, by name; of two packages of one name those of the newest."""
    rows = reversed(uploads.packages(session, owner))
    return {name: benchmark for row in rows for name, benchmark in _benchmarks_of(row).items()}


def package_of(session: Session, owner: str, benchmark: str, version: int) -> RemoteFile | None:
    """The owner's package that declares this version of a benchmark."""
    for row in uploads.packages(session, owner):
        found = _benchmarks_of(row).get(benchmark)
        if found is not None and found.version == version:
            return remote_file(UploadKind.PACKAGE, row.sha256)
    return None


@contextmanager
def _exclusively(file: IO[bytes]) -> Iterator[None]:
    """Nobody else writes to the file meanwhile, also of another process. Raises ConflictError where somebody does."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConflictError(
            "Another request is sending this file at the moment; wait for it, then ask how much is here (GET)"
        ) from error
    yield  # closing the file, which the end of a connection does, lets others write


def _benchmarks_of(row: UploadRow) -> dict[str, Benchmark]:
    return {} if row.contents is None else Contents.model_validate(row.contents).declared()


def remote_file(kind: UploadKind, sha256: str) -> RemoteFile:
    """An upload as a file with no source but the folder of downloads, the same whoever sent it."""
    return RemoteFile(f"upload.{kind}", sha256, ())


def _compare(path: Path, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        raise InvalidDataError(f"The sha256 of what came is {found[:12]}..., not {sha256[:12]}...; send the file again")
