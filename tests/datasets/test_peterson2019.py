"""CIFAR-10H from its files, and what is said where the images are missing, cut short or other ones."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import LabelDistributions
from brainrank.datasets.peterson2019 import CATEGORIES, DATASET


@pytest.fixture(scope="module")
def with_images(locations: Locations, mirror: Path) -> Locations:
    """The images lie beside the mirror on the machines that have them."""
    studies = mirror.parent
    if not (studies / "cifar10-images" / "test.zip").is_file():
        pytest.skip(f"needs the images of CIFAR-10, absent at {studies / 'cifar10-images'}")
    return Locations(home=locations.home, mirror=mirror, own_studies=studies)


def people(locations: Locations) -> LabelDistributions:
    found = DATASET.assembly("cifar10h", locations, Silent())
    assert isinstance(found, LabelDistributions)
    return found


def test_two_hundred_images_of_each_class_and_some_fifty_answers_each(locations: Locations) -> None:
    found = people(locations)
    assert found.counts.shape == (2000, 10)
    assert (found.counts.sum(axis=1) >= 47).all()
    assert (found.counts.sum(axis=1) <= 63).all()
    most = found.counts.argmax(axis=1)
    assert abs(np.bincount(most) - 200).max() < 10  # people and CIFAR-10 agree on all but a few


def test_images_are_in_the_order_of_the_labels_and_none_is_in_the_training_set(with_images: Locations) -> None:
    stimuli, found, training, _ = DATASET.load("cifar10h", with_images, Silent())
    assert isinstance(found, LabelDistributions)
    assert training is not None
    assert DATASET.is_here("cifar10h", with_images)
    assert stimuli.ids == found.stimulus_ids == tuple(sorted(stimuli.ids))
    assert not set(stimuli.ids) & set(training.stimuli.ids)
    assert not {s.sha256 for s in stimuli.stimuli} & {s.sha256 for s in training.stimuli.stimuli}
    assert {name: training.categories.count(name) for name in CATEGORIES} == dict.fromkeys(CATEGORIES, 200)


def test_ceilings_and_what_people_reach_need_no_images(locations: Locations) -> None:
    metric, found = BENCHMARKS["peterson2019.cifar10h.label-distribution"].metric, people(locations)
    ceiling = metric.ceiling(found)
    entropies = -np.where(found.shares > 0, found.shares * np.log(np.where(found.shares > 0, found.shares, 1)), 0)
    assert ceiling.upper == pytest.approx(1 - entropies.sum(axis=1).mean() / np.log(10))
    assert ceiling.lower == pytest.approx(0.906, abs=0.002)
    assert not ceiling.unreliable
    reached = {each.name: each.reference for each in metric.references(found)}
    assert reached["accuracy"] > 0.99
    assert 0.9 < reached["entropy correlation"] < 0.95


def test_missing_cut_and_other_images_are_said(locations: Locations, with_images: Locations, tmp_path: Path) -> None:
    own = Locations(home=tmp_path, mirror=locations.mirror)
    assert not DATASET.is_here("cifar10h", own)
    with pytest.raises(DataUnavailableError, match=r"put test.zip, a zip of the folder test of .*cifar10-images"):
        DATASET.stimuli("cifar10h", own, Silent())
    folder = tmp_path / "studies" / "cifar10-images"
    folder.mkdir(parents=True)
    archive = folder / "test.zip"
    archive.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(InvalidDataError, match="is no zip of the folder test"):
        DATASET.stimuli("cifar10h", own, Silent())
    with zipfile.ZipFile(archive, "w") as empty:
        empty.writestr("test/airplane/9999.jpg", b"")
    with pytest.raises(InvalidDataError, match=r"no zip of the folder test .*0000.jpg"):
        DATASET.stimuli("cifar10h", own, Silent())
    whole = with_images.studies / "cifar10-images" / "test.zip"
    with zipfile.ZipFile(whole) as packed, zipfile.ZipFile(archive, "w") as written:
        for name in packed.namelist():
            changed = b"another" if name == "test/cat/0003.jpg" else b""
            written.writestr(name, packed.read(name) + changed)
    with pytest.raises(InvalidDataError, match="are not those that other scores are of"):
        DATASET.stimuli("cifar10h", own, Silent())
