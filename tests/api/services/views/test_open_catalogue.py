"""What there is to score on: brainrank's studies, packages that were added, and folders where they lie."""

from pathlib import Path

import numpy as np
import pytest
from answered_study import NAME, answered_catalogue
from tiny_package import BENCHMARK, STIMULI, tiny_package
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.services.submissions.packages import add
from brainrank.api.services.views.open_catalogue import describe, open_catalogue, sizes
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.triplets import TripletAssembly


@pytest.fixture
def home(tmp_path: Path) -> Locations:
    return Locations(home=tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    return tiny_package(tmp_path / "package")


def test_a_package_is_there_once_it_was_added_or_where_its_folder_is_named(home: Locations, folder: Path) -> None:
    assert open_catalogue(home).benchmarks == built_in().benchmarks
    in_place = open_catalogue(home, [str(folder)])
    assert (list(in_place.datasets), list(in_place.benchmarks)) == (["mine"], [BENCHMARK])
    assert "mine" not in open_catalogue(home).datasets
    add(folder, home, Silent())
    assert BENCHMARK in open_catalogue(home).benchmarks
    assert list(open_catalogue(home, ["mine"]).benchmarks) == [BENCHMARK]
    assert set(open_catalogue(home, ["mine", "cichy2014"]).datasets) == {"mine", "cichy2014"}


def test_names_that_are_none_and_folders_that_are_no_package_are_told(
    home: Locations, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError, match="did you mean cichy2016 or cichy2014"):
        open_catalogue(home, ["cichy2015"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidDataError, match=r"dataset\.toml"):
        open_catalogue(home, [str(tmp_path / "empty")])
    text = (folder / "dataset.toml").read_text()
    (folder / "dataset.toml").write_text(text.replace('"mine"', '"cichy2014"'))
    with pytest.raises(InvalidDataError, match="cichy2014"):
        open_catalogue(home, [str(folder)])


def test_a_benchmark_is_described_by_what_was_measured(tmp_path: Path, home: Locations) -> None:
    catalogue = tiny_catalogue(tmp_path)
    found = describe(catalogue.benchmark(NAMES[0]), catalogue, home, Silent())
    assert found.sizes == {"stimuli": 12, "subjects": 3}
    assert found.card.title == "A tiny study"
    assert 0 < found.ceiling.lower <= found.ceiling.upper <= 1
    answered = answered_catalogue(tmp_path)
    people = describe(answered.benchmark(NAME), answered, home, Silent())
    assert people.sizes == {"stimuli": 16, "observers": 3, "trials": 48, "conditions": 1}
    assert 0 < people.references["accuracy"] < 1


def test_groups_are_counted_where_not_every_stimulus_stands_for_itself() -> None:
    ids, names = tuple(map(str, range(STIMULI))), tuple("abc")
    responses = np.zeros((STIMULI, 2, 3))
    alone = ResponseAssembly("v4", ids, names, responses)
    pairs = ResponseAssembly("v4", ids, names, responses, groups=tuple(str(n // 2) for n in range(STIMULI)))
    assert sizes(alone) == {"stimuli": 8, "repeats at most": 2, "targets": 3}
    assert sizes(pairs) == {"stimuli": 8, "groups of stimuli": 4, "repeats at most": 2, "targets": 3}
    triplets = TripletAssembly("odd", ids, np.array([[0, 1, 2], [3, 4, 5]]))
    assert sizes(triplets) == {"stimuli": 8, "triplets": 2}


def test_a_benchmark_of_one_animal_says_which(locations: Locations) -> None:
    catalogue = built_in()
    found = describe(catalogue.benchmark("cowley2023.v4-190925.encoding"), catalogue, locations, Silent())
    assert found.subject == "monkey WE"
    assert found.sizes == {"stimuli": 600, "repeats at most": 2, "targets": 36}
    several = describe(catalogue.benchmark("kriegeskorte2008.human-it.rsa"), catalogue, locations, Silent())
    assert several.subject == ""


def test_depictions_are_counted_with_the_objects_they_show(locations: Locations) -> None:
    catalogue = built_in()
    found = describe(catalogue.benchmark("singer2022.depictions.abstraction"), catalogue, locations, Silent())
    assert found.sizes == {"stimuli": 126, "groups of stimuli": 42, "depictions": 3}
    assert found.references["photos and drawings"] == pytest.approx(0.939, abs=0.001)
