"""Packages of one's own: what is wrong with a folder, how it is packed, added and found as it was uploaded."""

from pathlib import Path

import numpy as np
import pytest
from tiny_package import BENCHMARK, STIMULI, tiny_package

from brainrank.api.services.submissions import packages, upload_store
from brainrank.api.services.submissions.packages import (
    add,
    catalogue_of_folder,
    checked_package,
    contents_of,
    find_faults,
    findings,
    pack,
    package_in_place,
    uploaded_package,
)
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.faults import InvalidPackageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    return tiny_package(tmp_path / "package")


@pytest.fixture
def home(tmp_path: Path) -> Locations:
    return Locations(home=tmp_path / "home")


def test_a_package_in_order_has_its_benchmarks(folder: Path) -> None:
    assert find_faults(folder, Silent()) == []
    assert findings(folder, Silent()).groups == {}
    found = catalogue_of_folder(folder, Silent()).catalogue
    assert list(found.benchmarks) == [BENCHMARK]
    contents = contents_of(checked_package(folder, Silent()))
    assert list(contents.declared().values()) == list(found.benchmarks.values())


def test_all_that_is_wrong_is_told_the_description_first(folder: Path) -> None:
    (folder / "im3.png").unlink()
    text = (folder / "dataset.toml").read_text()
    (folder / "dataset.toml").write_text(text.replace('"mine"', '"kriegeskorte2008"').replace("draws", "drawn"))
    faults = find_faults(folder, Silent())
    assert [each.file for each in faults] == sorted((each.file for each in faults), key=lambda f: f != "dataset.toml")
    told = "\n".join(map(str, faults))
    for expected in ("is a study of brainrank", "drawn", "im3.png"):
        assert expected in told
    for check in (checked_package, catalogue_of_folder):
        with pytest.raises(InvalidPackageError, match="is a study of brainrank"):
            check(folder, Silent())
    with pytest.raises(InvalidDataError, match="is no folder"):
        find_faults(folder / "nowhere", Silent())


def test_groups_that_are_fewer_than_stimuli_are_told(folder: Path) -> None:
    table = "".join(f"im{number},im{number}.png,g{number // 2}\n" for number in range(STIMULI))
    (folder / "stimuli.csv").write_text(f"stimulus_id,file,group\n{table}")
    told = findings(folder, Silent()).groups
    assert told == {"it": f"{STIMULI} stimuli in 4 groups, held out and drawn together"}


def test_what_was_in_order_once_is_not_looked_at_again_until_it_changes(
    folder: Path, home: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    monkeypatch.setattr(packages, "find_faults", lambda *given: looked.append(given) or [])
    first = package_in_place(folder, home)
    assert package_in_place(folder, home).digest == first.digest
    assert len(looked) == 1
    np.savez(folder / "rdms.npz", rdms=np.random.default_rng(1).random((2, STIMULI * (STIMULI - 1) // 2)))
    assert package_in_place(folder, home).digest != first.digest
    assert len(looked) == 2


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_or_its_archive_is_added_once(folder: Path, home: Locations, tmp_path: Path, packed: bool) -> None:
    path = pack(folder, tmp_path / "mine.zip", Silent()) if packed else folder
    added = add(path, home, Silent())
    assert added.digest == add(path, home, Silent()).digest
    assert (home.packages / "mine" / "dataset.toml").is_file()
    (folder / "dataset.toml").write_text((folder / "dataset.toml").read_text().replace("Mine", "Mine too"))
    with pytest.raises(InvalidDataError, match="A package 'mine' with other content is there already"):
        add(folder, home, Silent())


def test_an_upload_is_unpacked_once_and_anew_where_it_was_changed(
    folder: Path, home: Locations, tmp_path: Path
) -> None:
    archive = pack(folder, tmp_path / "mine.zip", Silent())
    file = RemoteFile("upload.zip", sha256_of(archive), ())
    with pytest.raises(DataUnavailableError):
        uploaded_package(file, home, Silent())
    upload_store.store(archive, file, home)
    found = uploaded_package(file, home, Silent())
    unpacked = found.folder / "im0.png"
    before = unpacked.stat().st_mtime_ns
    assert uploaded_package(file, home, Silent()).digest == found.digest
    assert unpacked.stat().st_mtime_ns == before
    content = unpacked.read_bytes()
    unpacked.write_bytes(b"no image")
    assert uploaded_package(file, home, Silent()).digest == found.digest
    assert unpacked.read_bytes() == content
