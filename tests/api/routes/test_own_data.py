"""Packages of one's own data on a service: checked, scored on by their owner alone, removed; kept here or on S3."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from tiny_package import DESCRIPTION, tiny_package
from tiny_study import NAMES

from brainrank.api.client.client import Client, RefusedByServiceError
from brainrank.api.services.access.tokens import Scope
from brainrank.api.services.runs.execution import WorkerContext, execute
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.submissions import upload_check, upload_check_process
from brainrank.api.services.submissions.packages import pack
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent

Api = Any  # the fixture of conftest.py, which is no module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def packed(folder: Path, tmp_path: Path) -> Path:
    return pack(folder, tmp_path / "mine.zip", Silent())


def client_of(api: Api, owner: str, scope: Scope = Scope.SUBMIT) -> Client:
    token = api.token(owner, scope)["Authorization"].removeprefix("Bearer ")
    return Client("http://testserver", token, transport=api.http._transport)


def work(api: Api, run: int) -> None:
    service = api.service
    home = service.uploads.locations.home.parent / "worker"
    machine = Machine(
        service.catalogue, service.begin, replace(service.uploads.locations, home=home), "cpu", DEFAULT_EXTRACTION
    )
    execute(run, WorkerContext(machine, lease_s=60, run_limit_s=600))


def shared(api: Api, address: str) -> Api:
    """The application, with uploads kept at an address."""
    locations = replace(api.service.uploads.locations, uploads=address)
    api.http.app.state.service = replace(api.service, uploads=replace(api.service.uploads, locations=locations))
    api.service = api.http.app.state.service
    return api


@pytest.fixture(params=["folder", "s3"])
def kept(api: Api, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where uploads are kept."""
    place = tmp_path / "shared" if request.param == "folder" else f"{request.getfixturevalue('s3')}/{tmp_path.name}"
    shared(api, str(place))
    return str(place)


def files_at(address: str) -> list[str]:
    files, root = fsspec.core.url_to_fs(address)
    files.invalidate_cache()
    return [str(path).rpartition("/")[2] for path in files.find(root)]


def test_a_package_is_scored_on_by_its_owner_alone(api: Api, packed: Path, kept: str) -> None:
    with client_of(api, "ada") as ada, client_of(api, "ben") as ben, client_of(api, "root", Scope.ADMIN) as root:
        upload = ada.upload(packed)
        assert (upload.ready, upload.source, upload.benchmarks) == (True, "", ["mine.it.rsa"])
        assert files_at(kept) == [f"{upload.sha256[:16]}-upload.zip"]
        with pytest.raises(RefusedByServiceError, match="scores on your own data stay private"):
            ada.submit("pixels", benchmarks=["mine"])
        with pytest.raises(RefusedByServiceError, match="Unknown benchmark or group 'mine.it.rsa'"):
            ben.submit("pixels", benchmarks=["mine.it.rsa"], visibility="private")
        made = ada.submit("pixels", benchmarks=["mine", "mine.it.rsa", NAMES[1]], visibility="private")
        assert [run.benchmark for run in made.runs] == ["mine.it.rsa", NAMES[1]]
        for names in ((), ("tiny",)):  # no group takes in anybody's own data, though the package names this one
            assert [run.benchmark for run in ada.submit("pixels", benchmarks=names).runs] == list(NAMES)
        number = made.runs[0].id
        with pytest.raises(RefusedByServiceError, match=f"needed by 1 runs .* the first of them {number}; wait"):
            ada.remove_upload(upload.id)
        work(api, number)
        assert ada.submission(made.id).runs[0].failure is None
        score = ada.run(number).score
        assert score is not None
        assert score.value is not None
        assert score.benchmark_version == made.runs[0].benchmark_version > 1
        assert root.run(number).score == score
        for read in (ben.run, ben.submission):
            with pytest.raises(RefusedByServiceError, match="There is no"):
                read(made.id if read == ben.submission else number)
        with pytest.raises(RefusedByServiceError, match="own data .mine.it.rsa., which stay private"):
            ada.publish(made.id)
        for everybody in (ben.leaderboard().board.benchmarks, ben.benchmarks(), list(ben.scores())):
            assert "mine" not in str(everybody)
        ada.remove_upload(upload.id)
        assert list(ada.uploads()) == files_at(kept) == []
        assert ada.run(number).score == score


