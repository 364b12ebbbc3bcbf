"""Torch files of strangers: what their pickles claim, compared with the bytes that are there, before torch reads them.

torch.load makes room for what a pickle says of a tensor, and a view beyond the end of its numbers grows into memory
that nobody wrote. Here a pickle is read with every name in it standing for nothing: no code of it or of torch is run.
"""

import io
import math
import pickle
import struct
from _compat_pickle import IMPORT_MAPPING as MODULES_OF_PYTHON_2
from _compat_pickle import NAME_MAPPING as NAMES_OF_PYTHON_2
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError, first_line
from brainrank.benchmark.zip_entries import opened_zip, plain_entries

MAGIC = 0x1950A86A20F9469CFC6C
"""What torch.save wrote first before it wrote zip archives (torch 1.6)."""
MOST_ENTRIES = 1_000_000
UNREADABLE = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError,
    MemoryError, RecursionError, struct.error, NotImplementedError, ImportError,
)  # fmt: skip
"""What a reader of pickles raises for what is none."""
# The bytes of a number, by the name of its storage in a pickle.
STORAGES: Mapping[str, int] = {
    "DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4,
    "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1, "ComplexDoubleStorage": 16,
    "ComplexFloatStorage": 8, "QUInt8Storage": 1, "QInt8Storage": 1, "QInt32Storage": 4, "QUInt4x2Storage": 1,
    "QUInt2x4Storage": 1, "UntypedStorage": 1,
}  # fmt: skip
# A view of a storage, whose sizes are checked; what holds one in another form is torch's to read, or to refuse.
VIEWS = {"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_qtensor"}


class Storage(NamedTuple):
    """Numbers of a file: how many and how wide they are said to be."""

    n: int
    item_bytes: int


class Claims(NamedTuple):
    """What a torch file says of itself: the names that its pickle needs, and whether it is one mapping at its top."""

    names: frozenset[str]
    is_mapping: bool


class Nothing:
    """What stands for whatever a pickle names: it takes everything, and does nothing."""

    name = ""

    def __init__(self, *_arguments: object, **_named: object) -> None: ...

    def __setstate__(self, _state: object) -> None: ...

    def __setitem__(self, _key: object, _value: object) -> None: ...

    def append(self, _value: object) -> None:
        """Take an element."""

    def extend(self, _values: object) -> None:
        """Take elements."""

    def add(self, _value: object) -> None:
        """Take an element."""


def read_zip_claims(path: Path) -> Claims:
    """The claims of a zip archive of torch.save.

    Raises InvalidDataError where it is damaged, or claims other tensors than it holds.
    """
    remedy = "write it anew with torch.save"
    with opened_zip(path, remedy=remedy) as archive:
        entries = plain_entries(path, archive, most=MOST_ENTRIES, most_bytes=path.stat().st_size)
        sizes = {entry.filename: entry.file_size for entry in entries}
        pickled = [name for name in sizes if name.endswith("data.pkl") and name.count("/") <= 1]
        if len(pickled) != 1 or any(entry.compress_type for entry in entries):
            raise InvalidDataError(f"{path} is no archive of torch.save; {remedy}")
        reader = _Reader(io.BytesIO(archive.read(pickled[0])), path)
        content = reader.content()
    root = pickled[0].removesuffix("data.pkl")
    for key, storage in reader.storages.items():
        held = sizes.get(f"{root}data/{key}", 0)
        if storage.n * storage.item_bytes != held:
            raise InvalidDataError(
                f"{path} claims {storage.n * storage.item_bytes:,} bytes of numbers where it holds {held:,}; it is "
                f"damaged or made up. {remedy.capitalize()}"
            )
    return Claims(frozenset(reader.names), isinstance(content, dict))


def read_legacy_claims(path: Path) -> Claims | None:
    """The claims of a file of torch.save before its version 1.6; None for another pickle.

    Raises InvalidDataError where it is damaged, or claims more than it holds.
    """
    with path.open("rb") as file:
        if _Reader(file, path).content() != MAGIC:
            return None
        for _ in ("protocol", "machine"):
            _Reader(file, path).content()
        reader = _Reader(file, path)
        content = reader.content()
        _Reader(file, path).content()  # the order of the storages, whose numbers follow
        rest = path.stat().st_size - file.tell()
    claimed = sum(storage.n * storage.item_bytes for storage in reader.storages.values())
    if claimed > rest:
        raise InvalidDataError(
            f"{path} claims {claimed:,} bytes of numbers where it holds {rest:,}; it is damaged or made up. Write it "
            "anew with torch.save"
        )
    return Claims(frozenset(reader.names), isinstance(content, dict))


def names_of_pickle(path: Path) -> frozenset[str]:
    """The names that a bare pickle needs. Raises InvalidDataError for what is no pickle."""
    with path.open("rb") as file:
        reader = _Reader(file, path)
        reader.content()
    return frozenset(reader.names)


# The reader in Python: that in C makes room for as many notes (memo) as a pickle says it will have.
class _Reader(pickle._Unpickler):
    """Reads a pickle with nothing behind its names, and notes these and the storages; checks each view of a storage."""

    def __init__(self, file: Any, path: Path) -> None:
        super().__init__(file, encoding="utf-8")
        self._path, self.names, self.storages = path, set[str](), dict[str, Storage]()
        self._classes = dict[str, type[Nothing]]()

    def content(self) -> object:
        """What the pickle holds. Raises InvalidDataError where it cannot be read."""
        try:
            return self.load()
        except UNREADABLE as error:
            raise InvalidDataError(
                f"{self._path} is damaged, or no file of weights ({first_line(error)}); fetch it again, or write it "
                "anew with torch.save"
            ) from error

    def find_class(self, module: str, name: str, /) -> Any:
        """Nothing, by the name."""
        module, name = NAMES_OF_PYTHON_2.get((module, name), (MODULES_OF_PYTHON_2.get(module, module), name))
        full = f"{module}.{name}"
        self.names.add(full)
        if full in VIEWS:
            return self._view
        return self._classes.setdefault(full, type("Named", (Nothing,), {"name": name}))

    def get_extension(self, _code: int) -> None:
        """No pickle of torch has one."""
        raise pickle.UnpicklingError("it has extensions")

    def persistent_load(self, said: Any) -> Any:
        """The storage that is spoken of: ("storage", type, key, place, numbers, ...); or code, which is nothing."""
        if said[0] == "module":
            return said[1]
        kind, key, n = said[1], str(said[2]), said[4]
        name = kind.name if isinstance(kind, type) and issubclass(kind, Nothing) else ""
        if name not in STORAGES or not isinstance(n, int) or n < 0:
            raise ValueError(f"storage of the kind '{name}'")
        found = Storage(n, STORAGES[name])
        if self.storages.setdefault(key, found) != found:
            raise ValueError("one storage is said to be of two sizes")
        return found

    def _view(self, storage: Any, offset: Any, size: Any, stride: Any, *_others: object) -> Nothing:
        numbers = (offset, *size, *stride)
        if not isinstance(storage, Storage) or len(size) != len(stride):
            raise ValueError("a tensor of no storage")
        if not all(isinstance(each, int) and each >= 0 for each in numbers):
            raise ValueError("a tensor whose sizes are no numbers")
        end = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1
        if math.prod(size) and end > storage.n:
            raise ValueError(f"a tensor {tuple(size)} reaches beyond the {storage.n:,} numbers it is a view of")
        return Nothing()
