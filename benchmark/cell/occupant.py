"""One model's child process, watched: it answers, or it is ended with the reason why."""

import secrets
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from brainrank.benchmark.cell.cell_answers import error_of, printable, whole
from brainrank.benchmark.cell.cell_errors import CellLimitError, CellLostError, ModelCrashError
from brainrank.benchmark.cell.forkserver import ForkServer
from brainrank.benchmark.cell.frames import BrokenFrameError, Frame, FrameReader, send
from brainrank.benchmark.cell.limits import (
    MOST_THREADS,
    Limits,
    folder_bytes,
    out_of_memory_kills,
    together,
    usage,
    with_children,
)
from brainrank.benchmark.types.reporter import Reporter

TICK_S = 0.1
# The folder is looked into less often than the process: it may hold thousands of files.
DISK_EVERY_S = 1.0
MOST_MESSAGES = 500
MOST_COUNT = 2**53
MIB = 1024**2
GRACE_S = 2.0
REMEDY = "Submit a smaller model, or fewer or pooled layers"
T = TypeVar("T")


class Occupant:
    """A child of the fork server, begun by `order`, that lives in `folder`."""

    def __init__(
        self, server: ForkServer, order: Mapping[str, Any], limits: Limits, *, check: Callable[[], None]
    ) -> None:
        self._server, self._limits, self.folder = server, limits, Path(order["folder"])
        self._on_cpu = order["device"] == "cpu"
        self._peak_bytes, self._said, self._looked, self.is_gone = 0, 0, 0.0, False
        self._kills = out_of_memory_kills()
        self._connection, theirs = socket.socketpair()
        try:
            with theirs:
                begun = server.ask({"do": "begin", **order}, check=check, descriptor=theirs.fileno())
        except BaseException:
            self._connection.close()
            raise
        self.process = int(begun["process"])
        # What Python and its libraries take, of which most is the fork server's, too.
        begun_with = usage(self.process)
        self._libraries_bytes = 0 if begun_with is None else begun_with.memory_bytes

    def ask(
        self,
        order: Mapping[str, Any] | None,
        read: Callable[["Answer"], T],
        reporter: Reporter,
        *,
        check: Callable[[], None],
    ) -> T:
        """Ask for something (None: for what was to be done first), and read the answer; any error ends the child.

        Raises what `check` raises, the model's own error, CellLimitError, ModelCrashError and CellLostError.
        """
        try:
            if order is not None:
                send(self._connection, order)
            reader = FrameReader(self._connection, tick=lambda: self._watch(check), every_s=TICK_S)
            return read(Answer(self, reporter, reader))
        except (BrokenFrameError, OSError) as error:
            self._explain(error)
        except BaseException:
            self.end()
            raise

    def count_message(self) -> None:
        """Count a message. What is beyond reading is not handed on."""
        self._said += 1

    @property
    def may_speak(self) -> bool:
        """Whether its messages are still worth keeping."""
        return self._said < MOST_MESSAGES

    def end(self, *, grace_s: float = 0.0) -> Frame:
        """End the child, and remove its folder."""
        if self.is_gone:
            return {}
        self.is_gone = True
        self._connection.close()
        try:
            return self._server.ask({"do": "end", "grace_s": grace_s}, check=lambda: None)
        except BrokenFrameError:
            return {}  # with the server, its child is gone
        finally:
            remove_folder(self.folder)

    def out_of_memory(self, said: str) -> CellLimitError:
        """The error of a model for which there was not enough memory."""
        return CellLimitError(
            f"The model wanted more memory than the {self._limits.memory_bytes / MIB:,.0f} MiB that one may take here "
            f"({self._peak_bytes / MIB:,.0f} MiB were in use, {self._libraries_bytes / MIB:,.0f} of them by Python and "
            f"its libraries): {said}. {REMEDY}, or ask whoever runs the service for more (BRAINRANK_CELL_MEMORY)"
        )

    def out_of_disk(self) -> CellLimitError:
        """The error of a model that wrote too much."""
        return CellLimitError(
            f"The model wrote more than the {self._limits.disk_bytes / MIB:,.0f} MiB that one may take of the disk "
            f"here. {REMEDY}, or ask whoever runs the service for more (BRAINRANK_CELL_DISK)"
        )

    def _watch(self, check: Callable[[], None]) -> None:
        """What is done ten times a second while it works: look at the clock, at the lease, and at what it uses."""
        check()
        found = (usage(each) for each in self._processes())
        used = together(each for each in found if each is not None)
        self._peak_bytes = max(self._peak_bytes, used.memory_bytes)
        if used.memory_bytes > self._limits.memory_bytes + self._libraries_bytes:
            raise self.out_of_memory(f"it used {used.memory_bytes / MIB:,.0f} MiB")
        if used.threads > MOST_THREADS:
            raise CellLimitError(
                f"The model ran {used.threads:,} threads and processes, and {MOST_THREADS:,} are the most "
                "here. Submit one that needs fewer"
            )
        if time.monotonic() - self._looked > DISK_EVERY_S:
            written = folder_bytes(self.folder)
            if written is None or written > self._limits.disk_bytes:
                raise self.out_of_disk()
            self._looked = time.monotonic()

    def _processes(self) -> list[int]:
        return [self.process] if self._on_cpu else with_children(self.process)

    def _explain(self, error: Exception) -> NoReturn:
        """Raise what is behind an answer that broke off, or that was none."""
        ended = self.end(grace_s=GRACE_S)
        number = ended.get("signal")
        if not ended or not ended["by_itself"]:
            if not ended:
                raise CellLostError(
                    "The process that keeps models' processes is gone; the run is begun anew"
                ) from error
            raise ModelCrashError(
                f"The process of the model answered {error}, and was ended. A model that is read and run as others are "
                "does not do that; submit another"
            ) from error
        if number == signal.SIGKILL:
            if out_of_memory_kills() > self._kills:
                raise self.out_of_memory("the machine had no more, and its kernel ended the model")
            raise CellLostError("The process of the model was ended from outside; the run is begun anew") from error
        if number == signal.SIGXCPU:
            raise CellLimitError(
                f"The model took more than the {self._limits.cpu_s:,} seconds of processors that one may take here. "
                f"{REMEDY}, or ask whoever runs the service for a longer limit (BRAINRANK_RUN_LIMIT_S)"
            ) from error
        how = f"by {signal.Signals(number).name}" if number is not None else "by itself"
        raise ModelCrashError(
            f"The process of the model ended {how}, at {self._peak_bytes / MIB:,.0f} MiB of memory. That is a "
            "fault in a library, which this model brings about; export it another way, or submit another"
        ) from error


