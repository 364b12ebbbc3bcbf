"""HDF5 files of strangers: everything in the one file, of the kinds that are read, and no larger than it can be."""

import math
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack
from typing import Any

from brainrank.benchmark.files.zip_entries import most_bytes_unpacked
from brainrank.benchmark.types.errors import InvalidDataError

FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scale-offset", 32000: "lzf"}
HEAP, PIECE_BYTES = b"GCOL\x01\0\0\0", 16
DEEPEST, MOST_OBJECTS = 100, 100_000
REMEDY = "write it anew as one plain file"


def check_hdf5(path: Path) -> None:
    """Raise InvalidDataError, without the file's name, unless all of it is in it, and its arrays are what it can hold.

    Refused at any depth: links to other files, arrays kept in other files or made up of them (a server would read them
    for whoever names them), ways of packing that are not usual or are applied twice, and arrays that claim more than
    `most_unpacked` of the file's size together. What h5py raises for a broken file is let through.
    """
    import h5py

    _check_heaps(path)
    total, limit = 0, most_bytes_unpacked(path.stat().st_size)
    with h5py.File(path) as stored:
        for name, item in _objects(stored):
            if isinstance(item, h5py.Dataset) and item.shape is not None:
                _check_inside(name, item)
                total += _claimed_bytes(item)
                if total > limit:
                    raise InvalidDataError(
                        f"it claims arrays of more than {limit:,} bytes ('{name[:80]}': {item.shape}), which "
                        f"{path.stat().st_size:,} bytes do not hold; {REMEDY}"
                    )


def _check_heaps(path: Path) -> None:
    """Raise InvalidDataError for a heap of words in which a free piece has no length: HDF5 2.0 reads on for ever.

    After the format's specification, III.E: 16 bytes say what a heap is and its size, and of each piece its number (0
    for the free one), and its size; the free one's counts those 16 bytes.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        start = content.find(HEAP)
        while start >= 0:
            (size,) = unpack("<Q", content[start + 8 : start + 16].ljust(8, b"\0"))
            at, end = start + PIECE_BYTES, min(start + size, len(content))
            while at + PIECE_BYTES <= end:
                number, held = unpack("<H6xQ", content[at : at + PIECE_BYTES])
                if number == 0 and held == 0:
                    raise InvalidDataError(f"its words at byte {at:,} are damaged; {REMEDY}")
                at += held if number == 0 else PIECE_BYTES + held + -held % 8
            start = content.find(HEAP, start + 1)


def _objects(stored: Any) -> Iterator[tuple[str, Any]]:
    """Each group, array and type once, by one of its names; links inside the file are followed by what they lead to."""
    import h5py

    seen, ahead = set[int](), [("", stored["/"])]
    while ahead:
        folder, group = ahead.pop()
        if folder.count("/") > DEEPEST or len(seen) > MOST_OBJECTS:
            raise InvalidDataError(
                f"it is nested deeper than {DEEPEST} groups, or holds more than {MOST_OBJECTS:,} things; {REMEDY}"
            )
        for name in group:
            link = group.get(name, getlink=True)
            whole = f"{folder}/{name}"
            if isinstance(link, h5py.SoftLink):
                continue
            if not isinstance(link, h5py.HardLink):
                raise InvalidDataError(f"'{whole[:80]}' is a link to another file; {REMEDY}")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address not in seen:
                seen.add(address)
                yield whole, item
                if isinstance(item, h5py.Group):
                    ahead.append((whole, item))


def _check_inside(name: str, item: Any) -> None:
    if item.external or item.is_virtual:
        raise InvalidDataError(f"the numbers of '{name[:80]}' are in other files; {REMEDY}")
    made = item.id.get_create_plist()
    codes = [made.get_filter(number)[0] for number in range(made.get_nfilters())]
    odd = [code for code in codes if code not in FILTERS]
    if odd or len(set(codes)) < len(codes):
        why = f"by the filter {odd[0]}, which is not here" if odd else "by one filter several times"
        raise InvalidDataError(f"'{name[:80]}' is packed {why}; {REMEDY}, with deflate or none")


def _claimed_bytes(item: Any) -> int:
    """The bytes an array takes, or one of its chunks does, which is unpacked whole."""
    chunk = math.prod(item.chunks) if item.chunks else 0
    return int(item.dtype.itemsize) * max(int(item.size), chunk)
