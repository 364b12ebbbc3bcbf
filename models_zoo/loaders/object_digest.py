"""The digest of a Python object: of what it holds, and of the code of its classes that is the user's own.

The code is what Python made of the source (`__code__`), which is there in notebooks and at a prompt, too. Of what is
installed the name counts; its version is counted elsewhere.
"""

import dis
import hashlib
import io
import logging
import re
import sys
import sysconfig
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
PLAIN = (type(None), bool, int, float, complex, str, bytes, range, slice, np.generic, torch.dtype, torch.device, Path)
# By these an object is at work; they are not what it computes.
NAME_ALONE = (
    ModuleType, logging.Logger, logging.Handler, io.IOBase, weakref.ReferenceType, type(threading.Lock()),
    type(threading.RLock()), threading.Thread,
)  # fmt: skip
# What Python and abc write into every class, which no number hangs on.
OF_EVERY_CLASS = {
    *vars(type("Plain", (), {})), "__qualname__", "__annotations__", "__annotate__", "_abc_impl", "__abstractmethods__",
    "__parameters__", "__orig_bases__", "__firstlineno__", "__static_attributes__", "__annotations_cache__",
    "__annotate_func__",
}  # fmt: skip
# Whoever runs a network sets whether it trains, and its compiled form computes the same.
OF_A_NETWORKS_USE = {"training", "_compiled_call_impl", "_is_torch_compile", "_is_full_backward_hook"}
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def object_digest(value: object) -> str:
    """The sha256 of a value: its type, what it holds, and all code of the user's own that it can run.

    Equal for the same object asked twice and for one made alike; another for other numbers, settings, classes, hooks,
    or constants that its code reads. Locks, loggers, files and modules count by their names.
    """
    found = _Digest()
    found.add(value)
    return found.hexdigest()


def tensors_digest(network: nn.Module) -> str:
    """The sha256 of a network's parameters and buffers: names, types, shapes and bytes."""
    found = _Digest()
    for named in (network.named_parameters, network.named_buffers):
        for name, tensor in named(remove_duplicate=False):
            found.text(name)
            found.tensor(tensor)
    return found.hexdigest()


def code_digest(network: nn.Module) -> str:
    """The sha256 of what computes with a network's parameters and buffers, of which the numbers do not count."""
    found = _Digest()
    for named in (network.named_parameters, network.named_buffers):
        for _, tensor in named():
            found.is_known(tensor)
    found.add(network)
    return found.hexdigest()


def is_installed(module: str) -> bool:
    """Whether a module is Python's own or lies where packages are installed; one without a file is the user's."""
    return module in sys.builtin_module_names or _is_installed_file(_file_of(module))


def _file_of(module: str) -> str:
    return getattr(sys.modules.get(module), "__file__", None) or ""


@cache
def _is_installed_file(file: str) -> bool:
    if file.startswith("<frozen"):
        return True
    places = [Path(sysconfig.get_path(each)).resolve() for each in INSTALLED]
    return bool(file) and any(Path(file).resolve().is_relative_to(place) for place in places)


