"""`brainrank dataset fetch`: what a study takes, consent, what is fetched, and what is left for a person."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha1
from pathlib import Path

import pytest
from ranged_files import RangedFiles, ranged_files
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.api.services.home import study_files as module
from brainrank.api.services.home.study_files import study_files
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.datasets import majajhong2015, nsd
from brainrank.datasets.acquisition import ACQUISITIONS
from brainrank.datasets.catalogue import DATASETS

FILES = (majajhong2015.ASSEMBLY, majajhong2015.TABLE, majajhong2015.IMAGES)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRAINRANK_STUDIES", raising=False)
    return lambda *arguments: CliRunner().invoke(app, ["dataset", "fetch", *arguments])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[RangedFiles]:
    """Storage on loopback in place of the studies'."""
    with ranged_files() as found:
        found.files = {name: name.encode() * 1_000 for name in FILES}
        digests = {n: f"sha1:{sha1(c, usedforsecurity=False).hexdigest()}" for n, c in found.files.items()}
        changed = {
            "majajhong2015": replace(ACQUISITIONS["majajhong2015"], address=found.address, digests=digests),
            "nsd": replace(ACQUISITIONS["nsd"], address=found.address),
        }
        monkeypatch.setattr(module, "ACQUISITIONS", {**ACQUISITIONS, **changed})
        yield found


def test_every_study_with_files_of_ones_own_has_a_way_to_them() -> None:
    by_hand = {name for name, study in DATASETS.items() if study.by_hand}
    assert set(ACQUISITIONS) == by_hand
    for name in by_hand:
        acquisition = ACQUISITIONS[name]
        assert acquisition.steps or acquisition.fetched, name
        for region in DATASETS[name].by_hand:
            fetched = [acquisition.address_of(file) for file in acquisition.needed(region)]
            assert all(each is None or each.startswith("https://") for each in fetched)
            assert acquisition.steps or None not in fetched, (name, region)


def test_what_is_missing_is_fetched_and_found(run: Run, served: RangedFiles, tmp_path: Path) -> None:
    done = run("majajhong2015", "--region", "it")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "home" / "studies" / "majajhong2015"
    assert "to fetch: 3 files, 0.00 GiB" in done.stdout
    assert f"into: {folder}" in done.stdout
    assert "licence: none stated" in done.stdout
    assert "everything is here now" in done.stdout
    for name in FILES:
        assert (folder / name).read_bytes() == served.files[name]
    assert DATASETS["majajhong2015"].is_here("it", Locations(tmp_path / "home"))
    asked = len(served.asked)
    assert "everything is here" in run("majajhong2015", "--region", "v4").stdout
    assert len(served.asked) == asked


def test_a_second_go_fetches_what_the_first_did_not(run: Run, served: RangedFiles, tmp_path: Path) -> None:
    del served.files[majajhong2015.TABLE]
    first = run("majajhong2015", "--region", "it")
    assert first.exit_code != 0
    assert "404" in first.stderr
    served.files[majajhong2015.TABLE] = majajhong2015.TABLE.encode() * 1_000
    served.asked.clear()
    assert run("majajhong2015", "--region", "it").exit_code == 0
    assert {path for path, _ in served.asked} >= {f"/{majajhong2015.TABLE}"}


def test_terms_are_agreed_to_before_anything_is_asked_for(run: Run, served: RangedFiles) -> None:
    refused = run("nsd", "--region", "subj01.v1")
    assert refused.exit_code == 2
    assert "agreed to its terms" in refused.stderr
    assert "--accept-terms" in refused.stderr
    assert served.asked == []
    served.files = dict.fromkeys(nsd.FILES.needed("subj01.v1"), b"x")
    accepted = run("nsd", "--region", "subj01.v1", "--accept-terms")
    assert accepted.exit_code == 0, accepted.output
    assert "to fetch: 43 files" in accepted.stdout


def test_a_disk_without_room_is_said_before(run: Run, served: RangedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    done = run("majajhong2015", "--region", "it")
    assert done.exit_code != 0
    assert "BRAINRANK_STUDIES" in done.stderr
    assert served.asked == []


def test_what_only_a_person_may_get_is_told_step_by_step(run: Run, tmp_path: Path) -> None:
    done = run("bold5000", "--region", "csi1.loc")
    assert done.exit_code == 0
    assert "What is left for you, for csi1.loc:" in done.stdout
    assert "1. Download BOLD5000_ROIs.zip" in done.stdout
    assert str(tmp_path / "home" / "studies" / "bold5000") in done.stdout


def test_what_there_is_not_and_what_comes_by_itself_is_told(tmp_path: Path) -> None:
    home = Locations(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean majajhong2015"):
        study_files("majajhong", (), home)
    with pytest.raises(UnknownNameError, match="region of nsd"):
        study_files("nsd", ("subj03.v1",), home)
    with pytest.raises(UserError, match="come by themselves"):
        study_files("cowley2023", (), home)
