"""What a module can reach, on small trees made here; the digest changes with what can reach a number, and else not."""

from pathlib import Path
from textwrap import dedent

import pytest

from brainrank.benchmark.scoring.import_closure import SourceError, Sources

ENTRY = frozenset({"brainrank.benchmark.entry"})


def tree(root: Path, **files: str) -> Path:
    """A tree whose files are named by their path, `__` for a slash."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


def closure(root: Path, **named: tuple[str, ...]) -> list[str]:
    return [name.removeprefix("brainrank.") for name in Sources(root, **named).closure(ENTRY)]


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("import brainrank.benchmark.a", ["a"]),
        ("import brainrank.benchmark.a as other", ["a"]),
        ("from brainrank.benchmark.a import one", ["a"]),
        ("from brainrank.benchmark import a, b", ["a", "b"]),
        ("def f():\n    from brainrank.benchmark.a import one", ["a"]),
        ("class C:\n    def f(self):\n        import brainrank.benchmark.a", ["a"]),
        ("try:\n    import brainrank.benchmark.a\nexcept ImportError:\n    import brainrank.benchmark.b", ["a", "b"]),
        ("from importlib import import_module\nimport_module('brainrank.benchmark.a')", ["a"]),
        ("import importlib\nimportlib.import_module(name='brainrank.benchmark.a')", ["a"]),
        ("__import__('brainrank.benchmark.a')", ["a"]),
        ("import_module(f'brainrank.benchmark.{name}')", ["a", "b"]),
        ("import_module(f'brainrank.benchmark.a{name}')", ["a"]),
        ("import numpy, os\nfrom json import loads\nimport_module('torch')", []),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import brainrank.benchmark.a", []),
        ("import typing\nif typing.TYPE_CHECKING:\n    import brainrank.benchmark.a", []),
        ("if TYPE_CHECKING:\n    import brainrank.benchmark.a\nelse:\n    import brainrank.benchmark.b", ["b"]),
        ("'import brainrank.benchmark.a'  # import brainrank.benchmark.b", []),
    ],
)
def test_every_way_to_import(tmp_path: Path, text: str, reached: list[str]) -> None:
    tree(tmp_path, benchmark__entry=text, benchmark__a="one = 1", benchmark__b="")
    assert closure(tmp_path) == sorted([*(f"benchmark.{name}" for name in reached), "benchmark.entry"])


def test_imports_are_followed_in_circles_and_through_packages(tmp_path: Path) -> None:
    tree(
        tmp_path,
        benchmark__entry="from brainrank.datasets.readers.a import one",
        datasets__readers__a="import brainrank.benchmark.entry",
        datasets__b="",
        datasets__c="",
    )
    (tmp_path / "datasets" / "readers" / "__init__.py").write_text("import brainrank.datasets.b")
    assert closure(tmp_path) == ["benchmark.entry", "datasets.b", "datasets.readers", "datasets.readers.a"]


def test_lookups_are_neither_followed_nor_part_of_the_digest(tmp_path: Path) -> None:
    tree(tmp_path, benchmark__entry="import brainrank.benchmark.a", benchmark__a="import brainrank.benchmark.b")
    tree(tmp_path, benchmark__b="")
    lookups = ("brainrank.benchmark.a",)
    assert closure(tmp_path, lookups=lookups) == ["benchmark.entry"]
    before = Sources(tmp_path, lookups=lookups).digest(ENTRY)
    tree(tmp_path, benchmark__a="import brainrank.benchmark.b\nother = 1")
    assert Sources(tmp_path, lookups=lookups).digest(ENTRY) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import brainrank.benchmark.absent", "no module brainrank.benchmark.absent"),
        ("from brainrank.benchmark import absent", "no module brainrank.benchmark.absent"),
        ("from brainrank.benchmark import *", r"no module brainrank.benchmark.\*"),
        ("from . import a", "Line 1 imports relatively"),
    ],
)
def test_what_cannot_be_followed_is_a_fault(tmp_path: Path, text: str, said: str) -> None:
    tree(tmp_path, benchmark__entry=text, benchmark__a="")
    with pytest.raises(SourceError, match=said):
        closure(tmp_path)


def test_imports_by_a_name_that_is_not_written_out_are_told(tmp_path: Path) -> None:
    tree(tmp_path, benchmark__entry="def f(name):\n    return import_module(name)")
    assert Sources(tmp_path).module("brainrank.benchmark.entry").unreadable == (2,)


CODE = '''
"""What it is."""
import brainrank.benchmark.a

LIMIT = 3


def f(x, y=2):
    """Say so."""
    return x + y
'''
HARMLESS = {
    "a comment": CODE.replace("LIMIT = 3", "LIMIT = 3  # not four"),
    "a docstring": CODE.replace("Say so.", "Say it otherwise."),
    "no docstring": CODE.replace('    """Say so."""\n', ""),
    "a string below a constant": CODE.replace("LIMIT = 3", 'LIMIT = 3\n"""The most there may be."""'),
    "formatting": CODE.replace("f(x, y=2)", "f(\n    x,\n    y = 2,\n)"),
    "an import for type checkers": CODE + "\nif TYPE_CHECKING:\n    import brainrank.benchmark.a as b\n",
}
CHANGES = {
    "a constant": CODE.replace("LIMIT = 3", "LIMIT = 4"),
    "its type": CODE.replace("LIMIT = 3", "LIMIT = 3.0"),
    "its sign": CODE.replace("LIMIT = 3", "LIMIT = -3"),
    "none": CODE.replace("LIMIT = 3", "LIMIT = None"),
    "an operator": CODE.replace("x + y", "x - y"),
    "the order": CODE.replace("x + y", "y + x"),
    "a default": CODE.replace("y=2", "y=3"),
    "a keyword-only parameter": CODE.replace("x, y", "x, *, y"),
    "a decorator": CODE.replace("def f", "@cache\ndef f"),
    "a statement": CODE + "\nLIMIT = 3\n",
    "what a function returns": CODE.replace("return x + y", "x + y"),
    "nothing left": "",
}


def digest(root: Path, text: str, **others: str) -> str:
    tree(root, **{"benchmark__entry": text, "benchmark__a": "", **others})
    return Sources(root).digest(ENTRY)


@pytest.mark.parametrize("change", HARMLESS)
def test_what_readers_alone_see_is_not_of_the_digest(tmp_path: Path, change: str) -> None:
    assert HARMLESS[change] != CODE
    assert digest(tmp_path, CODE) == digest(tmp_path, HARMLESS[change])


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_computed_is_of_the_digest(tmp_path: Path, change: str) -> None:
    assert digest(tmp_path, CODE) != digest(tmp_path, CHANGES[change])


def test_every_edit_has_a_digest_of_its_own(tmp_path: Path) -> None:
    found = [digest(tmp_path, each) for each in CHANGES.values()]
    assert len(set(found)) == len(found)


def test_what_is_reached_is_of_the_digest_and_nothing_else(tmp_path: Path) -> None:
    before = digest(tmp_path, CODE, benchmark__c="")
    assert digest(tmp_path, CODE, benchmark__c="LIMIT = 1", benchmark__d="") == before
    assert digest(tmp_path, CODE, benchmark__a="LIMIT = 1") != before


def test_a_table_beside_a_module_is_of_its_digest_where_it_is_named(tmp_path: Path) -> None:
    text = 'from pathlib import Path\nrows = Path(__file__).with_name("rows.csv").read_text()'
    tree(tmp_path, benchmark__entry=text)
    (tmp_path / "benchmark" / "rows.csv").write_text("a,b\n1,2\n")
    (tmp_path / "benchmark" / "other.csv").write_text("a,b\n1,2\n")
    before = Sources(tmp_path).digest(ENTRY)
    assert Sources(tmp_path).module("brainrank.benchmark.entry").tables == ("rows.csv",)
    (tmp_path / "benchmark" / "other.csv").write_text("a,b\n1,3\n")
    assert Sources(tmp_path).digest(ENTRY) == before
    (tmp_path / "benchmark" / "rows.csv").write_text("a,b\n1,3\n")
    assert Sources(tmp_path).digest(ENTRY) != before


def test_the_digest_of_a_text_stays(tmp_path: Path) -> None:
    """So that neither the way it is made nor another Python changes it unseen."""
    text = """
    from brainrank.benchmark.a import one
    def f(x: int, *rest: str, y=(1, 2.5, -3j), **more) -> dict[str, None]:
        with open(f"{x!r:>{y}} and {rest}") as file, other():
            match [each for each in file if not each][::2]:
                case {"a": 1 | 2, **others}: yield lambda: {**others, b"b": ...}
                case _: raise ValueError from None
    """
    assert digest(tmp_path, text)[:12] == "eb511003fca1"
