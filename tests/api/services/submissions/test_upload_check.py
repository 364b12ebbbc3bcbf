"""The process that reads a stranger's file: bounded, knowing nothing, and gone with whoever waits for it."""

import json
import os
import sys
import time
from pathlib import Path

import anyio
import pytest
import stranger_files as files

from brainrank.api.services.submissions import upload_check
from brainrank.api.services.submissions.upload_check import UploadKind, check
from brainrank.benchmark.types.errors import InvalidDataError

LIMIT = 10**8


def written(data: bytes, folder: Path, suffix: str) -> Path:
    (folder / f"1.{suffix}").write_bytes(data)
    return folder / f"1.{suffix}"


def run(kind: UploadKind, path: Path) -> str:
    async def once() -> str:
        return await check(kind, path, most_bytes=LIMIT)

    return anyio.run(once)


def readers() -> list[int]:
    """The processes that check a file of this test's process."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            command = (each / "cmdline").read_bytes()
            parent = int((each / "stat").read_text().rpartition(") ")[2].split()[1])
        except (OSError, ValueError):
            continue
        if b"upload_check_process" in command and parent == os.getpid():
            found.append(int(each.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_whoever_stops_waiting_ends_the_process(tmp_path: Path) -> None:
    path = written(files.serialised(files.convolution()), tmp_path, "onnx")

    async def stop_soon() -> float:
        with anyio.move_on_after(30) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_check, path)
                while not readers():
                    await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()
        assert not scope.cancelled_caught
        return time.monotonic()

    stopped = anyio.run(stop_soon)
    assert readers() == []
    assert time.monotonic() - stopped < 5
    assert [each.name for each in tmp_path.iterdir()] == ["1.onnx"], "what it unpacked is gone, too"


async def _check(path: Path) -> None:
    await check(UploadKind.ONNX, path, most_bytes=LIMIT)


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(upload_check, "FILE_TIMEOUT_S", 0)
    with pytest.raises(InvalidDataError, match="longer than 0 s"):
        run(UploadKind.TRIALS, written(b"x", tmp_path, "csv"))
    assert [each.name for each in tmp_path.iterdir()] == ["1.csv"]


PROBE = """
import json, os, resource, sys
from brainrank.api.services.submissions import upload_check_process
def told(path, most):
    limits = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("AS", "CPU", "CORE")]
    return json.dumps([dict(os.environ), os.getcwd(), os.listdir(), os.nice(0), limits])
upload_check_process.CHECKS = {kind: told for kind in upload_check_process.CHECKS}
sys.exit(upload_check_process._main(*sys.argv[1:]))
"""


def test_the_process_knows_no_secret_and_is_in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The module is replaced by one that tells what it sees."""
    monkeypatch.setenv("BRAINRANK_DATABASE_URL", "postgresql://user:secret@host/base")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    (tmp_path / "probe.py").write_text(PROBE)
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nshift 3\nexec {sys.executable} {tmp_path / "probe.py"} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(upload_check.sys, "executable", str(program))
    (tmp_path / "uploads").mkdir()
    told = run(UploadKind.NPY, written(b"x" * 1000, tmp_path / "uploads", "npy"))
    environment, folder, listed, niceness, (memory, seconds, core) = json.loads(told)
    assert "secret" not in json.dumps(environment)
    assert environment["HOME"] == folder
    assert Path(folder).parent == tmp_path / "uploads"
    assert (listed, niceness, seconds, core) == ([], min(19, os.nice(0) + 10), 120, 0)
    assert memory == 4 * 2**30 + 4 * 1000
    assert [each.name for each in (tmp_path / "uploads").iterdir()] == ["1.npy"]


def weight(count: int) -> dict[str, object]:
    """A tensor that says so of its shape, and that it has 8 bytes."""
    return {"dtype": "F32", "shape": [count], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("npy", files.npy_claiming("(12345678901,)", data=bytes(64)), "claims 98,765,431,208 bytes"),
        ("npz", files.zipped({"late.npy": bytes(2**27)}), "unpacks to more than"),
        ("safetensors", (2**60).to_bytes(8, "little") + bytes(100), "its header claims"),
        ("safetensors", files.safetensors_claiming({"w": weight(10**9)}, bytes(8)), "damaged"),
        ("safetensors", files.safetensors_claiming({"w": weight(2)}, bytes(80)), "damaged"),
        ("safetensors", files.safetensors_claiming({}, b""), "holds no tensor"),
        ("safetensors", b"\x40\x9c\0\0\0\0\0\0" + b"[" * 40_000, "damaged"),
        ("csv", b"a," * 12_000 + b"\n", "a row of 12,001 columns"),
        ("onnx", files.serialised(files.graph(metadata={"preprocessing": '{"size": [20000, 20000]}'})), "1 to 2048"),
        ("zip", b"nothing", "no zip archive"),
    ],
)  # fmt: skip
def test_what_claims_more_than_it_holds_is_refused_by_its_process(
    kind: str, data: bytes, words: str, tmp_path: Path
) -> None:
    path = written(data, tmp_path, kind)
    with pytest.raises(InvalidDataError, match=words) as refused:
        run(UploadKind(kind), path)
    assert str(tmp_path) not in str(refused.value)
