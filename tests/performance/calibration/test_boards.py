"""Boards with cells left out, in a small form: nobody gains lines, and places hold those of the whole table."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[3] / "performance" / "calibration" / "boards.py"
PAGE = """# Results

Convention: {convention}. Mean: over groups.

### it

| model | a.one.rsa | a.two.rsa (version 2) |
| --- | --- | --- |
| x | .200 [.100 to .300] #3 | (.300 [.200 to .400]) #4 |
| y | -.100 [-.200 to .100] | .300 [.200 to .400] |
| *noise ceiling* | .400 to .600 | - |

### cka

| model | a.one.cka |
| --- | --- |
| x | .5 [.4 to .6] |
| *noise ceiling* | .9 to .9 |

- a.one.cka: it ranks in its own group alone

## Same network

| a | b |
"""


@pytest.fixture(scope="module")
def boards() -> ModuleType:
    spec = importlib.util.spec_from_file_location("boards", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("convention", "scale"), [("raw", 0.4), ("explained", 1.0)])
def test_the_page_of_results_is_read(boards: ModuleType, convention: str, scale: float) -> None:
    table = boards.real_table(PAGE.format(convention=convention))
    assert [(each.name, each.group, each.study) for each in table.columns] == [("a.one.rsa", "it", "a")]
    assert table.models == ["x", "y"]
    np.testing.assert_allclose(table.values, np.array([[0.2], [-0.1]]) / scale)
    np.testing.assert_allclose(table.errors, np.array([[0.2], [0.3]]) / 3.92 / scale)


def test_leaving_benchmarks_out_gains_no_line(boards: ModuleType) -> None:
    before, now = boards.left_out(repetitions=3, every=3)
    assert (before.rule, now.rule) == ("before", "now")
    for way in (boards.HIGHEST, boards.BEST, boards.ALL_BUT_ONE):
        mean, error = now.gained[way][0]
        assert mean < 2 * error + 0.5
        assert now.beyond[way] <= before.beyond[way]
    assert before.gained[boards.HIGHEST][0][0] > 5  # what was wrong
    assert all(share >= 0.9 for share in now.held.values())
