"""Which modules of brainrank a module can reach, and the digest of what is written there: read from their source.

Nothing is imported. A module is reached by `import` and `from ... import` wherever they stand, in functions too, and by
`import_module` with the name written out; a name whose beginning alone is written out reaches every module that begins
so. Imports for type checkers reach nothing. Why and what it costs: docs/decisions/what-makes-a-score-current.md.
"""

import ast
import hashlib
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "brainrank"
TABLE = re.compile(r"[\w-]+\.\w+")
# Where a node stands tells its context; `u` before a string and comments with types change nothing.
UNTOLD = {"ctx", "kind", "type_comment", "type_ignores"}


class SourceError(Exception):
    """Source that cannot be followed: a fault of the code, not of its user."""


class Module(NamedTuple):
    """What of a module's source matters: the modules it imports, tables read from beside it, and its digest.

    `unreadable` are the lines of imports by a name that is not written out.
    """

    imports: tuple[str, ...]
    tables: tuple[str, ...]
    unreadable: tuple[int, ...]
    digest: str


class Sources:
    """The modules below a folder, the one that is installed as `brainrank`; each is read once.

    What is in `lookups` is neither followed nor part of a digest: modules that say what there is and find it by name.
    Whoever asks for a digest names the modules that are found there for the case at hand.
    """

    def __init__(self, root: Path, *, lookups: Collection[str] = ()) -> None:
        self.root, self.lookups = root, frozenset(lookups)
        self.module, self.digest, self.path = cache(self._module), cache(self._digest), cache(self._path)

    def closure(self, entries: Collection[str]) -> tuple[str, ...]:
        """The modules that these can reach, themselves included, sorted. Raises SourceError for one that is not there.

        The packages they are in are reached where they have code of their own (`__init__.py`).
        """
        found, ahead = set[str](), list(entries)
        while ahead:
            name = ahead.pop()
            if name not in found and name not in self.lookups:
                found.add(name)
                ahead += [*self.module(name).imports, *self._packages(name)]
        return tuple(sorted(found))

    def _digest(self, entries: frozenset[str]) -> str:
        """The sha256 of the modules that these can reach and of the tables they read, with their names."""
        lines = [f"{name} {self.module(name).digest}\n" for name in self.closure(entries)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _module(self, name: str) -> Module:
        """Read a module. Raises SourceError when it is not there or imports what cannot be followed."""
        path = self.path(name)
        if path is None:
            raise SourceError(f"There is no module {name} in {self.root}")
        reading = _Reading()
        reading.statements(ast.parse(path.read_bytes()).body)
        tables = [each for each in sorted(reading.names) if _is_table(path.parent / each)]
        digest = hashlib.sha256("\n".join(reading.written).encode())
        for table in tables:
            digest.update(f"\n{table}\n".encode() + (path.parent / table).read_bytes())
        imports = {module for each in reading.imports for module in self._named(each)}
        return Module(tuple(sorted(imports)), tuple(tables), tuple(reading.unreadable), digest.hexdigest())

    def _named(self, imported: "_Import") -> Iterator[str]:
        """The modules that an import names: one, those with such a beginning, or names in a package and its modules."""
        if imported.is_beginning:
            yield from self._beginning(imported.module)
        elif not imported.names:
            yield imported.module
        else:
            if self.path(imported.module) is not None:
                yield imported.module
            within = [f"{imported.module}.{name}" for name in imported.names]
            modules = [name for name in within if self.path(name) is not None]
            yield from modules
            if self.path(imported.module) is None and len(modules) < len(within):
                absent = ", ".join(sorted(set(within) - set(modules)))
                raise SourceError(f"There is no module {absent} in {self.root}")

    def _beginning(self, beginning: str) -> Iterator[str]:
        folder = self.root.joinpath(*beginning.split(".")[1:-1])
        for file in folder.rglob("*.py"):
            parts = file.relative_to(self.root).with_suffix("").parts
            name = ".".join((PACKAGE, *parts)).removesuffix(".__init__")
            if name.startswith(beginning):
                yield name

    def _packages(self, name: str) -> Iterator[str]:
        parts = name.split(".")
        # brainrank itself is the public face, which finds everything by name and is no part of any score.
        packages = (".".join(parts[:length]) for length in range(2, len(parts)))
        return (package for package in packages if self.path(package) is not None)

    def _path(self, name: str) -> Path | None:
        stem = self.root.joinpath(*name.split(".")[1:])
        return next((each for each in (stem.with_suffix(".py"), stem / "__init__.py") if each.is_file()), None)


class _Import(NamedTuple):
    """A module and the names taken from it; `is_beginning` where `module` is how names of modules begin."""

    module: str
    names: tuple[str, ...] = ()
    is_beginning: bool = False


class _Reading:
    """One pass over a module's syntax tree: what is written in it, and what it imports.

    Comments, formatting, docstrings and imports for type checkers are not of it. Fields that are empty are not written,
    so that a field which a later Python adds changes nothing.
    """

    def __init__(self) -> None:
        self.written, self.imports = list[str](), list[_Import]()
        self.names, self.unreadable = set[str](), list[int]()

    def statements(self, body: list[ast.stmt]) -> None:
        """Read statements one after another; a string that stands alone says something to readers only."""
        for each in body:
            if isinstance(each, ast.If) and _is_for_type_checkers(each.test):
                self.statements(each.orelse)
            elif not (isinstance(each, ast.Expr) and _text(each.value) is not None):
                self._node(each)

    def _node(self, node: ast.AST) -> None:
        self._notice(node)
        self.written.append(type(node).__name__)
        for field, value in ast.iter_fields(node):
            if value is None or field in UNTOLD or (isinstance(value, list) and not value):
                continue
            self.written.append(field)
            if isinstance(value, ast.AST):
                self._node(value)
            elif not isinstance(value, list):
                self.written.append(repr(value))
            else:
                self.written.append("[")
                self._each(value)
                self.written.append("]")

    def _each(self, values: list[object]) -> None:
        if isinstance(values[0], ast.stmt):
            self.statements([each for each in values if isinstance(each, ast.stmt)])
            return
        for each in values:
            if isinstance(each, ast.AST):
                self._node(each)
            else:
                self.written.append(repr(each))

    def _notice(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self.imports += [_Import(each.name) for each in node.names if _is_ours(each.name)]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise SourceError(f"Line {node.lineno} imports relatively; write the module's whole name")
            if node.module is not None and _is_ours(node.module):
                self.imports.append(_Import(node.module, tuple(each.name for each in node.names)))
        elif isinstance(node, ast.Call) and _is_import_module(node.func):
            self._notice_import_module(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLE.fullmatch(node.value):
            self.names.add(node.value)

    def _notice_import_module(self, call: ast.Call) -> None:
        name = next(iter(call.args), None) or next((each.value for each in call.keywords if each.arg == "name"), call)
        whole = _text(name)
        beginning = _text(name.values[0]) if isinstance(name, ast.JoinedStr) else None
        if whole is not None:
            self.imports += [_Import(whole)] if _is_ours(whole) else []
        elif beginning is not None and _is_ours(beginning):
            self.imports.append(_Import(beginning, is_beginning=True))
        else:
            self.unreadable.append(call.lineno)


def _is_ours(module: str) -> bool:
    return module.startswith(f"{PACKAGE}.")


def _is_table(path: Path) -> bool:
    return path.suffix != ".py" and path.is_file()


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_for_type_checkers(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _is_import_module(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id in {"import_module", "__import__"}) or (
        isinstance(function, ast.Attribute) and function.attr == "import_module"
    )
