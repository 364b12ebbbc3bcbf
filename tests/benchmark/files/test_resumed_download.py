"""Large files in several goes: what came stays, a changed file begins anew, another file is not taken."""

from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import pytest
from ranged_files import RangedFiles, ranged_files

from brainrank.benchmark.files.resumed_download import CHUNK, Download, download_resumed, remote_bytes
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.reporter import Silent

CONTENT = bytes(range(256)) * 4_000
DIGEST = f"sha1:{sha1(CONTENT, usedforsecurity=False).hexdigest()}"


@pytest.fixture
def served() -> Iterator[RangedFiles]:
    with ranged_files() as found:
        found.files["a.nc"] = CONTENT
        yield found


def wanted(served: RangedFiles, folder: Path, digest: str = DIGEST) -> Download:
    return Download(f"{served.address}/a.nc", folder / "a.nc", digest)


def broken_off(served: RangedFiles, folder: Path, after: int) -> None:
    served.break_after = after
    with pytest.raises(DataUnavailableError, match="What came is kept"):
        download_resumed(wanted(served, folder), Silent())
    served.break_after = None
    assert not (folder / "a.nc").exists()


def test_a_file_comes_whole_and_leaves_nothing_beside_it(served: RangedFiles, tmp_path: Path) -> None:
    assert remote_bytes(f"{served.address}/a.nc") == len(CONTENT)
    download_resumed(wanted(served, tmp_path), Silent())
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert [each.name for each in tmp_path.iterdir()] == ["a.nc"]


def test_what_was_broken_off_goes_on_where_it_stopped(served: RangedFiles, tmp_path: Path) -> None:
    broken_off(served, tmp_path, 300_000)
    broken_off(served, tmp_path, 200_000)
    download_resumed(wanted(served, tmp_path), Silent())
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert [part for _, part in served.asked] == ["", f"bytes={4 * CHUNK}-", f"bytes={7 * CHUNK}-"]


def test_a_file_that_changed_meanwhile_begins_anew(served: RangedFiles, tmp_path: Path) -> None:
    broken_off(served, tmp_path, 300_000)
    served.files["a.nc"] = CONTENT[::-1]
    changed = f"sha1:{sha1(CONTENT[::-1], usedforsecurity=False).hexdigest()}"
    download_resumed(wanted(served, tmp_path, changed), Silent())
    assert (tmp_path / "a.nc").read_bytes() == CONTENT[::-1]


def test_a_part_of_a_file_that_nobody_marked_is_not_gone_on_with(served: RangedFiles, tmp_path: Path) -> None:
    served.marked = False
    broken_off(served, tmp_path, 300_000)
    download_resumed(wanted(served, tmp_path), Silent())
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert [part for _, part in served.asked] == ["", ""]


def test_a_go_that_ended_before_the_check_only_checks(served: RangedFiles, tmp_path: Path) -> None:
    broken_off(served, tmp_path, 300_000)
    (tmp_path / "a.nc.part").write_bytes(CONTENT)
    download_resumed(wanted(served, tmp_path), Silent())
    assert (tmp_path / "a.nc").read_bytes() == CONTENT


def test_another_file_is_not_taken(served: RangedFiles, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"its sha1 is [0-9a-f]{40}, not 0000"):
        download_resumed(wanted(served, tmp_path, "sha1:" + "0" * 40), Silent())
    assert not list(tmp_path.glob("*.part"))
    assert not (tmp_path / "a.nc").exists()


def test_a_file_that_is_not_there_is_said_with_the_servers_word(served: RangedFiles, tmp_path: Path) -> None:
    gone = Download(f"{served.address}/b.nc", tmp_path / "b.nc")
    with pytest.raises(DataUnavailableError, match=r"Could not get http.*/b.nc \(404"):
        download_resumed(gone, Silent())
    with pytest.raises(DataUnavailableError, match="404"):
        remote_bytes(gone.address)
    with pytest.raises(DataUnavailableError, match="ConnectionError"):
        remote_bytes("http://127.0.0.1:9/c.nc")
