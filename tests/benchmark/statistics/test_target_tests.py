"""p and q of targets: what they are without a signal, with one in some targets, and over subjects."""

import numpy as np
import pytest
import scipy
from spatial_scores import spatial_scores

from brainrank.api.python.feature_spaces import gram_layers
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.statistics.target_tests import TargetStatistics, above_zero, difference, over_subjects
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import TargetScores
from brainrank.datasets.memory.paired_arrays import Features

STIMULI, FEATURES, TARGETS = 80, 20, 60
SIGNAL = np.arange(TARGETS) < TARGETS // 2


def study(number: int, signal: float) -> tuple[TargetStatistics, TargetStatistics]:
    """A study scored by encoding: half of the targets hold a signal of two models alike; the first, and both apart."""
    rng = np.random.default_rng(number)
    features = rng.standard_normal((2, STIMULI, FEATURES))
    weights = rng.standard_normal((FEATURES, TARGETS)) / np.sqrt(FEATURES)
    responses = signal * SIGNAL * (features.sum(axis=0) @ weights) + rng.standard_normal((STIMULI, TARGETS))
    names = tuple(map(str, range(STIMULI)))
    assembly = ResponseAssembly("v1", names, names[:TARGETS], responses[:, None])
    one, other = (
        EncodingMetric(draws=100).score(gram_layers({"a": Features(each, None)}), assembly).per_target
        for each in features
    )
    assert one is not None
    assert other is not None
    return above_zero(one), difference(one, other)


@pytest.fixture(scope="module")
def null() -> list[tuple[TargetStatistics, TargetStatistics]]:
    """Studies without a signal."""
    return [study(number, 0.0) for number in range(12)]


def test_without_a_signal_p_is_not_below_its_level_more_often_than_that(
    null: list[tuple[TargetStatistics, TargetStatistics]],
) -> None:
    """720 targets; of 1,200, .042 and .015 were seen below .05: the errors are somewhat too large (decisions/maps)."""
    above, apart = (np.array([each[part].p for each in null]) for part in range(2))
    for p in (above, apart):
        assert (p < 0.05).mean() < 0.065
        assert (p < 0.01).mean() < 0.015
    assert 0.4 < np.median(above) < 0.6


def test_without_a_signal_few_maps_tell_anything(null: list[tuple[TargetStatistics, TargetStatistics]]) -> None:
    assert sum((each.q < 0.05).any() for found in null for each in found) <= 3  # of 24


def test_with_a_signal_in_half_of_the_targets_few_of_those_told_are_false() -> None:
    told = [study(100 + number, 1.5)[0].q < 0.05 for number in range(10)]
    false = [each[~SIGNAL].sum() / max(each.sum(), 1) for each in told]
    assert np.mean(false) < 0.06
    assert np.mean([each[SIGNAL].mean() for each in told]) > 0.5


def test_equal_models_do_not_differ_and_an_undefined_target_has_no_p() -> None:
    one = spatial_scores([0.3, np.nan, 0.2])
    found = difference(one, one)
    np.testing.assert_array_equal(found.p, [1, np.nan, 1])
    np.testing.assert_array_equal(above_zero(one).q[1], np.nan)
    with pytest.raises(InvalidDataError, match="not of the same 3 and 2 targets"):
        difference(one, spatial_scores([0.3, 0.1]))
    with pytest.raises(InvalidDataError, match="score the model again"):
        above_zero(TargetScores(("a",), np.zeros(1)))


def test_over_subjects_it_is_students_t() -> None:
    values = np.random.default_rng(3).standard_normal((5, 7)) + 0.5
    found = over_subjects(values, two_sided=False)
    np.testing.assert_allclose(found.p, scipy.stats.ttest_1samp(values, 0, alternative="greater").pvalue)
    with pytest.raises(InvalidDataError, match="2 subjects for a group map; give at least 3"):
        over_subjects(values[:2], two_sided=True)
