"""Every reader of strangers' bytes: good files are read, changed ones read or refused plainly, for a few seconds each.

Longer, and by what inputs cover: `python -m tests.fuzz` (docs/how-to/fuzz-the-readers.md).
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import NAMES
from tests.fuzz.fell import FELL
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS, try_one

# What libraries say of odd files in passing is no fault of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_names_are_those_of_the_readers() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize("name", TARGETS)
def test_good_files_are_read(name: str, tmp_path: Path) -> None:
    for content in TARGETS[name].seeds():
        path = tmp_path / f"file{TARGETS[name].suffix}"
        path.write_bytes(content)
        TARGETS[name].read(path)


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_changed_ones_are_read_or_refused(name: str, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    rng = np.random.default_rng(seed)
    seeds = TARGETS[name].seeds()
    folder = tmp_path_factory.getbasetemp()
    try_one(TARGETS[name], mutated(seeds[int(rng.integers(len(seeds)))], rng), folder)


@pytest.mark.parametrize("case", FELL)
def test_what_once_fell_is_read_or_refused(case: str, tmp_path: Path) -> None:
    name, content = FELL[case]
    try_one(TARGETS[name], content(), tmp_path)
