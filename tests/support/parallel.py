"""How the tests are shared out among processes (`pytest -n 3 --dist loadgroup --no-loadscope-reorder`).

Tests that share a fixture of their module run in one process, else each process would make it anew: a service, a
browser, a cell. Those that mostly wait for processes they started begin first, so that others compute meanwhile and the
end is of small ones.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WAITING = tuple(
    TESTS / each for each in ("docs", "end_to_end", "fire", "workers", "test_packaging.py", "test_tutorials.py")
)


def shares_a_fixture(item: pytest.Item) -> bool:
    """Whether it has a fixture that is made once for a module."""
    known = getattr(item, "_fixtureinfo", None)  # pytest tells scopes nowhere else
    return known is not None and any(each[-1].scope == "module" for each in known.name2fixturedefs.values() if each)


def begins(item: pytest.Item) -> int:
    """The place in the order: what waits, what belongs together, and the rest."""
    if any(item.path.is_relative_to(TESTS / each) for each in WAITING):
        return 0
    return 1 if item.get_closest_marker("xdist_group") else 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group and order the tests; in one process they stay in the order of their files."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and shares_a_fixture(item):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(TESTS))))
    if hasattr(config, "workerinput"):
        items.sort(key=begins)
