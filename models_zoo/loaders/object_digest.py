"""The digest of a Python object: of what it holds, and of the code of its classes that is the user's own.

The code is what Python made of the source (`__code__`), which is there in notebooks and at a prompt, too. Of what is
installed the name counts; its version is counted elsewhere.
"""

import contextvars
import datetime
import hashlib
import io
import logging
import re
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from brainrank.benchmark.types.errors import UserError
from brainrank.models_zoo.loaders.code_read import (
    globals_of,
    imported_by,
    is_installed,
    is_installed_file,
    is_of_package,
    is_replaced,
    names_of,
)

PLAIN = (type(None), bool, int, float, complex, str, bytes, range, slice, np.generic, torch.dtype, torch.device, Path)
# By these an object is at work; they are not what it computes.
NAME_ALONE = (
    ModuleType, logging.Logger, logging.Handler, io.IOBase, weakref.ReferenceType, type(threading.Lock()),
    type(threading.RLock()), threading.Thread, threading.local, contextvars.ContextVar,
    type(datetime.datetime_CAPI),  # a capsule: behind functions of C++
)  # fmt: skip
# What Python, abc and copyreg write into every class, which no number hangs on.
OF_EVERY_CLASS = {
    *vars(type("Empty", (), {})), "__qualname__", "__annotations__", "__annotate__", "_abc_impl",
    "__abstractmethods__", "__parameters__", "__orig_bases__", "__firstlineno__", "__static_attributes__",
    "__annotations_cache__", "__annotate_func__", "__slotnames__",
}  # fmt: skip
# Whoever runs a network sets whether it trains, and its compiled form computes the same.
OF_A_NETWORKS_USE = {"training", "_compiled_call_impl", "_is_torch_compile", "_is_full_backward_hook"}
REDUCTIONS = ("__reduce_ex__", "__reduce__", "__getstate__")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def object_digest(value: object) -> str:
    """The sha256 of a value: its type, what it holds, and all code of the user's own that it can run.

    Equal for the same object asked twice and for one made alike; another for other numbers, settings, classes, hooks,
    or constants that its code reads, in modules of the user's own, too. Locks, loggers, files and modules count by
    their names. Raises UserError for an object that nothing can be seen of.
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


class _Digest:
    """A sha256 to which objects are added, each once: where one is met again, its number is added."""

    def __init__(self, sets: frozenset[int] = frozenset()) -> None:
        self._sets = sets  # those whose elements are added just now
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
            self.text(type(value).__qualname__, *sorted(self._elements(value)))
        elif isinstance(value, CodeType):
            self._code(value)
        elif self.is_known(value):
            self.text("again", str(self._numbers[id(value)]))
        else:
            self.text(str(type(value).__module__), type(value).__qualname__)  # Cython's kinds have no plain module
            take = next((take for kind, take in self._kinds if isinstance(value, kind)), self._state)
            take(value)

    def _elements(self, values: Any) -> Iterator[str]:
        """Their digests, each of its own, since a set has no order; a set that is met again in itself says nothing."""
        for each in values if id(values) not in self._sets else ():
            found = _Digest(self._sets | {id(values)})
            found.add(each)
            yield found.hexdigest()

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
            if isinstance(value, Mapping) and (name.endswith("_hooks") or "_hooks_" in name):
                self._values(tuple(value.values()))
            elif name not in OF_A_NETWORKS_USE and not isinstance(value, torch.fx.Graph):
                self.text(name)
                self.add(value)

    def _state(self, value: object) -> None:
        """Any other object: its class, and its attributes, or what it is pickled as, or what it says of itself.

        What a class of a package is pickled as is all of it; one of the user's own may leave out what counts.
        """
        self.add(type(value))
        reduced = _reduction(value)
        if isinstance(reduced, tuple) and _is_reduced_by_itself(type(value)):
            function, arguments, *others = reduced
            items = (list(each) if isinstance(each, Iterator) else each for each in others)
            self._values((function, arguments, *items))
            if is_installed(type(value).__module__):
                return
        state = [*getattr(value, "__dict__", {}).items(), *_slots(value)]
        for name, each in sorted(state, key=lambda item: str(item[0])):
            self.text(str(name))
            self.add(each)
        said = "" if state else repr(value)
        if ADDRESS.search(said) and reduced is None:
            raise UserError(
                f"A {type(value).__module__}.{type(value).__qualname__} is in it, or read by its code, whose content "
                "cannot be seen, so that two of them could not be told apart; leave it out, or make it of tensors"
            )
        self.text("" if ADDRESS.search(said) else said)

    def _class(self, value: type) -> None:
        self.text(str(value.__module__), value.__qualname__)
        own = not is_installed(value.__module__)
        for name, each in sorted(vars(value).items()):
            if (own and name not in OF_EVERY_CLASS) or is_replaced(each):
                self.text(name)
                self.add(each)
        for base in value.__bases__:
            self.add(base)

    def _function(self, value: FunctionType) -> None:
        """The code of the user's own, the constants it reads, and in any function what it was made with."""
        self.text(value.__module__ or "", value.__qualname__)
        held = [each.cell_contents for each in value.__closure__ or () if _is_filled(each)]
        self._values((value.__defaults__, value.__kwdefaults__, *held, getattr(value, "__wrapped__", None)))
        if not is_installed_file(value.__code__.co_filename):
            self.add(value.__code__)
            read = [name for name in dict.fromkeys(globals_of(value.__code__)) if name in value.__globals__]
            for name in read:
                self.text(name)
                self.add(value.__globals__[name])
            modules = [value.__globals__[name] for name in read] + list(imported_by(value))
            self._of_modules(modules, frozenset(names_of(value.__code__)), set())

    def _of_modules(self, modules: Sequence[object], names: frozenset[str], seen: set[str]) -> None:
        """What code reads of modules of the user's own, going by the names that are in it."""
        for module in modules:
            if not isinstance(module, ModuleType) or module.__name__ in seen or is_of_package(module.__name__):
                continue
            seen.add(module.__name__)
            found = [vars(module)[name] for name in sorted(names & vars(module).keys())]
            self._values(found)
            self._of_modules(found, names, seen)

    def _code(self, code: CodeType) -> None:
        self.text(code.co_code.hex(), *code.co_names, *code.co_varnames, *code.co_freevars, str(code.co_flags))
        self.text(code.co_exceptiontable.hex())
        self._values(code.co_consts)


def _reduction(value: object) -> object:
    """What an object is pickled as; None for what cannot be."""
    try:
        return value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 a class of anybody's may raise anything
        return None


def _is_reduced_by_itself(kind: type) -> bool:
    return any(getattr(kind, name) is not getattr(object, name) for name in REDUCTIONS)


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
