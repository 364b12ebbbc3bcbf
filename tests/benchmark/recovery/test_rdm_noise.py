"""Noise of simulated RDMs: of what it is, and how much of it there is."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.recovery.rdm_noise import drawn_common, drawn_noise, mixed, noise_share, own_parts
from brainrank.benchmark.types.condensed import condensed_rdm, square_rdm


def subjects(stimuli: int) -> np.ndarray:
    """Four subjects, each with a stimulus of their own that is unlike all others."""
    squares = np.random.default_rng(0).random((4, stimuli, stimuli))
    for number, square in enumerate(squares):
        square[number] += 3
        square[:, number] += 3
    return np.array([condensed_rdm(each + each.T) for each in squares])


def test_a_subjects_own_part_is_what_the_others_lack() -> None:
    own = own_parts(subjects(12), Comparator.CORR)
    assert own.mean(axis=1) == pytest.approx(0)
    assert own.std(axis=1) == pytest.approx(1)
    for number, each in enumerate(own):
        assert int(square_rdm(each).sum(axis=0).argmax()) == number


def test_noise_is_what_subjects_have_of_their_own_in_another_order_of_the_stimuli() -> None:
    own = own_parts(subjects(12), Comparator.CORR)
    noise = drawn_noise(own, worlds=3, rng=np.random.default_rng(0))
    values = {tuple(np.sort(each.astype(np.float32)).tolist()) for each in own}
    assert all(tuple(np.sort(each).tolist()) in values for world in noise for each in world)
    rows = np.array([square_rdm(each).sum(axis=0).max() for world in noise for each in world])
    most = [square_rdm(each).sum(axis=0).max() for each in own.astype(np.float32)]
    assert all(np.isclose(row, most, rtol=1e-4).any() for row in rows)  # a stimulus stays one


def test_what_subjects_share_beside_a_model_is_the_same_for_all_of_a_world() -> None:
    common = drawn_common(subjects(12), Comparator.RHO_A, worlds=5, rng=np.random.default_rng(0))
    assert common.shape == (5, 1, 66)
    assert len(np.unique(common[:, 0, 0])) > 1


def test_a_mixture_has_its_share_of_variance() -> None:
    rng = np.random.default_rng(0)
    signal, noise = rng.normal(size=100_000), rng.normal(size=100_000).astype(np.float32)
    found = mixed(signal, noise, 0.3)
    assert found.var() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(found, noise)[0, 1] ** 2 == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("measured", [0.05, 0.3, 0.9])
def test_the_share_of_noise_is_found_where_the_ceiling_is_that_measured(measured: float) -> None:
    found = noise_share(lambda share: (1 - share) / (1 - 0.9 * share), measured)
    assert (1 - found) / (1 - 0.9 * found) == pytest.approx(measured, abs=0.02)


def test_there_is_nothing_but_noise_where_the_ceiling_is_below_that() -> None:
    assert noise_share(lambda share: 1 - share, -0.1) == 1