def test_what_two_have_sent_is_there_until_both_remove_it(api: Api, tmp_path: Path) -> None:
    with client_of(api, "ada") as ada, client_of(api, "ben") as ben:
        np.save(tmp_path / "features.npy", np.ones((12, 5)))
        first, second = (each.upload(tmp_path / "features.npy") for each in (ada, ben))
        with pytest.raises(RefusedByServiceError, match="There is no upload"):
            ada.remove_upload(second.id)
        ada.remove_upload(first.id)
        assert len(files_at(str(api.service.uploads.locations.downloads))) == 1
        assert [each.id for each in ben.uploads()] == [second.id]
        ben.remove_upload(second.id)
        assert files_at(str(api.service.uploads.locations.downloads)) == []


def test_a_model_stays_while_a_run_waits_for_it(api: Api, tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", late=np.ones((12, 5)))
    with client_of(api, "ada") as ada:
        upload = ada.upload(tmp_path / "net.npz")
        made = ada.submit("pixels", benchmarks=["tiny"])
        mine = api.http.post(
            "/v1/submissions",
            json={"model": {"name": "mine", "source": upload.source}, "benchmarks": [NAMES[0]]},
            headers=api.token("ada"),
        ).json()
        with pytest.raises(RefusedByServiceError, match="wait for them, or cancel"):
            ada.remove_upload(upload.id)
        ada.cancel(mine["id"])
        ada.remove_upload(upload.id)
        assert not ada.submission(made.id).finished
        assert list((api.service.uploads.locations.downloads).glob("*upload*")) == []


def zipped(folder: Path, target: Path, *, without: str = "", **extra: bytes) -> Path:
    """A package with faults, as `dataset pack` would not write it."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != without} | extra
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, made in {"SHA256SUMS": sums.encode(), **files}.items():
            archive.writestr(name, made)
    return target


@pytest.mark.parametrize(
    ("without", "extra", "words"),
    [
        ("rdms.npz", {}, "has 1 fault .*rdms.npz: does not exist"),
        ("", {"im3.png": b"no image"}, "stimuli.csv, line 5: .* cannot be read as an image"),
        ("dataset.toml", {}, "fault.*dataset.toml"),
        ("", {"dataset.toml": DESCRIPTION.replace('"mine"', '"cichy2014"').encode()}, "is a study of brainrank"),
        ("", {"more.bin": bytes(2**21)}, "unpacks to more than 2,097,152 bytes; it says"),
        ("", {"notes.txt": b"mine"}, "1 file that nothing in it names, such as 'notes.txt'"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: str, extra: dict[str, bytes], words: str
) -> None:
    path = zipped(folder, tmp_path / "bad.zip", without=without, **extra)
    empty = tmp_path / "empty"  # the check unpacks to where it is
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(InvalidDataError, match=f"(?s){words}"):
        upload_check_process.CHECKS[UploadKind.PACKAGE](path, 2**21)


def test_a_package_with_faults_is_refused_and_forgotten(api: Api, folder: Path, tmp_path: Path) -> None:
    path = zipped(folder, tmp_path / "bad.zip", without="rdms.npz")
    with client_of(api, "ada") as ada:
        with pytest.raises(RefusedByServiceError, match="rdms.npz: does not exist") as refused:
            ada.upload(path)
        assert refused.value.problem.code == "invalid-data"
        assert str(api.service.uploads.locations.home) not in str(refused.value)
        assert list(ada.uploads()) == []
    assert list((api.service.uploads.locations.home / "uploads").iterdir()) == []


def test_a_package_that_takes_too_long_is_refused(api: Api, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_check, "PACKAGE_TIMEOUT_S", 0)
    with client_of(api, "ada") as ada, pytest.raises(RefusedByServiceError, match="took longer than"):
        ada.upload(packed)
    assert list((api.service.uploads.locations.home / "uploads").iterdir()) == []
