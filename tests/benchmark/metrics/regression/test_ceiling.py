"""The ceiling against what the true responses reach, for equal and for unequal numbers of repeats."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.regression.brainscore import half_split_ceiling
from brainrank.benchmark.metrics.regression.ceiling import prediction_ceilings
from brainrank.benchmark.types.score import NoiseCeiling


def ceiling_of(seen: np.ndarray, *, rng: np.random.Generator) -> NoiseCeiling:
    return prediction_ceilings(seen, units=np.arange(len(seen)), rng=rng).of_median


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
    found = ceiling_of(seen, rng=np.random.default_rng(0))
    assert found.lower == found.upper == pytest.approx(reached, abs=0.02)
    assert found.interval is not None
    assert found.interval.low < found.lower < found.interval.high


def test_with_equal_repeats_it_is_the_root_of_the_reliability() -> None:
    _, seen = measured([4] * 200, noise=2.0)
    reliability = half_split_ceiling(seen, rng=np.random.default_rng(3)).value
    assert ceiling_of(seen, rng=np.random.default_rng(3)).lower == pytest.approx(reliability**0.5, abs=1e-12)


def test_noise_alone_has_a_ceiling_that_cannot_be_told_from_zero() -> None:
    unreliable = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = ceiling_of(rng.standard_normal((60, 4, 5)), rng=rng)
        unreliable += found.unreliable
    assert unreliable >= 17


def test_averages_have_no_ceiling() -> None:
    found = ceiling_of(np.zeros((10, 1, 3)), rng=np.random.default_rng(0))
    assert np.isnan(found.lower)
    assert "averaged over repeats" in found.reason
    assert not found.unreliable


def test_stimuli_of_a_group_are_drawn_together() -> None:
    """Copies of 60 stimuli: the interval is that of the 60, not of four times as many."""
    _, seen = measured([4] * 60, noise=2.0)
    alone = ceiling_of(seen, rng=np.random.default_rng(0))
    copies = np.repeat(np.arange(60), 4)
    grouped = prediction_ceilings(seen[copies], units=copies, rng=np.random.default_rng(0)).of_median
    untold = ceiling_of(seen[copies], rng=np.random.default_rng(0))
    widths = [each.interval.high - each.interval.low for each in (alone, grouped, untold) if each.interval]
    assert widths[1] == pytest.approx(widths[0], rel=0.25)
    assert widths[2] < 0.7 * widths[0]


def test_repeats_that_disagree_have_a_ceiling_below_zero_with_its_reason() -> None:
    rng = np.random.default_rng(1)
    first = rng.standard_normal((50, 1, 3))
    found = ceiling_of(np.concatenate([first, -first + 0.1 * rng.standard_normal(first.shape)], axis=1), rng=rng)
    assert found.interval is not None
    assert found.interval.low <= found.lower <= found.interval.high <= 0
    assert found.unreliable
    assert "do not agree" in found.reason
