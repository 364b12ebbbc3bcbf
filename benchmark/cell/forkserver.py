"""The fork server as its keeper sees it: started without a secret, told to begin and to end children."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from brainrank.benchmark.cell.frames import BrokenFrameError, Frame, FrameReader, send

# What of the environment a model's process needs: where Python, libraries and caches are, and how many threads there
# are to be. No address of a database, no token, nothing of BRAINRANK_.
INHERITED = ("PATH", "LANG", "TZ", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV")
INHERITED_STARTS = ("LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "KMP_", "CUDA_", "NVIDIA_", "CUBLAS_", "TORCH_")
CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE", "XDG_CACHE_HOME")
# What fetching weights needs beside it. It is given to the process that fetches, which runs nothing of them.
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
FOR_FETCHING = (
    *("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
    *(each for name in PROXIES for each in (name, name.upper())),
)
STARTS_WITHIN_S = 300.0
ANSWERS_WITHIN_S = 3.0
TICK_S = 0.1


class ForkServer:
    """One fork server, which has one child at a time; started when it is first needed, and again should it be lost."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._ready = False

    def start(self) -> None:
        """Start it if there is none; it need not be waited for."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "brainrank.benchmark.cell.server", str(theirs.fileno())],
                    env=environment(),
                    cwd=self._folder,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._orders, self._ready = ours, False

    def ask(self, order: Frame, *, check: Callable[[], None], descriptor: int | None = None) -> Frame:
        """Give an order, and return what is answered; `check` may end the wait by raising.

        Raises BrokenFrameError when there is no answer.
        """
        with self._lock:
            self.start()
            assert self._orders is not None
            if not self._ready:
                self._heard(self._orders, check, STARTS_WITHIN_S)
                self._ready = True
            try:
                send(self._orders, order)
                if descriptor is not None:
                    socket.send_fds(self._orders, [b"."], [descriptor])
            except OSError as error:
                self.close()
                raise BrokenFrameError("the fork server is gone") from error
            return self._heard(self._orders, check, ANSWERS_WITHIN_S)

    def _heard(self, orders: socket.socket, check: Callable[[], None], within_s: float) -> Frame:
        deadline = time.monotonic() + within_s

        def tick() -> None:
            check()
            if time.monotonic() > deadline:
                raise BrokenFrameError("the fork server does not answer")

        try:
            found = FrameReader(orders, tick=tick, every_s=TICK_S).frame()
        except BaseException:
            if self._ready:
                self.close()  # an answer that comes later would be taken for that to the next order
            raise
        if found is None:
            self.close()
            raise BrokenFrameError("the fork server is gone")
        return found

    def close(self) -> None:
        """End it, and with it its child."""
        with self._lock:
            if self._orders is not None:
                self._orders.close()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                self._process = None


def environment() -> dict[str, str]:
    """The environment of the fork server."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name in CACHES or name.startswith(INHERITED_STARTS)
    }
    if "PYTHONPATH" in inherited:  # it starts in a folder of its own
        parts = inherited["PYTHONPATH"].split(os.pathsep)
        inherited["PYTHONPATH"] = os.pathsep.join(str(Path(each).absolute()) for each in parts if each)
    # onnxruntime's packages report their use to their maker unless told not to.
    return {**inherited, "ORT_DISABLE_TELEMETRY": "1"}


def fetching_environment() -> dict[str, str]:
    """What a process that fetches weights is told beside it."""
    return {name: os.environ[name] for name in FOR_FETCHING if name in os.environ}
