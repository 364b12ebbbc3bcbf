"""A model's process that does its worst costs its own run: it is ended in seconds, and nothing it says is believed."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import hostile
import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.cell_errors import CellFaultError, CellLimitError, CellLostError, ModelCrashError
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent

LIMITS = Limits(memory_bytes=2**30, disk_bytes=64 * 2**20, cpu_s=600)
ENDED_WITHIN_S = 5.0


class Messages(Silent):
    """A Reporter that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def message(self, text: str) -> None:
        self.heard.append(text)

    def progress(self, stage: str, done: int, total: int) -> None:
        self.heard.append(f"{stage} {done} {total}")


class StopError(Exception):
    """What a keeper raises to end the work."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def cell(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", hostile.installed(tmp_path_factory.mktemp("site")))
    made = Cell(Locations(home), device="cpu", limits=LIMITS)
    made.start()
    patch.undo()
    made.wait_until_ready()
    yield made
    made.close()


@pytest.fixture(scope="module")
def attempt(cell: Cell, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Messages]:
    folder = tmp_path_factory.mktemp("images")
    catalogue = tiny_catalogue(folder)
    benchmark = catalogue.benchmark(NAMES[0])
    file = tmp_path_factory.mktemp("models") / "net.onnx"
    file.write_bytes(b"no graph")

    def go(deed: str, check: Callable[[], None] = lambda: None) -> Messages:
        messages = Messages()
        region = catalogue.load(benchmark, Locations(home), messages)
        spec = ModelSpec(deed, "hostile", f"onnx:{file}", file_sha256=hostile.DIGEST)
        try:
            run(
                spec,
                benchmark,
                region,
                locations=Locations(home),
                device="cpu",
                reporter=messages,
                resolve=partial(cell.model, region=region, check=check),
            )
        finally:
            cell.leave()
            assert list((home / "cells").iterdir()) == []
            assert not list((home / "activations").rglob("*.npz"))
        return messages

    return go


@pytest.mark.parametrize("deed", ["loop", "sleep", "chatter"])  # the last never falls silent
def test_it_is_ended_within_seconds_whatever_it_does(attempt: Callable[..., Messages], deed: str) -> None:
    begun, asked = list[float](), list[float]()

    def check() -> None:
        begun.append(time.monotonic())
        if time.monotonic() - begun[0] > 1:
            asked.append(time.monotonic())
            raise StopError

    with pytest.raises(StopError):
        attempt(deed, check)
    assert time.monotonic() - asked[0] < ENDED_WITHIN_S


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("threads", "1,024 are the most"),
        ("disk", "more than the 64 MiB that one may take of the disk"),
        ("one file", "more than the 64 MiB that one may take of the disk"),
        ("many files", "more than the 64 MiB that one may take of the disk"),
        ("raises memory", "more memory than the 1,024 MiB that one may take here"),
        ("cpu", "more than the 600 seconds of processors"),
    ],
)
def test_a_limit_is_told_with_its_value_and_a_remedy(attempt: Callable[..., Messages], deed: str, words: str) -> None:
    with pytest.raises(CellLimitError, match=words) as error:
        attempt(deed)
    assert "Submit " in str(error.value)


def test_memory_is_refused_beyond_the_limit_and_what_holds_on_to_it_can_be_stopped(
    attempt: Callable[..., Messages], cell: Cell
) -> None:
    most, begun = [0], list[float]()

    def check() -> None:
        begun.append(time.monotonic())
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            if f"PPid:\t{cell._server._process.pid}\n" in text:  # type: ignore[union-attr]
                most.append(int(text.split("VmRSS:")[1].split()[0]) * 1024 if "VmRSS:" in text else 0)
        if time.monotonic() - begun[0] > 3:
            raise StopError

    with pytest.raises((StopError, CellLimitError)):
        attempt("memory", check)
    assert 0 < max(most) < 2 * LIMITS.memory_bytes + 2**30


@pytest.mark.parametrize(
    ("deed", "words"),
    [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("leave", "ended by itself"), ("deep", "ended by itself")],
)
def test_a_crash_is_the_models(attempt: Callable[..., Messages], deed: str, words: str) -> None:
    with pytest.raises(ModelCrashError, match=words):
        attempt(deed)


def test_one_that_is_killed_from_outside_is_lost_and_nothing_is_held_against_the_model(
    attempt: Callable[..., Messages],
) -> None:
    with pytest.raises(CellLostError, match="ended from outside"):
        attempt("killed")


@pytest.mark.parametrize(
    "deed",
    [
        *("no frame", "endless frame", "no json", "NaN", "nested", "list", "nothing resolved", "strange layers"),
        *("strange preprocessing", "another model", "strange error", "negative progress", "NaN Gram matrix"),
        *("another layer", "another device", "other layers", "choices", "nothing"),
    ],
)
def test_what_is_no_answer_is_not_believed(
    attempt: Callable[..., Messages], deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of these ends by itself, however long one waits for it."""
    monkeypatch.setattr("brainrank.benchmark.cell.occupant.GRACE_S", 0.2)
    with pytest.raises(ModelCrashError):
        attempt(deed)


def test_its_words_are_text_and_nothing_else(attempt: Callable[..., Messages]) -> None:
    with pytest.raises(UserError, match="^no\N{REPLACEMENT CHARACTER} good \N{REPLACEMENT CHARACTER}.31m$"):
        attempt("plain error")
    with pytest.raises(CellFaultError, match="SystemExit") as error:
        attempt("unforeseen error")
    assert "line 1" in str(error.value.__cause__)


def test_with_its_keeper_it_is_gone(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fork server that loses its keeper ends what it began; a lost fork server takes its child with it."""
    monkeypatch.setenv("PYTHONPATH", hostile.installed(tmp_path))
    catalogue = tiny_catalogue(tmp_path)
    benchmark = catalogue.benchmark(NAMES[0])
    file = tmp_path / "net.onnx"
    file.write_bytes(b"no graph")
    cell = Cell(Locations(home), device="cpu", limits=LIMITS)
    region = catalogue.load(benchmark, Locations(home), Messages())
    killed = threading.Event()

    def check() -> None:
        server = cell._server._process
        assert server is not None
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        if children and not killed.is_set():
            os.kill(server.pid, signal.SIGKILL)
            killed.set()
            gone.extend(int(each) for each in children)

    gone = list[int]()
    with pytest.raises(CellLostError):
        cell.model(
            ModelSpec("loop", "hostile", f"onnx:{file}"), Locations(home), Messages(), region=region, check=check
        )
    deadline = time.monotonic() + ENDED_WITHIN_S
    while any(Path(f"/proc/{each}/exe").exists() for each in gone) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone
    assert not any(Path(f"/proc/{each}/exe").exists() for each in gone)
    cell.close()
