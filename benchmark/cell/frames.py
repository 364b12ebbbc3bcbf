"""Frames: JSON of a length that is said first, and arrays of a length that the reader knows; nothing that runs code."""

import json
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTH = struct.Struct(">I")
# A study of a hundred thousand images is named in some ten million bytes.
LONGEST = 64 * 2**20
Frame = Mapping[str, Any]


class BrokenFrameError(Exception):
    """What came is no frame, or ends within one."""


def send(connection: socket.socket, frame: Frame, *arrays: NDArray[Any]) -> None:
    """Send a frame, and the bytes of arrays behind it."""
    content = json.dumps(frame).encode()
    connection.sendall(LENGTH.pack(len(content)) + content)
    for array in arrays:
        connection.sendall(np.ascontiguousarray(array).data.cast("B"))


class FrameReader:
    """Reads frames; `tick` is called every `every_s`, however little or much comes in, and may raise."""

    def __init__(self, connection: socket.socket, *, tick: Callable[[], None] = lambda: None, every_s: float) -> None:
        self._connection, self._tick, self._every_s = connection, tick, every_s
        self._ticked = time.monotonic()
        self._coming = select.poll()  # not select, which knows no descriptor above 1023
        if connection.fileno() >= 0:
            self._coming.register(connection, select.POLLIN)

    def frame(self) -> Frame | None:
        """The next frame, None at the end. Raises BrokenFrameError."""
        start = self._bytes(LENGTH.size, may_end=True)
        if start is None:
            return None
        (length,) = LENGTH.unpack(start)
        if length > LONGEST:
            raise BrokenFrameError(f"a frame of {length} bytes")
        content = self._bytes(length)
        try:
            found = json.loads(content or b"", parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise BrokenFrameError("a frame that is no JSON") from error
        if not isinstance(found, dict):
            raise BrokenFrameError("a frame that is no object")
        return found

    def array(self, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        """The numbers that follow a frame. Raises BrokenFrameError when they end early."""
        found = np.empty(shape, dtype)
        self._fill(found.data.cast("B"))
        return found

    def _bytes(self, count: int, *, may_end: bool = False) -> bytes | None:
        content = bytearray(count)
        return bytes(content) if self._fill(memoryview(content), may_end=may_end) else None

    def _fill(self, view: memoryview, *, may_end: bool = False) -> bool:
        done = 0
        while done < len(view):
            there = False
            while not there:
                there = bool(self._coming.poll(self._every_s * 1000))
                if time.monotonic() - self._ticked >= self._every_s:
                    self._tick()
                    self._ticked = time.monotonic()
            try:
                received = self._connection.recv_into(view[done:])
            except ConnectionResetError:
                received = 0
            if not received:
                if may_end and not done:
                    return False
                raise BrokenFrameError("an end within a frame")
            done += received
        return True


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
