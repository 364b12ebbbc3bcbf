"""Python code as it is in memory: whose it is, and what it reads by name."""

import dis
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


def is_installed(module: str) -> bool:
    """Whether a module is Python's own or lies where packages are installed; one without a file is the user's."""
    return module in sys.builtin_module_names or is_installed_file(_file_of(module))


def _file_of(module: str) -> str:
    return getattr(sys.modules.get(module), "__file__", None) or ""


@cache
def is_installed_file(file: str) -> bool:
    """Whether code of that file is Python's own or of a package."""
    if file.startswith("<frozen"):
        return True
    places = [Path(sysconfig.get_path(each)).resolve() for each in INSTALLED]
    return bool(file) and any(Path(file).resolve().is_relative_to(place) for place in places)


def is_of_package(module: str) -> bool:
    """Whether a module is of an installed package, if without a file of its own."""
    return is_installed(module) or is_installed(module.partition(".")[0])


def is_replaced(value: object) -> bool:
    """Whether it is a function of the user's own, which in an installed class stands for the package's."""
    function = getattr(value, "__func__", value)
    if not isinstance(function, FunctionType) or is_installed_file(function.__code__.co_filename):
        return False
    return not is_of_package(str(function.__globals__.get("__name__", "")))


def globals_of(code: CodeType) -> Iterator[str]:
    """The names of a module that code reads, with those of the functions within it."""
    yield from (each.argval for each in dis.get_instructions(code) if each.opname in {"LOAD_GLOBAL", "LOAD_NAME"})
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from globals_of(each)


def names_of(code: CodeType) -> Iterator[str]:
    """All names in code, of attributes too, with those in the functions within it."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from names_of(each)


def imported_by(function: FunctionType) -> Iterator[object]:
    """The modules that a function imports itself, if they are there."""
    package = str(function.__globals__.get("__package__") or "")
    for each in dis.get_instructions(function.__code__):
        if each.opname == "IMPORT_NAME":
            yield from (sys.modules.get(name) for name in (each.argval, f"{package}.{each.argval}"))
