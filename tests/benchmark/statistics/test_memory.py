"""How much memory is free: what the machine has, and a container's limit leaves."""

from pathlib import Path

import pytest

from brainrank.benchmark.statistics import memory
from brainrank.benchmark.statistics.memory import free_memory, machine_bytes, usable_memory

FREE = 2000 * 1024


@pytest.fixture(autouse=True)
def machine(groups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One with 2,000 KiB to give."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemFree:  10 kB\nMemAvailable:  2000 kB\n")
    return tmp_path


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"memory.{name}").write_text(f"{content}\n")


def test_without_a_bound_it_is_what_the_machine_could_give(groups: Path) -> None:
    assert free_memory() == FREE
    write(groups / "slice/service", max="max", current="700000")
    write(groups / "memory", limit_in_bytes="9223372036854771712", usage_in_bytes="700000")
    assert free_memory() == FREE


@pytest.mark.parametrize("group", [".", "slice", "slice/service"])
def test_a_control_group_leaves_its_limit_less_what_it_holds(groups: Path, group: str) -> None:
    write(groups / "slice/service", max="max", current="1000")
    write(groups / group, max="1000000", current="300000")
    assert free_memory() == 700_000


def test_pages_of_files_that_it_gives_up_are_free(groups: Path) -> None:
    stat = "anon 100000\nfile 200000\ninactive_file 150000\nactive_file 50000"
    write(groups / "slice/service", max="1000000", current="300000", stat=stat)
    assert free_memory() == 850_000


@pytest.mark.parametrize("group", ["memory", "memory/elsewhere"])
def test_a_control_group_of_version_1_bounds_it(groups: Path, group: str) -> None:
    stat = "inactive_file 1\ntotal_inactive_file 150000"
    write(groups / group, limit_in_bytes="1000000", usage_in_bytes="300000", stat=stat)
    assert free_memory() == 850_000


def test_a_group_at_its_limit_or_above_leaves_none(groups: Path) -> None:
    write(groups, max="1000", current="1200")
    assert free_memory() == 0


def test_what_may_be_taken_in_all_is_the_tightest_limit(groups: Path) -> None:
    assert usable_memory() == machine_bytes()
    write(groups / "slice", max="3000000", current="300000")
    write(groups / "memory", limit_in_bytes="2000000", usage_in_bytes="300000")
    assert usable_memory() == 2_000_000


def test_where_the_machine_does_not_tell_it_is_all_it_has(machine: Path) -> None:
    (machine / "meminfo").unlink()
    assert free_memory() == machine_bytes()
