"""What of the user's own code a Python file needs, found without running it: the file, and what it imports of it."""

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import InvalidDataError

INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
OURS = "brainrank"


def own_files(path: Path) -> tuple[Path, ...]:
    """The file, and the user's own files that it can reach by imports: all of a package that it imports from.

    Raises InvalidDataError where one of them is no Python.
    """
    return _reach(path).files


def code_digest(path: Path) -> str:
    """The sha256 of the file or, where it imports others of the user's, of all of them with their names."""
    files = own_files(path)
    if len(files) == 1:
        return sha256_of(path)
    lines = sorted(f"{file.name} {sha256_of(file)}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def installed_packages(path: Path) -> tuple[str, ...]:
    """The distributions that the user's files import from, sorted."""
    return tuple(
        sorted({each for name in _reach(path).names for each in distributions().get(name, ()) if each != OURS})
    )


class _Reached(NamedTuple):
    """The user's own files, and the first parts of the names of all modules that they import."""

    files: tuple[Path, ...]
    names: frozenset[str]


def _reach(path: Path) -> _Reached:
    found, names, ahead = dict[Path, None](), set[str](), [path.resolve()]
    while ahead:
        file = ahead.pop()
        if file in found:
            continue
        found[file] = None
        new = _imported(file) - names
        names |= new
        for name in new:
            ahead += _own_module_files(name, path.resolve().parent)
    return _Reached(tuple(found), frozenset(names))


@cache
def distributions() -> dict[str, list[str]]:
    """The distributions that the modules at the top level come from, by the modules' names."""
    return dict(packages_distributions())


def _imported(file: Path) -> set[str]:
    """The first parts of the names of all modules that a file imports, wherever in it."""
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        line = f"line {error.lineno}: {(error.text or '').strip()}"
        raise InvalidDataError(f"{file}, {line}\n    {type(error).__name__}: {error.msg}") from error
    except ValueError as error:  # a null byte
        raise InvalidDataError(f"{file} is no Python that can be read: {error}") from error
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _own_module_files(name: str, folder: Path) -> Iterator[Path]:
    """The files of a module or package of the user's; none of one that is installed, or is nowhere."""
    if name in sys.stdlib_module_names or name == OURS:
        return
    for place in _places(name, folder):
        if place.is_dir():
            yield from sorted(place.rglob("*.py"))
        elif place.suffix == ".py" and place.is_file():
            yield place


def _places(name: str, folder: Path) -> list[Path]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a module that stands for another may have none
        spec = None
    if spec is None:
        return [folder / f"{name}.py", folder / name]
    places = [Path(each).resolve() for each in (spec.submodule_search_locations or [spec.origin or ""]) if each]
    installed = [Path(sysconfig.get_path(each)).resolve() for each in INSTALLED]
    return [place for place in places if not any(place.is_relative_to(root) for root in installed)]
