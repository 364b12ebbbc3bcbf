"""The header of a classic netCDF file (CDF-1 and CDF-2): what it claims, compared with the file.

After the format's specification in the NetCDF User's Guide, appendix B: counts of 4 bytes, big-endian, names and values
filled up to 4 bytes.
"""

import math
import struct
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError

MAGIC, VERSIONS = b"CDF", {1: ">i", 2: ">q"}
DIMENSION, VARIABLE, ATTRIBUTE, ABSENT = 10, 11, 12, 0
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8}
"""Bytes of a byte, character, short, int, float and double, by their number in the file."""
LONGEST_HEADER = 16 * 2**20
STREAMED = 2**32 - 1
REMEDY = "it is damaged or made up; write it anew"


class _Variable(NamedTuple):
    name: str
    dimensions: tuple[int, ...]
    item_bytes: int
    begin: int


def check_classic(path: Path) -> None:
    """Raise InvalidDataError, without the file's name, where an array lies beyond the file or its size is not known."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = _Header(file.read(LONGEST_HEADER))
    records, lengths, variables = header.read()
    if records == STREAMED:
        raise InvalidDataError("it does not say how many records it has; write it anew, closing the file")
    for variable in variables:
        if not all(0 <= number < len(lengths) for number in variable.dimensions):
            raise InvalidDataError(f"'{variable.name[:80]}' has a dimension that is not there; {REMEDY}")
        shape = [lengths[number] for number in variable.dimensions]
        held = math.prod(length or records for length in shape) * variable.item_bytes
        if held > 0 and (variable.begin < 0 or variable.begin + held > size):
            raise InvalidDataError(
                f"'{variable.name[:80]}' claims {held:,} bytes ({shape}) and the file has {size:,}; {REMEDY}"
            )


class _Header:
    """The bytes of a header, read from their beginning."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def read(self) -> tuple[int, list[int], list[_Variable]]:
        """The count of records, the length of each dimension (0: as many as there are records), and the variables."""
        magic = self._take(4)
        if not magic.startswith(MAGIC) or magic[3] not in VERSIONS:
            raise InvalidDataError(f"it is no netCDF file of the kinds that are read; {REMEDY}")
        records = self._count(most=STREAMED)
        lengths = []
        for _ in range(self._list_of(DIMENSION)):
            self._padded(self._count())
            lengths.append(self._count(most=2**31 - 1))
        self._attributes()
        return records, lengths, [self._variable(VERSIONS[magic[3]]) for _ in range(self._list_of(VARIABLE))]

    def _variable(self, offset: str) -> _Variable:
        name = self._padded(self._count()).decode(errors="replace")
        dimensions = tuple(self._count() for _ in range(self._count()))
        self._attributes()
        item_bytes = self._item_bytes()
        self._take(4)  # its size again, which is no use where the shape is known
        (begin,) = struct.unpack(offset, self._take(struct.calcsize(offset)))
        return _Variable(name, dimensions, item_bytes, begin)

    def _attributes(self) -> None:
        for _ in range(self._list_of(ATTRIBUTE)):
            self._padded(self._count())
            item_bytes = self._item_bytes()
            self._padded(item_bytes * self._count())

    def _item_bytes(self) -> int:
        kind = self._count()
        if kind not in SIZES:
            raise InvalidDataError(f"it has numbers of the kind {kind}, which netCDF has not; {REMEDY}")
        return SIZES[kind]

    def _list_of(self, tag: int) -> int:
        """How many entries a list has, which is of that tag or absent."""
        found, count = self._count(), self._count()
        if found not in {tag, ABSENT} or (found == ABSENT and count):
            raise InvalidDataError(f"its header has a list of the kind {found} where {tag} is due; {REMEDY}")
        return count

    def _count(self, *, most: int | None = None) -> int:
        """A count, which unless told cannot be more than what is left of the header."""
        (count,) = struct.unpack(">I", self._take(4))
        if count > (len(self._content) if most is None else most):
            raise InvalidDataError(f"its header claims {count:,} of something; {REMEDY}")
        return int(count)

    def _padded(self, count: int) -> bytes:
        return self._take(count + -count % 4)[:count]

    def _take(self, count: int) -> bytes:
        found = self._content[self._at : self._at + count]
        if len(found) < count:
            raise InvalidDataError(f"its header ends early; {REMEDY}")
        self._at += count
        return found
