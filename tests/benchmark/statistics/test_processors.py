"""How many processors may be used: as many as the scheduler and the control groups leave."""

import os
from pathlib import Path

import pytest

from brainrank.benchmark.statistics.processors import usable_processors


@pytest.fixture(autouse=True)
def of_eight(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight processors, and the groups."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)))


def test_without_a_bound_they_are_those_the_process_may_run_on(groups: Path) -> None:
    assert usable_processors() == 8
    (groups / "slice/service/cpu.max").write_text("max 100000\n")
    assert usable_processors() == 8


@pytest.mark.parametrize(("quota", "expected"), [("300000", 3), ("250000", 3), ("20000", 1), ("9900000", 8)])
@pytest.mark.parametrize("group", [".", "slice", "slice/service"])
def test_the_tightest_control_group_bounds_them(groups: Path, group: str, quota: str, expected: int) -> None:
    (groups / "slice/service/cpu.max").write_text("max 100000\n")
    (groups / group / "cpu.max").write_text(f"{quota} 100000\n")
    assert usable_processors() == expected


@pytest.mark.parametrize("group", ["cpu", "cpu/work"])
@pytest.mark.parametrize(("quota", "expected"), [("200000", 2), ("-1", 8)])
def test_control_groups_of_version_1_bound_them(groups: Path, group: str, quota: str, expected: int) -> None:
    (groups / group).mkdir(parents=True)
    (groups / group / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (groups / group / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_processors() == expected
