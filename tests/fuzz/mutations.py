"""Small changes of bytes, as damage and malice make them."""

from collections.abc import Callable, Sequence

import numpy as np

TELLING = (
    b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"(", b"[", b"{", b'"', b"'", b",", b"\n", b"\r", b"..", b"/", b"-1", b"9" * 20, b"1e999", b"nan", b"\xef\xbb\xbf",
)  # fmt: skip
"""Bytes at which readers' cases end: largest numbers, openings, ends of lines."""
MOST_CHANGES, LONGEST_PIECE, MOST_COPIES = 6, 64, 200


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with one to six changes, each drawn evenly among those of CHANGES."""
    for _ in range(int(rng.integers(1, MOST_CHANGES + 1))):
        change = CHANGES[int(rng.integers(len(CHANGES)))]
        content = change(content, int(rng.integers(len(content) + 1)), rng)
    return content


def _flip(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    at = min(at, len(content) - 1)
    return content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :] if content else b""


def _telling(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    return content[:at] + TELLING[int(rng.integers(len(TELLING)))] + content[at:]


def _over(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    piece = TELLING[int(rng.integers(len(TELLING)))]
    return content[:at] + piece + content[at + len(piece) :]


def _cut(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    return content[:at] + content[at + int(rng.integers(1, LONGEST_PIECE)) :]


def _end(content: bytes, at: int, _rng: np.random.Generator) -> bytes:
    return content[:at]


def _again(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    piece = content[at : at + int(rng.integers(1, LONGEST_PIECE))]
    return content[:at] + piece * int(rng.integers(1, MOST_COPIES)) + content[at:]


def _elsewhere(content: bytes, at: int, rng: np.random.Generator) -> bytes:
    start = int(rng.integers(len(content) + 1))
    return content[:at] + content[start : start + int(rng.integers(1, LONGEST_PIECE))] + content[at:]


CHANGES: Sequence[Callable[[bytes, int, np.random.Generator], bytes]] = (
    _flip, _flip, _telling, _over, _cut, _end, _again, _elsewhere,
)  # fmt: skip
