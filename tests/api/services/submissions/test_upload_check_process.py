"""What reads a stranger's file in the process for it: each kind good and bad, the reason without our paths."""

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import stranger_files as files
from tiny_package import BENCHMARK, tiny_package

from brainrank.api.services.submissions import upload_check_process
from brainrank.api.services.submissions.packages import pack
from brainrank.api.services.submissions.upload_check import REJECTED, UploadKind
from brainrank.api.services.submissions.upload_check_process import CHECKS, read_packed
from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent

MOST = 10**8
ONE_MODEL = b"subj,imagename,object_response,category\nnet,a.png,cat,cat\nnet,b.png,dog,cat\n"
GOOD: dict[UploadKind, Callable[[], bytes]] = {
    UploadKind.SAFETENSORS: files.safetensors,
    UploadKind.ONNX: lambda: files.serialised(files.convolution()),
    UploadKind.NPZ: lambda: files.npz(layer=np.ones((3, 2))),
    UploadKind.NPY: lambda: files.npy(np.ones((3, 2))),
    UploadKind.TRIALS: lambda: ONE_MODEL,
}


def test_every_kind_has_a_reader() -> None:
    assert set(CHECKS) == set(UploadKind) == {*GOOD, UploadKind.PACKAGE}


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_of_its_kind_is_good_and_words_are_not(kind: UploadKind, tmp_path: Path) -> None:
    path = tmp_path / f"1.{kind}"
    path.write_bytes(GOOD[kind]())
    assert CHECKS[kind](path, MOST) is None
    path.write_bytes(b"these are words, and nothing else")
    with pytest.raises(BrainrankError):
        CHECKS[kind](path, MOST)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        (UploadKind.NPZ, files.npz(), "holds no array"),
        (UploadKind.TRIALS, ONE_MODEL + b"other,a.png,cat,cat\n", "trials of net, other; give those of one model"),
        (UploadKind.NPY, files.npy(np.array([{}]), pickled=True), "objects|pickle"),
    ],
)
def test_what_no_model_is_made_of_is_refused(kind: UploadKind, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / f"1.{kind}"
    path.write_bytes(content)
    with pytest.raises(InvalidDataError, match=message):
        CHECKS[kind](path, MOST)


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Path]:
    """An archive of the package with other files beside, in an empty working folder."""

    def made(beside: dict[str, str]) -> Path:
        folder, work = tmp_path / "package", tmp_path / "work"
        for each in (folder, work):
            each.mkdir()
        tiny_package(folder)
        for name, content in beside.items():
            (folder / name).write_text(content)
        monkeypatch.chdir(work)
        return pack(folder, tmp_path / "1.zip", Silent())

    return made


def test_a_package_says_what_it_declares(packed: Callable[[dict[str, str]], Path]) -> None:
    told = json.loads(read_packed(packed({}), MOST))
    assert (told["name"], [f"mine.{each['region']}.{each['metric']}" for each in told["benchmarks"]]) == (
        "mine",
        [BENCHMARK],
    )


def test_a_package_too_large_is_refused(packed: Callable[[dict[str, str]], Path]) -> None:
    with pytest.raises(InvalidDataError):
        read_packed(packed({}), 100)


@pytest.mark.parametrize("good", [True, False])
def test_the_process_ends_with_what_was_found_and_names_no_path_of_ours(
    good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bounds: list[tuple[int, int]] = []
    monkeypatch.setattr(upload_check_process, "_limit_process", lambda *given: bounds.append(given))
    path = tmp_path / "1.csv"
    path.write_bytes(ONE_MODEL if good else b"a,b\n1,2\n")
    code = upload_check_process._main("csv", str(path), str(MOST), "7")
    told = capsys.readouterr().out
    assert (code, told == "") == ((0, True) if good else (REJECTED, False))
    assert str(tmp_path) not in told
    assert bounds == [(path.stat().st_size, 7)]


def test_a_process_is_bounded_by_the_size_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda which, value: lowered.update({which: value}))
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    monkeypatch.setattr(upload_check_process.sys, "platform", "elsewhere")  # this process outlives its parent
    upload_check_process._limit_process(1000, 7)
    most = upload_check_process.LIBRARIES_BYTES + 1000 * upload_check_process.COPIES
    assert lowered == {
        resource.RLIMIT_AS: (most, most), resource.RLIMIT_CPU: (7, 7), resource.RLIMIT_CORE: (0, 0)
    }  # fmt: skip
