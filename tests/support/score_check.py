"""What every score and ceiling has to be, with their intervals."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from interval_check import ROUNDING, check

from brainrank.benchmark.scoring.conventions import converted_interval, converted_value
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.score import NoiseCeiling, Score

DRAWS = 60
ENOUGH = 40  # draws that are defined, for a variance
BETWEEN = (-1.0, 1.0)
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def check_ceiling(ceiling: NoiseCeiling, support: tuple[float, float]) -> None:
    """Its interval is of the lower bound; without a number there is a reason and no interval."""
    check(ceiling.lower, ceiling.interval, support)
    assert np.isnan(ceiling.lower) == np.isnan(ceiling.upper)
    if np.isnan(ceiling.lower):
        assert ceiling.reason
        assert ceiling.interval is ceiling.raw_interval is None
        assert not ceiling.unreliable
    else:
        assert support[0] - ROUNDING <= ceiling.upper <= support[1] + ROUNDING
        assert ceiling.lower <= ceiling.upper + ROUNDING
        deciding = ceiling.raw_interval or ceiling.interval
        assert deciding is not None
        assert ceiling.unreliable == (not deciding.low > 0)


def check_score(score: Score, support: tuple[float, float] = BETWEEN) -> None:
    """A value, or a reason; an interval wherever enough draws are defined, and nowhere else."""
    check(score.value, score.interval, support)
    check_ceiling(score.ceiling, support)
    assert np.isnan(score.value) == bool(score.reason)
    if score.draws is None:
        assert np.isnan(score.value)
    else:
        deviations, freedom = score.draws.deviations, score.draws.stimulus_freedom
        assert deviations.shape == (3, DRAWS)
        defined = np.isfinite(deviations).all(axis=0).sum() if freedom else 0
        assert np.isfinite(score.interval.low) == (defined >= ENOUGH)
    check_conventions(score)


def check_conventions(score: Score) -> None:
    """Under every convention an interval is that of the value shown: they rise together, or both are undefined."""
    for convention in Convention:
        for metric in metrics().values():
            named = {"metric": metric(), "ceiling": score.ceiling, "convention": convention}
            value = converted_value(score.value, **named)
            interval = converted_interval(score.interval, **named)
            if np.isnan(value) or np.isnan(score.interval.low):
                assert np.isnan([interval.low, interval.high]).all()
            else:
                assert interval.low <= value <= interval.high
            shown = np.isfinite(score.value) and convention is not Convention.RAW and np.isfinite(value)
            if shown and convention is Convention.EXPLAINED:
                assert not score.ceiling.unreliable
                assert value * score.ceiling.lower == pytest.approx(score.value)


def groups_of(n: int, size: int) -> tuple[str, ...] | None:
    return None if size == 1 else tuple(str(place // size) for place in range(n))
