"""What is shut in gets at nothing: every file it can name, every way out that is known."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import break_out
import decode_inside
import pytest

from brainrank.benchmark.cell import enclosure, landlock, seccomp
from brainrank.benchmark.cell.enclosure import enclose, missing
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.cell.seccomp import ALLOW, ERRNO, PROCESSORS, instructions

DECODED_WITHIN_S = 300.0


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How each attempt went; skipped where the kernel cannot refuse them."""
    if missing():
        pytest.skip(f"on this machine cells go without: {'; '.join(missing())}")
    own, others = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("others")
    for name in ("secret", "brainrank.db", "local-token", "uploads/1.partial", "downloads/abc-upload.onnx"):
        path = others / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("secret")
    told = subprocess.run(
        [sys.executable, break_out.__file__, str(own), str(others)], check=True, capture_output=True, text=True
    )
    assert {path.read_text() for path in others.rglob("*") if path.is_file()} == {"secret"}
    assert len(list(others.rglob("*"))) == 7
    return dict(json.loads(told.stdout))


def test_nothing_of_others_is_had(found: dict[str, str]) -> None:
    assert [name for name, how in found.items() if how == break_out.GOT and not name.startswith("may ")] == []
    assert sum(name.startswith("read ") for name in found) >= 10


def test_what_a_model_needs_goes_on(found: dict[str, str]) -> None:
    assert {how for name, how in found.items() if name.startswith("may ")} == {break_out.GOT}


def test_threads_that_decode_images_beside_a_gpu_work_inside_however_deep_the_folder(tmp_path: Path) -> None:
    """And there, too, is no network; threads can be named, without which CUDA finds no GPU."""
    images, own = tmp_path / "images", tmp_path / ("deep" * 20)
    images.mkdir()
    own.mkdir()
    told = decoded(own, images)
    assert told.stdout == f"['cuda-EvtHandlr'] [5, 5, 2] {not seccomp.is_there()}"


def decoded(own: Path, images: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, decode_inside.__file__, str(own), str(images)],
        check=False,
        capture_output=True,
        text=True,
        timeout=DECODED_WITHIN_S,
    )


def test_a_process_of_several_threads_cannot_be_shut_in(tmp_path: Path) -> None:
    """The other threads would stay outside. Nothing happens to this process: it is refused first."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with pytest.raises(RuntimeError, match="one too many"):
            enclose(tmp_path, Limits(1, 1, 1), readable=[], writable=[], network=False, on_cpu=True)
    finally:
        done.set()
        other.join()
    assert Path.cwd() != tmp_path


def test_what_is_not_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "is_there", lambda: False)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    without = enclosure.missing()
    assert "Linux 5.13" in without[0]
    assert "seccomp" in without[1]
    assert "reach the network" in without[1]
    monkeypatch.setattr(landlock, "version", lambda: 2)
    assert "cut short" in enclosure.missing()[0]
    monkeypatch.setattr(seccomp, "is_there", lambda: True)
    monkeypatch.setattr(landlock, "version", lambda: 7)
    assert enclosure.missing() == ()


@pytest.mark.parametrize("name", list(PROCESSORS))
@pytest.mark.parametrize("beside_gpu", [True, False])
@pytest.mark.parametrize("with_network", [True, False])
def test_the_filter_refuses_each_call_of_its_table_and_allows_the_rest(
    name: str, beside_gpu: bool, with_network: bool
) -> None:
    processor, process = PROCESSORS[name], os.getpid()
    program = list(instructions(processor, process, beside_gpu=beside_gpu, with_network=with_network))

    def verdict(call: int, argument: int = 0, audit: int = processor.audit) -> int:
        return run_filter(program, {0: call, 4: audit, 16: argument})

    refused = {each for each, number in processor.calls.items() if verdict(number, 99) != ALLOW}
    allowed = set(processor.calls) - refused
    opened = {"clone3", *seccomp.BESIDE_GPU} if beside_gpu else set()
    opened |= set(seccomp.OF_FETCHING) if with_network else set()
    assert allowed == opened & set(processor.calls)
    assert verdict(0) == verdict(400) == ALLOW
    assert verdict(0, audit=1) == verdict(2**30) == ERRNO | seccomp.EPERM
    assert verdict(processor.calls["kill"], process) == verdict(processor.calls["prlimit64"], process) == ALLOW
    assert verdict(processor.calls["clone"], seccomp.CLONE_THREAD) == ALLOW
    if not with_network:
        talks = verdict(processor.calls["socket"], seccomp.AF_UNIX) == ALLOW
        assert talks == beside_gpu


def run_filter(program: list[bytes], data: dict[int, int]) -> int:
    """A reading of the kernel's documentation of classic BPF, as far as these filters use it."""
    place, value = 0, 0
    while True:
        code, then, otherwise = int.from_bytes(program[place][:2], sys.byteorder), *program[place][2:4]
        constant = int.from_bytes(program[place][4:], sys.byteorder)
        place += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            value = data[constant] & 0xFFFFFFFF
            continue
        holds = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[code]
        place += then if holds else otherwise
