"""Uploads: announced, received in pieces, checked when whole, kept and removed; whose they are, and how much."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
import numpy as np
import pytest
from stranger_files import npy
from tiny_package import BENCHMARK, tiny_package

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.access.refusals import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    TooLargeError,
    TooManyError,
)
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.submissions import uploads
from brainrank.api.services.submissions.packages import pack
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.api.services.submissions.upload_check_process import CHECKS
from brainrank.api.services.submissions.uploads import Upload, UploadService
from brainrank.benchmark.files.downloads import locate
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent

ADA, BEN = Caller(1, "ada", Scope.SUBMIT, 100, 100), Caller(2, "ben", Scope.SUBMIT, 100, 100)
CONTENT = npy(np.ones((12, 5)))
MOST, MOST_EACH_OWNER = 20_000, 30_000


@pytest.fixture
def service(tmp_path: Path, migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadService]:
    """One that reads files in this process: that they are read in another is test_upload_check's."""

    async def check(kind: UploadKind, path: Path, *, most_bytes: int) -> str:
        return CHECKS[kind](path, most_bytes) or ""

    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(uploads, "check", check)
    engine = open_database(migrated_sqlite)
    yield UploadService(partial(transaction, engine), Locations(home=tmp_path / "home"), MOST, MOST_EACH_OWNER)
    engine.dispose()


def announced(service: UploadService, content: bytes = CONTENT, *, of: Caller = ADA) -> Upload:
    digest = hashlib.sha256(content).hexdigest()
    return service.announce(of, kind=UploadKind.NPY, sha256=digest, size_bytes=len(content))


def send(service: UploadService, upload: Upload, content: bytes, *, offset: int = 0, check: bool = True) -> Upload:
    async def pieces() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        yield content[len(content) // 2 :]

    async def sent() -> Upload:
        await service.receive(upload, pieces(), offset=offset)
        return await service.accept(upload) if check else upload

    return anyio.run(sent)


def test_a_file_comes_in_pieces_and_is_kept_once_it_is_whole(service: UploadService) -> None:
    upload = announced(service)
    first = send(service, upload, CONTENT[:100])
    assert (first.received, first.ready) == (100, False)
    assert announced(service) == first
    with pytest.raises(ConflictError, match="100 bytes are here, not 0"):
        send(service, upload, CONTENT)
    whole = send(service, upload, CONTENT[100:], offset=100)
    assert (whole.received, whole.ready, whole.benchmarks) == (len(CONTENT), True, ())
    with service.begin() as session:
        file = uploads.find_ready(session, "ada", whole.sha256)
        assert uploads.find_ready(session, "ben", whole.sha256) is None
    assert file is not None
    kept = locate(file, service.locations)
    assert kept is not None
    assert kept.read_bytes() == CONTENT
    with pytest.raises(ConflictError, match="here already, whole"):
        send(service, whole, CONTENT)


@pytest.mark.parametrize(
    ("sha256", "size", "kind", "message"),
    [
        ("abc", 5, InvalidDataError, "'abc' is no sha256"),
        ("0" * 64, 0, InvalidDataError, "0 bytes holds nothing"),
        ("0" * 64, 20_001, TooLargeError, "20,001 bytes are more than the 20,000"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(
    service: UploadService, sha256: str, size: int, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        service.announce(ADA, kind=UploadKind.NPY, sha256=sha256, size_bytes=size)
    with pytest.raises(NotAllowedError):
        service.announce(replace(ADA, scope=Scope.READ), kind=UploadKind.NPY, sha256="0" * 64, size_bytes=5)
    assert service.of(ADA) == []


def test_an_owners_files_have_a_limit_together_and_another_owner_their_own(service: UploadService) -> None:
    for number in (1, 2):
        service.announce(ADA, kind=UploadKind.NPY, sha256=str(number) * 64, size_bytes=14_000)
    for of, fits in ((ADA, False), (BEN, True)):
        if fits:
            service.announce(of, kind=UploadKind.NPY, sha256="3" * 64, size_bytes=14_000)
            continue
        with pytest.raises(TooManyError, match="would take 42,000 bytes, and 30,000 are yours"):
            service.announce(of, kind=UploadKind.NPY, sha256="3" * 64, size_bytes=14_000)
    assert [each.size_bytes for each in service.of(ADA)] == [14_000, 14_000]


@pytest.mark.parametrize(
    ("content", "sent", "message"),
    [(CONTENT, CONTENT[:-1] + b"x", "The sha256 of what came is"), (b"words", b"words", "is no array|no .npy")],
)
def test_what_is_not_what_was_announced_is_forgotten(
    service: UploadService, content: bytes, sent: bytes, message: str
) -> None:
    upload = announced(service, content)
    with pytest.raises(InvalidDataError, match=message):
        send(service, upload, sent)
    assert service.of(ADA) == []
    assert not list((service.locations.home / "uploads").glob("*"))


def test_more_than_was_announced_is_not_taken(service: UploadService) -> None:
    with pytest.raises(TooLargeError, match=f"the {len(CONTENT)} bytes announced"):
        send(service, announced(service), CONTENT + b"more")


def test_an_upload_is_its_owners_and_its_file_stays_while_another_has_it(service: UploadService) -> None:
    first, second = (send(service, announced(service, of=of), CONTENT) for of in (ADA, BEN))
    with pytest.raises(NotFoundError, match=f"no upload {second.number} of yours"):
        service.find(ADA, second.number)
    with service.begin() as session:
        file = uploads.find_ready(session, "ada", first.sha256)
    assert file is not None
    service.remove(ADA, first.number)
    assert service.of(ADA) == []
    assert locate(file, service.locations) is not None
    service.remove(BEN, second.number)
    assert locate(file, service.locations) is None
    with pytest.raises(NotFoundError):
        service.remove(BEN, second.number)


def test_a_package_is_known_by_the_benchmarks_it_declares(service: UploadService, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    content = pack(tiny_package(tmp_path / "package"), tmp_path / "mine.zip", Silent()).read_bytes()
    upload = service.announce(
        ADA, kind=UploadKind.PACKAGE, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)
    )
    assert send(service, upload, content).benchmarks == (BENCHMARK,)
    with service.begin() as session:
        own = uploads.own_benchmarks(session, "ada")
        assert list(own) == [BENCHMARK]
        assert uploads.own_benchmarks(session, "ben") == {}
        version = own[BENCHMARK].version
        found = uploads.package_of(session, "ada", BENCHMARK, version)
        assert found is not None
        assert found.sha256 == upload.sha256
        assert uploads.package_of(session, "ada", BENCHMARK, version + 1) is None
        assert uploads.package_of(session, "ben", BENCHMARK, version) is None
