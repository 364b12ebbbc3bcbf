"""What comes out of simulated worlds, against numbers that are known."""

import numpy as np
import pytest
import scipy

from brainrank.benchmark.recovery.outcomes import SimulatedScores, outcome
from brainrank.benchmark.types.score import Draws

FREEDOM = 10_000


def draws(deviation: float, seed: int, subjects: int = 0) -> Draws:
    parts = np.zeros((3, 4000), dtype=np.float32)
    parts[0] = deviation * np.random.default_rng(seed).normal(size=4000)
    return Draws(parts, FREEDOM, max(subjects - 1, 0), "images", "subjects")


def worlds(lead: float, spread: float, *, count: int = 20_000) -> np.ndarray:
    """One subject; the first model leads the second, whose scores vary, by so much on average."""
    rng = np.random.default_rng(0)
    second = rng.normal(-lead, spread, size=count)
    return np.stack([np.zeros(count), second], axis=1)[:, :, None]


def test_power_is_that_of_a_test_of_a_known_variance() -> None:
    """Differences that are normal with the standard error that the test takes: z_.975 + z_.8 of them are told."""
    error, lead = 0.1, 0.2
    found = outcome(SimulatedScores(worlds(lead, error), [[draws(0, 0), draws(error, 1)]]), 0)
    z = scipy.special.ndtri([0.975, 0.8])
    assert found.told[1] == pytest.approx(scipy.special.ndtr(lead / error - z[0]), abs=0.02)
    assert found.smallest[1] == pytest.approx(z.sum() * error, rel=0.03)
    assert found.differences[1] == pytest.approx(lead, abs=0.005)
    assert found.first == pytest.approx(scipy.special.ndtr(lead / error), abs=0.01)
    assert found.certain == pytest.approx(found.told[1])
    wanted = (z.sum() * error / lead) ** 2
    assert (found.times.images[1], found.times.both[1]) == pytest.approx((wanted, wanted), rel=0.06)
    assert np.isinf(found.times.subjects[1])  # all of the variance is that of images


def test_subjects_are_needed_where_they_make_the_variance() -> None:
    rng = np.random.default_rng(0)
    people, lead = 20, 0.05
    by_subject = np.zeros((4000, 2, people))
    by_subject[:, 1] = rng.normal(-lead, 0.1, size=(4000, people))
    found = outcome(SimulatedScores(by_subject, [[draws(0, 0, people), draws(0, 1, people)]]), 0)
    error = 0.1 / np.sqrt(people)
    assert found.smallest[1] == pytest.approx(error * (scipy.special.stdtrit(19, 0.975) + 0.84), rel=0.05)
    assert np.isinf(found.times.images[1])
    assert found.times.subjects[1] == pytest.approx(max((found.smallest[1] / lead) ** 2, 1), rel=0.05)


def test_enough_is_once_what_there_is_and_a_rival_that_is_ahead_is_never_overtaken() -> None:
    ahead = outcome(SimulatedScores(worlds(1.0, 0.1), [[draws(0, 0), draws(0.1, 1)]]), 0)
    assert (ahead.times.images[1], ahead.times.both[1], ahead.certain) == (1, 1, 1)
    behind = outcome(SimulatedScores(worlds(-1.0, 0.1), [[draws(0, 0), draws(0.1, 1)]]), 0)
    assert np.isinf([behind.times.images[1], behind.times.subjects[1], behind.times.both[1]]).all()
    assert (behind.first, behind.told[1]) == (0, 0)


def test_scores_that_differ_by_rounding_are_the_same() -> None:
    scores = np.zeros((50, 3, 1))
    scores[:, 1] = 1e-8
    scores[:, 2] = -1
    found = outcome(SimulatedScores(scores, [[draws(0, 0), draws(0, 0), draws(0.01, 1)]]), 0)
    assert (found.first, found.certain) == (0.5, 0)
    assert found.told.tolist() == [0, 0, 1]
