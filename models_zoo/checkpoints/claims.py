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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from brainrank.benchmark.files.zip_entries import opened_zip, plain_entries
from brainrank.benchmark.types.errors import InvalidDataError, first_line

MAGIC = 0x1950A86A20F9469CFC6C
"""What torch.save wrote first before it wrote zip archives (torch 1.6)."""
MOST_ENTRIES = 1_000_000
MOST_PICKLE_BYTES, MOST_NAMES = 64 * 2**20, 10_000
"""Beside its numbers; a byte of a pickle may ask for a hundred of memory, and a name for thousands."""
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
# The bytes of a number of the types that have no storage of their own; of others as many as any has.
TYPES: Mapping[str, int] = {"uint16": 2, "uint32": 4, "uint64": 8}
WIDEST, MOST_AXES = 16, 64
# What is a tensor already when a pickle goes on with it, and what makes room for whatever size it is told.
TENSORS = ("torch._utils.", "torch._tensor.", "torch.Tensor", "torch.storage.", "torch.nn.parameter.")
PARAMETER = "torch.nn.parameter.Parameter"
MAKES_ROOM = {"torch.Tensor", "torch.storage.UntypedStorage", PARAMETER}


class Storage(NamedTuple):
    """Numbers of a file: how many and how wide they are said to be."""

    n: int
    item_bytes: int


class Claims(NamedTuple):
    """What a torch file says of itself: the names that its pickle needs, and whether it is one mapping at its top.

    Where a tensor is not made as a view of numbers, the name says so: `torch.Tensor.__new__`.
    """

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


