"""How many processors may be used: as many as the scheduler and the control groups leave."""

import os
from pathlib import Path

import pytest

from brainrank.benchmark.statistics import processors as module
from brainrank.benchmark.statistics.processors import usable_processors


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups of a machine of eight processors; this process is in /slice/service."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)))
    monkeypatch.setattr(module, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(module, "OWN_GROUPS", tmp_path / "own")
    (tmp_path / "own").write_text("4:memory:/elsewhere\n0::/slice/service\n")
    (tmp_path / "cgroup/slice/service").mkdir(parents=True)
    return tmp_path / "cgroup"


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


@pytest.mark.parametrize(("quota", "expected"), [("200000", 2), ("-1", 8)])
def test_control_groups_of_version_1_bound_them(groups: Path, quota: str, expected: int) -> None:
    (groups / "cpu").mkdir()
    (groups / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (groups / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert usable_processors() == expected
