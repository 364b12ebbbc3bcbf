"""The subject as random factor: a t test by hand, and how often no difference is told of few subjects."""

import numpy as np
import pytest
import scipy.stats

from brainrank.benchmark.claims.over_subjects import over_benchmarks, over_subjects
from brainrank.benchmark.statistics.uncertainty import deviations
from brainrank.benchmark.types.errors import InvalidDataError


def test_it_is_a_t_test_over_subjects() -> None:
    values = {"PE": 0.3, "WE": 0.5, "RA": 0.1}
    found = over_subjects(values)
    test = scipy.stats.ttest_1samp(list(values.values()), 0)
    low, high = test.confidence_interval()
    assert (found.value, found.p) == (pytest.approx(0.3), pytest.approx(test.pvalue))
    assert (found.interval.low, found.interval.high) == (pytest.approx(low), pytest.approx(high))
    assert np.isnan(found.tau)
    assert found.by_subject == values
    with pytest.raises(InvalidDataError, match=r"1 subject \(PE\)"):
        over_subjects({"PE": 0.3})


def test_subjects_that_agree_by_luck_are_known_no_better_than_their_images_allow() -> None:
    found = over_subjects({"a": 0.3, "b": 0.3, "c": 0.3}, [0.01, 0.01, 0.01])
    assert found.interval.high - 0.3 == pytest.approx(scipy.stats.t.ppf(0.975, 2) * (0.01 / 3) ** 0.5)
    assert (found.tau, found.i_squared) == (0, 0)
    assert over_subjects({"a": 0.1, "b": 0.9}, [1e-4, 1e-4]).tau == pytest.approx(0.8 / 2**0.5, rel=0.01)


@pytest.mark.parametrize("subjects", [3, 8])
@pytest.mark.parametrize("between", [0.0, 0.3])
def test_equal_models_are_seldom_told_apart(subjects: int, between: float) -> None:
    """Two models whose difference varies between subjects about 0; one subject has two sessions."""
    rng, told, worlds, n = np.random.default_rng(0), 0, 400, 40
    of = [f"s{each}" for each in range(subjects)] + ["s0"]
    for _ in range(worlds):
        own = rng.normal(0, between, subjects)
        values, draws = np.zeros((2, subjects + 1)), [[], []]  # type: ignore[var-annotated]
        for place, subject in enumerate(of):
            items = rng.normal(0, 1, (2, n)) + np.array([[own[int(subject[1:])]], [0]])
            counts = rng.multinomial(n, np.full(n, 1 / n), 60)
            values[:, place] = items.mean(axis=1)
            for model, row in enumerate(items):
                draws[model].append(deviations(counts @ row / n, n_stimuli=n, stimulus_set=str(place)))
        found = over_benchmarks(values, draws, [1.0, -1.0], of)
        told += found.interval.low > 0 or found.interval.high < 0
    assert told / worlds <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / worlds)
