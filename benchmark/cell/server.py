"""The fork server: a process that has imported what models need, knows no secret, and forks a child for each model.

It works in one thread (libraries may have idle ones) and runs no model, so that it always answers. The fork server of
multiprocessing could not be shut in, and takes its orders as pickles.
`python -m brainrank.benchmark.cell.server DESCRIPTOR`, its orders come in there.
"""

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from brainrank.benchmark.cell.frames import BrokenFrameError, FrameReader, send

# What a model's first run would wait for.
IMPORTED = (
    "brainrank.benchmark.cell.child",
    "brainrank.benchmark.activations.extract",
    "brainrank.benchmark.activations.obtain",
    "brainrank.benchmark.activations.batch_size",
    "brainrank.benchmark.activations.gram",
    "brainrank.benchmark.scoring.choices",
    "brainrank.models_zoo.loaders.file",
    "brainrank.models_zoo.loaders.features",
    "brainrank.models_zoo.loaders.onnx",
    "brainrank.models_zoo.loaders.timm",
    "brainrank.models_zoo.loaders.torchvision",
    "brainrank.models_zoo.loaders.trials",
    "onnxruntime",
    "sklearn.linear_model",
)
PR_SET_CHILD_SUBREAPER = 36
LOOKED_EVERY_S = 0.01
NEVER_S = 3600.0


def main() -> None:
    """Serve orders until the keeper is gone; then nothing that was begun here is left."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the keeper's; it ends what has to end
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)
    for name in IMPORTED:
        with suppress(ImportError):  # what needs a package that is not here says so when it is used
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that a child's collections copy no pages of what all have in common
    reader, child = FrameReader(orders, every_s=NEVER_S), None
    send(orders, {"ready": True})
    try:
        while (order := reader.frame()) is not None:
            if order["do"] == "device":
                send(orders, _device(order["requested"]))
            elif order["do"] == "begin":
                child = _begin(orders, order)
                send(orders, {"process": child})
            elif child is not None:
                ended, child = child, None
                send(orders, _end(ended, grace_s=order["grace_s"]))
    finally:
        if child is not None:
            _end(child, grace_s=0)


def _begin(orders: socket.socket, order: Mapping[str, Any]) -> int:
    """Fork a child that lives on the socket that comes with the order."""
    _, descriptors, _, _ = socket.recv_fds(orders, 1, 1)
    process = os.fork()
    if process:
        os.close(descriptors[0])
        return process
    code = 1
    try:
        _keep_only(descriptors[0])
        from brainrank.benchmark.cell.child import live

        live(socket.socket(fileno=descriptors[0]), order)
        code = 0
    except (BrokenPipeError, ConnectionResetError, BrokenFrameError):
        pass  # the keeper has closed the connection: there is nobody left to tell
    finally:
        os._exit(code)


def _keep_only(descriptor: int) -> None:
    """Close all descriptors but one; what is printed goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for each in range(3):
        os.dup2(nowhere, each)
    for each in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if each > 2 and each != descriptor:
            with suppress(OSError):
                os.close(each)


def _end(process: int, *, grace_s: float) -> dict[str, Any]:
    """End a child and all that came of it; how it ended, and what it took. One that is about to has a moment."""
    deadline = time.monotonic() + grace_s
    by_itself, status, used = os.wait4(process, os.WNOHANG)
    while not by_itself and time.monotonic() < deadline:
        time.sleep(LOOKED_EVERY_S)
        by_itself, status, used = os.wait4(process, os.WNOHANG)
    if not by_itself:
        os.kill(process, signal.SIGKILL)
        _, status, used = os.wait4(process, 0)
    _end_orphans()
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return {"by_itself": bool(by_itself), "signal": killed, "memory_bytes": used.ru_maxrss * 1024}


def _end_orphans() -> None:
    """End what a child left: its children are this process's now."""
    while True:
        try:
            left = [int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
        except OSError:
            left = []
        for each in left:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        try:
            os.waitpid(-1, 0 if left else os.WNOHANG)
        except ChildProcessError:
            return
        if not left:
            return


def _device(requested: str) -> dict[str, Any]:
    """Which device is meant. Another process looks: a GPU once looked at is of no use to those forked later."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if not process:
        from brainrank.benchmark.activations.computing import device_name
        from brainrank.benchmark.activations.extract import choose_device
        from brainrank.benchmark.cell.child import error_fields

        try:
            send(theirs, {"device": device_name(choose_device(requested))})
        except Exception as error:  # noqa: BLE001 the keeper tells it
            send(theirs, {"error": error_fields(error)})
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        found = FrameReader(ours, every_s=NEVER_S).frame()
    os.waitpid(process, 0)
    return dict(found or {"device": "cpu"})


if __name__ == "__main__":
    main()