class _Digest:
    """A sha256 to which objects are added, each once: where one is met again, its number is added."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._numbers: dict[int, int] = {}
        self._held: list[object] = []  # an object that is gone would leave its id to another
        self._kinds = (
            (torch.Tensor, self.tensor),
            (np.ndarray, self._array),
            (torch.Generator, lambda each: self.add(each.get_state())),
            (NAME_ALONE, lambda each: self.text(getattr(each, "__name__", ""))),
            (type, self._class),
            (FunctionType, self._function),
            (MethodType, lambda each: self._values((each.__func__, each.__self__))),
            (BuiltinFunctionType, lambda each: self._values((each.__qualname__, each.__self__))),
            (partial, lambda each: self._values((each.func, each.args, each.keywords))),
            ((staticmethod, classmethod), lambda each: self.add(each.__func__)),
            (property, lambda each: self._values((each.fget, each.fset))),
            (Mapping, lambda each: self._values(tuple(each.items()))),
            ((list, deque), self._values),
            (nn.Module, self._network),
        )

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()

    def is_known(self, value: object) -> bool:
        """Whether the object was met before; from now on it was."""
        if id(value) in self._numbers:
            return True
        self._numbers[id(value)] = len(self._held)
        self._held.append(value)
        return False

    def text(self, *parts: str) -> None:
        """Add words, each with its length, so that none runs into the next."""
        for part in parts:
            self._sha256.update(f"{len(part)}:{part}".encode(errors="surrogatepass"))

    def add(self, value: Any) -> None:
        """Add a value with all it holds."""
        if isinstance(value, PLAIN):
            self.text(type(value).__qualname__, repr(value))
        elif isinstance(value, tuple):
            self.text(type(value).__qualname__)
            self._values(value)
        elif isinstance(value, set | frozenset):
            self.text(type(value).__qualname__, *sorted(object_digest(each) for each in value))
        elif isinstance(value, CodeType):
            self._code(value)
        elif self.is_known(value):
            self.text("again", str(self._numbers[id(value)]))
        else:
            self.text(type(value).__module__, type(value).__qualname__)
            take = next((take for kind, take in self._kinds if isinstance(value, kind)), self._state)
            take(value)

    def tensor(self, value: torch.Tensor) -> None:
        """Add a tensor's type, shape and bytes."""
        self.text(str(value.dtype), str(tuple(value.shape)))
        if not value.is_meta:
            plain = value.detach().cpu().resolve_conj().resolve_neg()
            plain = plain.int_repr() if plain.is_quantized else plain.to_dense() if plain.is_sparse else plain
            self._sha256.update(plain.contiguous().flatten().view(torch.uint8).numpy().data)

    def _array(self, value: np.ndarray[Any, Any]) -> None:
        self.text(str(value.dtype), str(value.shape))
        if value.dtype.hasobject:
            self._values(value.ravel().tolist())
        else:
            self._sha256.update(np.ascontiguousarray(value).tobytes())

    def _values(self, values: Any) -> None:
        self.text(str(len(values)))
        for each in values:
            self.add(each)

    def _network(self, network: nn.Module) -> None:
        """A module's settings, tensors, hooks and modules; hooks without the numbers that torch gives them."""
        self.add(type(network))
        if isinstance(network, torch.fx.GraphModule):
            self.text(network.code)
        for name, value in sorted(vars(network).items()):
            if name.endswith("_hooks") or "_hooks_" in name:
                self._values(tuple(value.values()) if isinstance(value, Mapping) else ())
            elif name not in OF_A_NETWORKS_USE and not isinstance(value, torch.fx.Graph):
                self.text(name)
                self.add(value)

    def _state(self, value: object) -> None:
        """Any other object: its class, its attributes, and what it says of itself if it has none."""
        self.add(type(value))
        state = [*getattr(value, "__dict__", {}).items(), *_slots(value)]
        for name, each in sorted(state, key=lambda item: str(item[0])):
            self.text(str(name))
            self.add(each)
        said = "" if state else repr(value)
        self.text("" if ADDRESS.search(said) else said)

    def _class(self, value: type) -> None:
        self.text(value.__module__, value.__qualname__)
        if is_installed(value.__module__):
            return
        for name, each in sorted(vars(value).items()):
            if name not in OF_EVERY_CLASS:
                self.text(name)
                self.add(each)
        for base in value.__bases__:
            self.add(base)

    def _function(self, value: FunctionType) -> None:
        """The code of the user's own, the constants it reads, and in any function what it was made with."""
        self.text(value.__module__ or "", value.__qualname__)
        held = [each.cell_contents for each in value.__closure__ or () if _is_filled(each)]
        self._values((value.__defaults__, value.__kwdefaults__, *held, getattr(value, "__wrapped__", None)))
        if not _is_installed_file(value.__code__.co_filename):
            self.add(value.__code__)
            for name in dict.fromkeys(_globals_of(value.__code__)):
                if name in value.__globals__:
                    self.text(name)
                    self.add(value.__globals__[name])

    def _code(self, code: CodeType) -> None:
        self.text(code.co_code.hex(), *code.co_names, *code.co_varnames, *code.co_freevars, str(code.co_flags))
        self._values(code.co_consts)


def _slots(value: object) -> Iterator[tuple[str, object]]:
    for each in type(value).__mro__:
        slots = vars(each).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(value, name):
                yield name, getattr(value, name)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a variable that was not given a value yet
        return False


def _globals_of(code: CodeType) -> Iterator[str]:
    """The names of a module that code reads, with those of the functions within it."""
    yield from (each.argval for each in dis.get_instructions(code) if each.opname in {"LOAD_GLOBAL", "LOAD_NAME"})
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _globals_of(each)
