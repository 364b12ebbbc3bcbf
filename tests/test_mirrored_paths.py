"""Tests lie where the code does: every service has a test file of its own."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def does_something(path: Path) -> bool:
    """Whether a module defines a function or a class; one that only gives a type its name is tested by those it has."""
    return any(isinstance(each, ast.FunctionDef | ast.ClassDef) for each in ast.parse(path.read_text()).body)


def test_every_service_has_a_test_file() -> None:
    services = [path for path in (ROOT / "api" / "services").rglob("*.py") if does_something(path)]
    assert len(services) > 50
    wanted = {path.relative_to(ROOT).with_name(f"test_{path.name}") for path in services}
    assert sorted(each for each in wanted if not (ROOT / "tests" / each).is_file()) == []