class NoTensor(Nothing):
    """Stands for a tensor, and for what makes one; what else is done with it is noted, as `NAME.__setstate__`."""

    full, noted = "", set[str]()

    def __new__(cls, *arguments: object, **_named: object) -> Self:
        """Nothing. Only a parameter is made by its class, of a tensor."""
        of_tensor = cls.full == PARAMETER and arguments and isinstance(arguments[0], NoTensor)
        if cls.full in MAKES_ROOM and not of_tensor:
            cls.noted.add(f"{cls.full}.__new__")
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Take whether a parameter is trained and its hooks, as torch wrote them before its version 0.4."""
        if self.full != PARAMETER or not isinstance(state, tuple) or len(state) != 3:
            self.noted.add(f"{self.full}.__setstate__")


class _Bounded:
    """A file of which no more is read, nor room made for, than a pickle may have."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, MOST_PICKLE_BYTES

    def read(self, n: int) -> bytes:
        return self._counted(self._file.read(min(n, self._left + 1)))

    def readline(self) -> bytes:
        return self._counted(self._file.readline(self._left + 1))

    def _counted(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise pickle.UnpicklingError(f"its pickle has more than {MOST_PICKLE_BYTES:,} bytes beside the numbers")
        return content


def read_zip_claims(path: Path) -> Claims:
    """The claims of a zip archive of torch.save.

    Raises InvalidDataError where it is damaged, or claims other tensors than it holds.
    """
    remedy = "write it anew with torch.save"
    with opened_zip(path, remedy=remedy) as archive:
        entries = plain_entries(path, archive, most=MOST_ENTRIES, most_bytes=path.stat().st_size)
        sizes = {entry.filename: entry.file_size for entry in entries}
        pickled = [name for name in sizes if name.endswith("data.pkl") and name.count("/") <= 1]
        # torch finds entries by their names in whatever case.
        alike = len({name.lower() for name in sizes}) < len(sizes)
        if len(pickled) != 1 or alike or any(entry.compress_type for entry in entries):
            raise InvalidDataError(f"{path} is no archive of torch.save; {remedy}")
        if sizes[pickled[0]] > MOST_PICKLE_BYTES:
            raise InvalidDataError(
                f"{path} holds {sizes[pickled[0]]:,} bytes beside its numbers, and at most {MOST_PICKLE_BYTES:,} are "
                "read; write its tensors alone with torch.save"
            )
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
        super().__init__(_Bounded(file), encoding="utf-8")
        self._path, self.names, self.storages = path, set[str](), dict[str, Storage]()
        self._classes = dict[str, type[Nothing]]()
        self._tensor = self._stand_in("torch._utils._rebuild_tensor", "")
        self._functions: Mapping[str, Callable[..., Nothing]] = {
            "torch._utils._rebuild_tensor": self._view,
            "torch._utils._rebuild_tensor_v2": self._view,
            "torch._utils._rebuild_tensor_v3": self._typed_view,
            "torch._utils._rebuild_qtensor": self._quantised,
            "torch._tensor._rebuild_from_type_v2": self._of_class,
        }

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
        if len(self.names) > MOST_NAMES:
            raise pickle.UnpicklingError(f"it names more than {MOST_NAMES:,} classes and functions")
        if full in self._functions:
            return self._functions[full]
        if full not in self._classes:
            self._classes[full] = self._stand_in(full, name)
        return self._classes[full]

    def _stand_in(self, full: str, name: str) -> type[Nothing]:
        kind = NoTensor if full.startswith(TENSORS) else Nothing
        return type("Named", (kind,), {"name": name, "full": full, "noted": self.names})

    def get_extension(self, _code: int) -> None:
        """No pickle of torch has one."""
        raise pickle.UnpicklingError("it has extensions")

    def load_build(self) -> None:
        """Give a state to what stands for an object, and to nothing else."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Nothing):
            raise pickle.UnpicklingError("it gives a state to what has none")
        self.stack[-1].__setstate__(state)

    def load_bytearray8(self) -> None:
        """No pickle of torch has one; Python would make room for it unseen."""
        raise pickle.UnpicklingError("it has arrays of bytes")

    stack: list[Any]
    dispatch: ClassVar[dict[int, Any]] = {
        **pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build, pickle.BYTEARRAY8[0]: load_bytearray8,
    }  # fmt: skip

    def persistent_load(self, said: Any) -> Any:
        """The storage that is spoken of: ("storage", type, key, place, numbers, part); or code, which is nothing.

        Before its version 1.6 torch wrote which part of it is meant, if not the whole: (key, offset, numbers).
        """
        if said[0] == "module":
            return said[1]
        kind, key, n, part = said[1], str(said[2]), said[4], said[5] if len(said) > 5 else None
        name = kind.name if isinstance(kind, type) and issubclass(kind, Nothing) else ""
        if name not in STORAGES or not isinstance(n, int) or n < 0:
            raise ValueError(f"storage of the kind '{name}'")
        found = Storage(n, STORAGES[name])
        if self.storages.setdefault(key, found) != found:
            raise ValueError("one storage is said to be of two sizes")
        if part is None:
            return found
        _, offset, size = part
        if not all(isinstance(each, int) and each >= 0 for each in (offset, size)) or offset + size > n:
            raise ValueError(f"a part of a storage reaches beyond its {n:,} numbers")
        return found._replace(n=size)

    def _view(self, storage: Any, offset: Any, size: Any, stride: Any, *_others: object) -> Nothing:
        numbers = (offset, *size, *stride)
        if not isinstance(storage, Storage) or len(size) != len(stride) or len(size) > MOST_AXES:
            raise ValueError("a tensor of no storage")
        if not all(isinstance(each, int) and each >= 0 for each in numbers):
            raise ValueError("a tensor whose sizes are no numbers")
        end = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1
        if math.prod(size) and end > storage.n:
            raise ValueError(f"a tensor {tuple(size)} reaches beyond the {storage.n:,} numbers it is a view of")
        return self._tensor()

    def _typed_view(self, storage: Any, offset: Any, size: Any, stride: Any, *others: Any) -> Nothing:
        """Of a type that has no storage of its own: a view of bytes."""
        _, _, kind, *_ = others
        name = kind.name if isinstance(kind, type) and issubclass(kind, Nothing) else ""
        item_bytes = 1 if name.startswith("float8") else TYPES.get(name, WIDEST)
        return self._view(Storage(storage.n * storage.item_bytes // item_bytes, item_bytes), offset, size, stride)

    def _quantised(self, storage: Any, offset: Any, size: Any, stride: Any, *_others: object) -> Nothing:
        """Torch makes room for all its numbers, even those that are one in the file."""
        found = self._view(storage, offset, size, stride)
        if math.prod(size) > storage.n:
            raise ValueError(f"a tensor {tuple(size)} has more than the {storage.n:,} numbers that it is made of")
        return found

    def _of_class(self, function: Any, _class: Any, arguments: Any, _state: Any) -> Nothing:
        """A tensor of a class, or with attributes: what makes it is called behind another name."""
        made: Nothing = function(*arguments)
        return made
