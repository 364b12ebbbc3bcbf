"""The ceiling against what the true responses reach, for equal and for unequal numbers of repeats."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.encoding.brainscore import half_split_ceiling
from brainrank.benchmark.metrics.encoding.ceiling import prediction_ceiling


def measured(repeats_of: list[int], *, noise: float, targets: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True responses (stimuli x targets), and presentations of them with noise, missing ones NaN."""
    rng = np.random.default_rng(seed)
    true = rng.standard_normal((len(repeats_of), targets))
    seen = true[:, None] + noise * rng.standard_normal((len(repeats_of), max(repeats_of), targets))
    for stimulus, repeats in enumerate(repeats_of):
        seen[stimulus, repeats:] = np.nan
    return true, seen


@pytest.mark.parametrize(
    "repeats_of",
    [[6] * 400, [6, 10] * 200, [1] * 2000 + [4] * 300, [1] * 2000 + [12] * 100],
    ids=["equal", "as Cowley et al.", "as BOLD5000", "as THINGS"],
)
def test_the_ceiling_is_what_the_true_responses_reach(repeats_of: list[int]) -> None:
    true, seen = measured(repeats_of, noise=1.0)
    mean = np.nanmean(seen, axis=1)
    reached = np.median([np.corrcoef(a, b)[0, 1] for a, b in zip(true.T, mean.T, strict=True)])
    found = prediction_ceiling(seen, rng=np.random.default_rng(0))
    assert found.lower == found.upper == pytest.approx(reached, abs=0.02)
    assert found.interval is not None
    assert found.interval.low < found.lower < found.interval.high


def test_with_equal_repeats_it_is_the_root_of_the_reliability() -> None:
    _, seen = measured([4] * 200, noise=2.0)
    reliability = half_split_ceiling(seen, rng=np.random.default_rng(3)).value
    assert prediction_ceiling(seen, rng=np.random.default_rng(3)).lower == pytest.approx(reliability**0.5, abs=1e-12)


def test_noise_alone_has_a_ceiling_that_cannot_be_told_from_zero() -> None:
    unreliable = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = prediction_ceiling(rng.standard_normal((60, 4, 5)), rng=rng)
        unreliable += found.unreliable
    assert unreliable >= 17


def test_averages_have_no_ceiling() -> None:
    found = prediction_ceiling(np.zeros((10, 1, 3)), rng=np.random.default_rng(0))
    assert np.isnan(found.lower)
    assert "averaged over repeats" in found.reason
    assert not found.unreliable
