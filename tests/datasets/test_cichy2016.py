"""118 natural images, from files laid out as the Algonauts Project 2019 gave them."""

from typing import Any

import h5py
import numpy as np
import pytest
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import cichy2016


@pytest.fixture
def squares(own: Any) -> NDArray[np.float64]:
    """Of three subjects, with the images; MATLAB's axes are reversed in the file."""
    found = np.random.default_rng(0).random((3, 118, 118))
    found += found.swapaxes(1, 2)
    with h5py.File(own.path("cichy2016", cichy2016.RDMS), "w") as file:
        file["EVC_RDMs"], file["IT_RDMs"] = found.T, found.T / 2
    for number in range(118):
        own.image("cichy2016", f"118_images/image_{number + 1}.jpg", number)
    return found


def test_subjects_and_images_are_in_their_order(own: Any, squares: NDArray[np.float64]) -> None:
    loaded = cichy2016.DATASET.load("evc", own.locations, Silent())
    assert isinstance(loaded.assembly, RdmAssembly)
    assert loaded.assembly.stimulus_ids == loaded.stimuli.ids
    assert loaded.stimuli.ids[:3] == ("image_1", "image_2", "image_3")
    for rdm, square in zip(loaded.assembly.rdms, squares, strict=True):
        np.testing.assert_array_equal(rdm, scipy.spatial.distance.squareform(square, checks=False))
    it = cichy2016.DATASET.assembly("it", own.locations, Silent())
    assert isinstance(it, RdmAssembly)
    np.testing.assert_array_equal(it.rdms, loaded.assembly.rdms / 2)
    assert {each.name for each in BENCHMARKS.values() if each.dataset == "cichy2016"} == {
        "cichy2016.evc.rsa", "cichy2016.it.rsa"
    }  # fmt: skip


def test_what_is_not_there_or_of_another_size(own: Any, squares: NDArray[np.float64]) -> None:
    with h5py.File(own.path("cichy2016", cichy2016.RDMS), "w") as file:
        file["EVC_RDMs"] = squares[:, :92, :92].T
    with pytest.raises(InvalidDataError, match=r"shape \(3, 92, 92\); \(subjects, 118, 118\) is needed"):
        cichy2016.DATASET.assembly("evc", own.locations, Silent())
    own.image("cichy2016", "118_images/again.jpg", 200)
    with pytest.raises(InvalidDataError, match="has 119 images, and the study 118"):
        cichy2016.DATASET.stimuli("evc", own.locations, Silent())
    own.path("cichy2016", cichy2016.RDMS).unlink()
    with pytest.raises(DataUnavailableError, match="docs/datasets/cichy2016.md"):
        cichy2016.DATASET.assembly("evc", own.locations, Silent())
