"""NumPy files of strangers: what their headers claim, compared with the bytes that are there, before any array is made.

`numpy.load` makes room for what a header says and reads afterwards; 192 bytes can say 92 GiB.
"""

import math
import tokenize
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from brainrank.benchmark.files.zip_entries import opened_zip, plain_entries
from brainrank.benchmark.types.errors import InvalidDataError, first_line

READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError, OverflowError, RecursionError, EOFError,
    tokenize.TokenError,
)  # fmt: skip
"""What numpy's readers of headers raise for what is no header, besides saying so."""
REMEDY = "save plain arrays with numpy.savez"
MOST_ARRAYS, LONGEST_NAME = 1_000, 200
NO_LIMIT_BYTES = 2**63
BLOCK = 2**20


class Claim(NamedTuple):
    """What a header says: the array's name, shape and kind, and how many bytes of numbers follow."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size_bytes(self) -> int:
        """The bytes of the array's numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def check_npy(path: Path) -> Claim:
    """Return what a .npy file claims, which is what it holds.

    Raises InvalidDataError for one that is no array of numbers or words, or of another length than it claims.
    """
    with path.open("rb") as file:
        return _claim(file, path.stat().st_size, name=path.name, told=str(path))


def check_npz(path: Path, *, most_bytes: int = NO_LIMIT_BYTES, whole: bool = False) -> Sequence[Claim]:
    """Return what the arrays of an .npz archive claim, which is what they hold.

    With `whole` all of it is unpacked, block by block, and its checksums compared. Raises InvalidDataError as
    `check_npy` and `plain_entries`, and for more than 1,000 arrays or names that nobody could write.
    """
    claims = []
    with opened_zip(path, remedy=REMEDY) as archive:
        for entry in plain_entries(path, archive, most=MOST_ARRAYS, most_bytes=most_bytes):
            name = entry.filename.removesuffix(".npy")
            if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
                raise InvalidDataError(
                    f"{path} has an array named {name[:40]!r}; a name has 1 to {LONGEST_NAME} characters that print"
                )
            with archive.open(entry) as file:
                claims.append(_claim(file, entry.file_size, name=name, told=f"'{name}' of {path}"))
                while whole and file.read(BLOCK):
                    pass
    return claims


def _claim(file: Any, size_bytes: int, *, name: str, told: str) -> Claim:
    """Read a header, and compare it with how much follows of `size_bytes` in all.

    The file is open, or is an entry of an archive, which has no type that is checked at run time.
    """
    try:
        version = npy.read_magic(file)
        if version not in READERS:
            raise InvalidDataError(f"{told} is of the .npy version {version}; {REMEDY}")
        shape, _, dtype = READERS[version](file)
    except (*UNREADABLE, MemoryError) as error:
        raise InvalidDataError(f"{told} is no array ({first_line(error)}); {REMEDY}") from error
    if dtype.hasobject:
        raise InvalidDataError(f"{told} holds Python objects, which may run code; {REMEDY}")
    if not shape:
        raise InvalidDataError(f"{told} is a single number; an array has a row per stimulus")
    if min(shape) < 1 or dtype.itemsize < 1:
        raise InvalidDataError(f"{told} has the shape {shape} of {dtype}, which holds nothing; give numbers")
    claim, held = Claim(name, shape, dtype), size_bytes - file.tell()
    if claim.size_bytes != held:
        raise InvalidDataError(
            f"{told} claims {claim.size_bytes:,} bytes ({shape} of {dtype}) and holds {held:,}; it is damaged or made "
            "up. Save it anew with numpy.save"
        )
    return claim
