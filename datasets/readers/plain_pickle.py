"""Arrays in a file that NumPy or Python pickled, such as a dictionary saved by `numpy.save`, read without running it.

A pickle names functions and has them called. Here every name is refused but the few by which NumPy's arrays are
spelled, and those stand for functions of this file, which put down what an array is said to be: nothing is imported,
and nothing of NumPy's is called with what the file says until shape, type and bytes were seen to agree
(docs/decisions/epochs.md).
"""

import pickle
import re
import struct
import tokenize
import warnings
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError, first_line

UNREADABLE = (
    pickle.UnpicklingError, OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    MemoryError, OverflowError, RecursionError, ImportError, AssertionError, struct.error, SyntaxError,
    tokenize.TokenError,
)  # fmt: skip
"""What a damaged or foreign pickle makes the unpickler raise."""
TYPE = re.compile(r"[fiubUS][0-9]{1,6}|O8")
MODULES_OF_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric")


class _Type:
    """A dtype as the pickle spells it: its code, then the order of bytes."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        if not TYPE.fullmatch(code):
            raise pickle.UnpicklingError(f"an array of {code[:20]!r}, and numbers and text are read")
        self.code, self.order = code, "="

    def __setstate__(self, state: Any) -> None:
        if state[1] not in ("<", ">", "=", "|") or any(each is not None for each in state[2:5]):
            raise pickle.UnpicklingError("an array of structures, and numbers and text are read")
        self.order = state[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.code if self.order == "|" else self.order + self.code)


class _Array:
    """An array as the pickle spells it."""

    __slots__ = ("fortran", "raw", "shape", "type")

    def __init__(self, shape: Any = (), kind: Any = None, raw: Any = b"", *, fortran: bool = False) -> None:
        self.shape, self.type, self.raw, self.fortran = shape, kind, raw, fortran

    def __setstate__(self, state: Any) -> None:
        _version, self.shape, self.type, self.fortran, self.raw = state

    def array(self) -> NDArray[Any]:
        """The array, of the bytes as they lie. Raises ValueError where they are not what shape and type ask for."""
        if not isinstance(self.type, _Type) or self.type.code == "O8" or not isinstance(self.raw, bytes | bytearray):
            raise ValueError("an array of objects, and numbers and text are read")
        dtype, shape = self.type.dtype, tuple(int(each) for each in self.shape)
        if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != len(self.raw):
            raise ValueError(f"an array of {len(self.raw)} bytes, and {shape} of {dtype} are not that many")
        return np.frombuffer(self.raw, dtype).reshape(shape, order="F" if self.fortran else "C")


class _Called:
    """What a name of the pickle stands for: it can be called, and nothing can be set on it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., object]) -> None:
        self._make = make

    def __call__(self, *given: Any) -> object:
        return self._make(*given)

    def __setstate__(self, _state: Any) -> NoReturn:
        raise pickle.UnpicklingError("a name that is changed")


def _dtype(code: str, *_flags: Any) -> _Type:
    return _Type(code)


def _empty(*_given: Any) -> _Array:
    return _Array()


def _of_buffer(raw: Any, kind: Any, shape: Any, order: Any) -> _Array:
    return _Array(shape, kind, raw, fortran=order == "F")


def _scalar(kind: Any, raw: Any) -> _Array:
    return _Array((), kind, raw)


def _encoded(text: str, encoding: str) -> bytes:
    """Bytes as pickles of protocol 2 spell them."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes as {encoding[:20]!r}, and as latin1 they are read")
    return text.encode("latin1")


_KNOWN: dict[str, dict[str, Callable[..., object]]] = {
    "numpy": {"dtype": _dtype, "ndarray": _empty},
    "_codecs": {"encode": _encoded},
    **{each: {"_reconstruct": _empty, "scalar": _scalar, "_frombuffer": _of_buffer} for each in MODULES_OF_NUMPY},
}


class _Unpickler(pickle._Unpickler):
    """That of Python itself: the one in C makes a memory as large as a file says it needs."""

    def find_class(self, module: str, name: str) -> Any:
        known = _KNOWN.get(module, {}).get(name)
        if known is None:
            raise pickle.UnpicklingError(f"the name {module[:40]}.{name[:40]}, which is none of a plain array's")
        return _Called(known)


def read_pickled_arrays(path: Path) -> dict[str, Any]:
    """The dictionary of a file written by `numpy.save(path, {...})` or `pickle.dump`: arrays, and lists of words.

    Raises InvalidDataError, naming the file, for one that is damaged or holds anything else.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of words that are no Python's, in damaged files
            _skip_heading(file)
            found = _Unpickler(file).load()
        if isinstance(found, _Array) and isinstance(found.raw, list) and len(found.raw) == 1:
            found = found.raw[0]
        if not isinstance(found, dict):
            raise ValueError(f"a {type(found).__name__.strip('_').lower()}, where a dictionary should be")
        return {str(key): each.array() if isinstance(each, _Array) else _words(each) for key, each in found.items()}
    except UNREADABLE as error:
        raise InvalidDataError(
            f"{path} holds {first_line(error)}; what is read is a dictionary of arrays of numbers. If you trust where "
            "the file comes from, write it anew as a plain archive: numpy.savez(FILE, **numpy.load(PATH, "
            "allow_pickle=True).item())"
        ) from error


def _skip_heading(file: BinaryIO) -> None:
    """Go to where the pickle begins: behind the heading of a .npy file, if there is one."""
    start = file.read(len(npy.MAGIC_PREFIX))
    file.seek(0)
    if start != npy.MAGIC_PREFIX:
        return
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype != np.dtype(object) or shape != ():
        raise ValueError(f"an array of {dtype} of shape {shape}, where a dictionary should be")


def _words(value: Any) -> Any:
    """A list of words as it is; whatever else is no array is left out of what is read, as nothing."""
    plain = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    return list(value) if plain else None
