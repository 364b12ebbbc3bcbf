"""Where two models' RDMs differ, image by image: SciPy's rank correlation of each image's row."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr

from brainrank.api.services.views.rdm_disagreement import image_places

IDS = [f"image{k}" for k in range(7)]


def rdms(seed: int) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).random((3, 21)))


def row(rdm: np.ndarray, place: int) -> np.ndarray:
    return np.delete(squareform(rdm)[place], place)


def test_each_number_is_scipys_of_the_images_row() -> None:
    first, second, brain = rdms(0)
    found = image_places(IDS, first, second, brain)
    assert sorted(each.stimulus_id for each in found) == IDS
    assert [each.agreement for each in found] == sorted(each.agreement for each in found)
    for each in found:
        place = IDS.index(each.stimulus_id)
        pairs = ((first, second), (first, brain), (second, brain))
        expected = [spearmanr(row(one, place), row(other, place)).statistic for one, other in pairs]
        assert [each.agreement, each.first, each.second] == pytest.approx(expected, abs=1e-12)


def test_an_image_that_is_as_far_from_all_others_is_left_out() -> None:
    first, second, brain = rdms(1)
    flat = squareform(first)
    flat[3] = flat[:, 3] = 0.5
    np.fill_diagonal(flat, 0.0)
    found = image_places(IDS, squareform(flat), second, brain)
    assert sorted(each.stimulus_id for each in found) == [each for each in IDS if each != "image3"]
