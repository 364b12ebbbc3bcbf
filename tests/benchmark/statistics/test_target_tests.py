"""p and q of targets: what they are without a signal, with one in some targets, and over subjects."""

import numpy as np
import pytest
import scipy
from spatial_scores import spatial_scores

from brainrank.benchmark.metrics.regression.interval import median_correlation
from brainrank.benchmark.statistics.target_tests import above_zero, difference, over_subjects
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import SpatialScores, TargetScores

STIMULI, TARGETS = 100, 60


def scored(signal: np.ndarray, responses: np.ndarray, seed: int) -> TargetScores:
    """Scores of predictions that hold a share of the responses of each target, without a model that is fitted."""
    rng = np.random.default_rng(seed)
    predictions = signal * responses + rng.standard_normal(responses.shape)
    fold_of = np.arange(STIMULI) % 5
    found = median_correlation(
        predictions, responses, fold_of=fold_of, influence=np.zeros_like(responses), rng=np.random.default_rng(0),
        units=np.arange(STIMULI), stimulus_set="images",
    )  # fmt: skip
    spatial = SpatialScores(
        np.full(TARGETS, np.nan), ("a",), found.targets.r[None].astype(np.float32), found.target_deviations,
        found.draws.stimulus_freedom, "images", None,
    )  # fmt: skip
    return TargetScores(tuple(map(str, range(TARGETS))), found.targets.r, spatial)


@pytest.fixture(scope="module")
def null() -> tuple[np.ndarray, np.ndarray]:
    """The p of 40 studies without a signal: of scores above 0, and of differences of two models."""
    above, apart = [], []
    for study in range(40):
        responses = np.random.default_rng(study).standard_normal((STIMULI, TARGETS))
        one, other = (scored(np.zeros(TARGETS), responses, 100 * study + which) for which in (1, 2))
        above.append(above_zero(one).p)
        apart.append(difference(one, other).p)
    return np.array(above), np.array(apart)


def test_without_a_signal_p_is_uniform_and_few_maps_tell_anything(null: tuple[np.ndarray, np.ndarray]) -> None:
    for p in null:
        assert 0.03 < (p < 0.05).mean() < 0.065
        assert 0.44 < np.median(p) < 0.56
    told = [(above_zero(TargetScores(("a",), np.zeros(1), spatial_scores([0.0]).spatial)).q < 0.05).any()]
    assert not told[0]


def test_the_errors_are_those_that_studies_have() -> None:
    responses = np.random.default_rng(1).standard_normal((STIMULI, TARGETS))
    found = [scored(np.full(TARGETS, 0.5), responses, seed) for seed in range(60)]
    # Over predictions alone r varies less than over stimuli: of jointly normal pairs, (1 - r^2)^2 / n.
    r = np.mean([each.values for each in found])
    told = np.mean([above_zero(each).errors for each in found])
    assert told == pytest.approx((1 - r**2) / np.sqrt(STIMULI), rel=0.12)


def test_with_a_signal_in_half_of_the_targets_few_of_those_told_are_false() -> None:
    signal = np.where(np.arange(TARGETS) < TARGETS // 2, 0.6, 0.0)
    false, true = [], []
    for study in range(20):
        responses = np.random.default_rng(study).standard_normal((STIMULI, TARGETS))
        told = above_zero(scored(signal, responses, study)).q < 0.05
        false.append(told[signal == 0].sum() / max(told.sum(), 1))
        true.append(told[signal > 0].mean())
    assert np.mean(false) < 0.06
    assert np.mean(true) > 0.95


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