class Answer:
    """An answer as it comes in: messages and progress reach the reporter, an error is raised."""

    def __init__(self, occupant: Occupant, reporter: Reporter, reader: FrameReader) -> None:
        self._occupant, self._reporter, self.reader = occupant, reporter, reader

    def frame(self) -> Frame:
        """The next frame that is neither message nor progress. Raises BrokenFrameError, and the model's own error."""
        while True:
            found = self.reader.frame()
            if found is None:
                raise BrokenFrameError("nothing more")
            if "message" in found:
                self._occupant.count_message()
                if self._occupant.may_speak:
                    self._reporter.message(self._clean(found["message"]))
            elif "progress" in found:
                self._progress(found["progress"])
            elif "error" in found:
                self._raise(found["error"])
            else:
                return found

    def _progress(self, said: object) -> None:
        if not isinstance(said, list) or len(said) != 3:
            raise BrokenFrameError("progress that is none")
        stage, done, total = said
        self._reporter.progress(printable(stage, most=100), whole(done, most=MOST_COUNT), whole(total, most=MOST_COUNT))

    def _raise(self, said: object) -> NoReturn:
        if not isinstance(said, dict):
            raise BrokenFrameError("an error that is none")
        error = error_of({**said, "text": self._clean(said.get("text"))})
        if said.get("memory") is True:
            raise self._occupant.out_of_memory(str(error)) from error
        if said.get("disk") is True:
            raise self._occupant.out_of_disk() from error
        raise error

    def _clean(self, text: object) -> str:
        """Without the address of a folder that nobody else ever sees."""
        return printable(text).replace(f"{self._occupant.folder}/", "")


def remove_folder(folder: Path) -> None:
    """Remove a folder whatever is in it: depth takes no stack, and no name a path that is too long."""
    while folder.is_dir():
        inside = list(folder.iterdir())
        if not inside:
            folder.rmdir()
        for each in inside:
            if each.is_symlink() or not each.is_dir():
                each.unlink()
                continue
            each.chmod(0o700)
            for inner in each.iterdir():
                if inner.is_dir() and not inner.is_symlink():
                    inner.chmod(0o700)  # to be moved, a folder is written to
                inner.rename(folder / f"remove-{secrets.token_hex(8)}")
            each.rmdir()
