"""A model's process gone over to the enemy: hostile Python in place of the loader, chosen by the name of the model.

`installed` makes a folder whose `sitecustomize` puts it there, in processes that find the folder in PYTHONPATH.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brainrank.benchmark.cell.frames import LENGTH, send
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing

SITE = "import brainrank.models_zoo.load as load\nimport hostile\nload.resolve = hostile.resolve\n"
DIGEST = "0" * 64
RESOLVED = {
    "weights_digest": DIGEST,
    "network": {"name": "hostile", "arguments": {}, "packages": []},
    "preprocessing": {"size": [8, 8]},
    "layers": ["a"],
}
N = 12


def installed(folder: Path) -> str:
    """PYTHONPATH with hostile Python in it."""
    (folder / "sitecustomize.py").write_text(SITE)
    return os.pathsep.join([str(folder), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])


def resolve(spec: ModelSpec, _locations: object, reporter: Any) -> Any:
    """Do what the model's name says."""
    deeds[spec.name](reporter._connection)
    time.sleep(3600)


def loop(_connection: socket.socket) -> None:
    """Compute for ever, deaf to whatever asks politely."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    while True:
        pass


def threads(_connection: socket.socket) -> None:
    threading.stack_size(64 * 1024)
    for _ in range(1200):
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()


def disk(_connection: socket.socket) -> None:
    """Fill the disk by files each of which is allowed."""
    number = 0
    while True:
        Path(f"file{number}").write_bytes(b"x" * 2**20)
        number += 1


def one_file(_connection: socket.socket) -> None:
    with Path("file").open("wb") as file:
        while True:
            file.write(b"x" * 2**20)


def many_files(_connection: socket.socket) -> None:
    number = 0
    while True:
        Path(f"file{number}").touch()
        number += 1


def deep(_connection: socket.socket) -> None:
    """Folders in folders, shut to their owner, then nothing more."""
    for _ in range(1500):
        Path("d").mkdir()
        os.chdir("d")
    Path("shut").mkdir(mode=0)
    os._exit(0)


def memory(_connection: socket.socket) -> None:
    """Take memory page by page until there is no more, and hold on to it."""
    held = []
    while True:
        try:
            held.append(np.ones(2**20))
        except MemoryError:
            time.sleep(0.01)


def raises_memory(_connection: socket.socket) -> None:
    np.ones(2**40)


def die(number: int) -> Callable[[socket.socket], None]:
    def deed(_connection: socket.socket) -> None:
        os.kill(os.getpid(), number)

    return deed


def leave(_connection: socket.socket) -> None:
    os._exit(3)


def answer(*frames: Mapping[str, Any]) -> Callable[[socket.socket], None]:
    def deed(connection: socket.socket) -> None:
        for frame in frames:
            send(connection, frame)

    return deed


def raw(content: bytes) -> Callable[[socket.socket], None]:
    def deed(connection: socket.socket) -> None:
        connection.sendall(content)

    return deed


def chatter(connection: socket.socket) -> None:
    for number in range(10_000_000):
        send(connection, {"message": f"{number} \0 \x1b[2J {'x' * 10_000}"})


def evidence(content: str, *frames: Mapping[str, Any], **about: Any) -> Callable[[socket.socket], None]:
    """Answer as a model that resolved well, then with this evidence."""

    def deed(connection: socket.socket) -> None:
        send(connection, {"resolved": RESOLVED})
        said = {"layers": ["a"], "device": "cpu", "readout": "", **about}
        send(connection, {"evidence": said, "content": content, **(frames[0] if content == "choices" else {})})
        if content == "layers":
            for frame in frames:
                send(connection, frame)
            connection.sendall(b"\xff" * 8 * (N * N + 4 * N))

    return deed


GRAM = {"layer": "a", "n_features": 3, "mean": (0.5).hex()}
ERROR = {
    "kind": "UserError",
    "text": "no\0 good \x1b[31m",
    "memory": False,
    "disk": False,
    "causes": [],
    "traceback": "",
}
deeds: Mapping[str, Callable[[socket.socket], None]] = {
    "loop": loop,
    "sleep": lambda _connection: None,
    "threads": threads,
    "disk": disk,
    "one file": one_file,
    "many files": many_files,
    "deep": deep,
    "memory": memory,
    "raises memory": raises_memory,
    "segfault": die(signal.SIGSEGV),
    "abort": die(signal.SIGABRT),
    "killed": die(signal.SIGKILL),
    "cpu": die(signal.SIGXCPU),
    "leave": leave,
    "chatter": chatter,
    "no frame": raw(b"GET / HTTP/1.1\r\n\r\n"),
    "endless frame": raw(LENGTH.pack(2**32 - 1)),
    "no json": raw(LENGTH.pack(3) + b"{{{"),
    "NaN": raw(LENGTH.pack(9) + b'{"a":NaN}'),
    "nested": raw(LENGTH.pack(200_000) + b"[" * 200_000),
    "list": raw(LENGTH.pack(2) + b"[]"),
    "nothing resolved": answer({"resolved": None}),
    "strange layers": answer({"resolved": {**RESOLVED, "layers": [["a"]]}}),
    "strange preprocessing": answer({"resolved": {**RESOLVED, "preprocessing": {"rm": "-rf"}}}),
    "another model": answer({"resolved": {**RESOLVED, "weights_digest": "1" * 64}}),
    "strange error": answer({"error": [1]}),
    "plain error": answer({"error": ERROR}),
    "unforeseen error": answer({"error": {**ERROR, "kind": "SystemExit", "traceback": "Traceback: line 1"}}),
    "negative progress": answer({"progress": ["extracting", -1, 2]}),
    "NaN Gram matrix": evidence("layers", GRAM),
    "another layer": evidence("layers", {**GRAM, "layer": "b"}),
    "another device": evidence("layers", GRAM, device="cuda"),
    "other layers": evidence("layers", GRAM, layers=["a", "b"]),
    "choices": evidence("choices", {"choices": {"stimulus_ids": [], "categories": []}}),
    "nothing": evidence("nothing"),
}
assert Preprocessing(size=(8, 8))
