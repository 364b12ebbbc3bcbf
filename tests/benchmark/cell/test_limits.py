"""What a process uses, what lies in a folder, and folders that do not want to be removed."""

import os
from pathlib import Path

from brainrank.benchmark.cell import limits
from brainrank.benchmark.cell.limits import (
    MOST_DISK_BYTES,
    cpu_seconds,
    default_disk_bytes,
    default_memory_bytes,
    folder_bytes,
    together,
    usage,
    with_children,
)
from brainrank.benchmark.cell.occupant import remove_folder
from brainrank.benchmark.statistics.memory import machine_bytes


def test_usage_is_that_of_the_process() -> None:
    found = usage(os.getpid())
    assert found is not None
    assert 10 * 2**20 < found.memory_bytes < machine_bytes()
    assert found.cpu_s > 0
    assert found.threads >= 1
    assert together([found, found]).threads == 2 * found.threads
    assert usage(2**22 + 1) is None
    assert os.getpid() in with_children(os.getppid())


def test_what_lies_in_a_folder_is_counted_as_far_as_anybody_should(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x" * 2**20)
    (tmp_path / "a" / "link").symlink_to("/usr")
    found = folder_bytes(tmp_path)
    assert found is not None
    assert 2**20 <= found < 2**21
    for number in range(limits.MOST_FILES):
        (tmp_path / f"{number}").touch()
    assert folder_bytes(tmp_path) is None
    remove_folder(tmp_path)
    assert not tmp_path.exists()


def test_a_deep_folder_is_removed_with_all_that_is_in_it_and_nothing_it_points_to(tmp_path: Path) -> None:
    outside, here = tmp_path / "outside", Path.cwd()
    outside.mkdir()
    (outside / "file").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    os.chdir(folder)
    try:
        for _ in range(1200):  # beyond what a path may have, and Python's stack
            Path("d").mkdir()
            os.chdir("d")
        Path("link").symlink_to(outside)
        Path("file").touch()
        Path("shut").mkdir()
        Path("shut/inner").mkdir()
        Path("shut").chmod(0)
    finally:
        os.chdir(here)
    assert folder_bytes(folder) is not None
    remove_folder(folder)
    assert not folder.exists()
    assert (outside / "file").exists()
    remove_folder(folder)


def test_limits_unless_set_are_parts_of_what_there_is(tmp_path: Path) -> None:
    assert 0 < default_memory_bytes() <= 0.8 * machine_bytes()
    assert 0 < default_disk_bytes(tmp_path) <= MOST_DISK_BYTES
    assert cpu_seconds(10.0) == 10 * len(os.sched_getaffinity(0)) + 1
