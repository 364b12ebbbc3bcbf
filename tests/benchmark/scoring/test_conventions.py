"""Values, intervals and draws under conventions."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.scoring.conventions import (
    converted_draws,
    converted_interval,
    converted_value,
    converted_values,
    default_convention,
    default_where_scored,
    named_convention,
)
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling

UNKNOWN = NoiseCeiling(np.nan, np.nan, "averages only")
UNRELIABLE = NoiseCeiling(0.1, 0.2, interval=Interval(-0.05, 0.3))
SHARES = (Convention.EXPLAINED, Convention.BRAINSCORE_2026, Convention.BRAINSCORE_2025)


@pytest.mark.parametrize("convention", SHARES)
def test_a_share_of_no_ceiling_is_no_number(convention: Convention) -> None:
    for ceiling in (UNKNOWN, NoiseCeiling(0.0, 0.0), NoiseCeiling(-0.1, 0.2)):
        assert np.isnan(converted_value(0.3, metric=EncodingMetric(), ceiling=ceiling, convention=convention))
    below = converted_value(-0.3, metric=EncodingMetric(), ceiling=NoiseCeiling(0.9, 0.9), convention=convention)
    assert below < 0


def test_explained_is_a_share_of_a_ceiling_that_is_told_from_zero() -> None:
    for each in metrics().values():
        metric = each()
        known = NoiseCeiling(0.8, 0.9, interval=Interval(0.7, 0.9))
        assert converted_value(0.4, metric=metric, ceiling=known, convention=Convention.EXPLAINED) == pytest.approx(0.5)
        assert np.isnan(converted_value(0.4, metric=metric, ceiling=UNRELIABLE, convention=Convention.EXPLAINED))


@pytest.mark.parametrize("convention", list(Convention))
@pytest.mark.parametrize("metric", metrics())
def test_intervals_and_draws_are_of_the_same_quantity(convention: Convention, metric: str) -> None:
    named = {"metric": metrics()[metric](), "ceiling": NoiseCeiling(0.8, 0.9), "convention": convention}
    deviations = np.random.default_rng(0).normal(0, 0.05, (3, 50))
    found = converted_draws(Draws(deviations, 10, 3, "s", "p"), 0.02, **named)
    expected = converted_values(0.02 + deviations, **named) - converted_value(0.02, **named)
    np.testing.assert_allclose(found.deviations, expected)
    assert (found.stimulus_set, found.subject_set, found.subject_freedom) == ("s", "p", 3)
    interval, value = converted_interval(Interval(-0.1, 0.4), **named), converted_value(0.02, **named)
    if not np.isnan(value):
        assert interval.low < value < interval.high


def test_several_benchmarks_are_shown_as_shares_and_one_as_stored() -> None:
    assert default_convention(8) is Convention.EXPLAINED
    assert default_convention(1) is Convention.RAW


@pytest.mark.parametrize(
    ("counted", "metrics", "expected"),
    [(3, ["rsa"] * 3, "explained"), (0, ["rsa"] * 3, "raw"), (0, ["rsa", "cka"], "explained"), (0, [], "explained")],
)
def test_scores_of_one_metric_without_ceilings_are_shown_as_stored(counted, metrics, expected) -> None:
    assert default_where_scored(8, counted=counted, metrics=metrics) == expected
    assert default_where_scored(1, counted=counted, metrics=metrics) is Convention.RAW


def test_a_convention_is_named_or_left_open() -> None:
    assert named_convention("raw") is Convention.RAW
    assert named_convention(None) is None
    with pytest.raises(UnknownNameError, match="did you mean explained"):
        named_convention("explaned")
