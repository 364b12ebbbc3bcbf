"""The label-distribution benchmark metric: known scores, order, ceilings, intervals, and every reason for no score."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import entropy

from brainrank.benchmark.metrics.behaviour.label_halves import expected_shares
from brainrank.benchmark.metrics.label_distribution import LabelDistributionMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import Choices, LabelDistributions, most_probable

NAMES = ("bird", "cat", "dog")
IMAGES = 200
IDS = tuple(f"image-{number}" for number in range(IMAGES))


def drawn(seed: int = 0, sharpness: float = 0.3) -> tuple[NDArray[np.float64], LabelDistributions]:
    """True distributions, and fifty people's labels drawn from them."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.full(3, sharpness), IMAGES)
    return truth, LabelDistributions(IDS, NAMES, np.array([rng.multinomial(50, row) for row in truth]))


TRUTH, PEOPLE = drawn()
METRIC = LabelDistributionMetric(draws=200)


def details(score_or_details: object) -> dict[str, float]:
    return {each.name: each.value for each in score_or_details}  # type: ignore[attr-defined]


def test_the_score_is_one_minus_cross_entropy_over_that_of_a_guess() -> None:
    predicted = 0.8 * TRUTH + 0.2 / 3
    score = METRIC.score(most_probable(IDS, NAMES, predicted), PEOPLE)
    nats = (entropy(PEOPLE.shares, axis=1) + entropy(PEOPLE.shares, predicted, axis=1)).mean()
    assert score.value == pytest.approx(1 - nats / np.log(3))
    assert details(score.details)["cross-entropy"] == pytest.approx(nats)
    assert score.interval.low < score.value < score.interval.high
    assert score.value < score.ceiling.upper


def test_order_of_images_and_categories_and_their_scale_do_not_matter() -> None:
    predicted = 0.8 * TRUTH + 0.2 / 3
    rows, columns = np.random.default_rng(1).permutation(IMAGES), [2, 0, 1]
    moved = most_probable([IDS[r] for r in rows], [NAMES[c] for c in columns], 0.01 * predicted[np.ix_(rows, columns)])
    first, second = METRIC.score(most_probable(IDS, NAMES, predicted), PEOPLE), METRIC.score(moved, PEOPLE)
    assert first.value == pytest.approx(second.value)
    assert [each.value for each in first.details] == pytest.approx([each.value for each in second.details])


def test_the_true_distributions_come_between_the_ceilings() -> None:
    """They tell more of all people than half of the people do of the other half, and less than the shares do."""
    score = METRIC.score(most_probable(IDS, NAMES, TRUTH), PEOPLE)
    assert score.ceiling.lower < score.value < score.ceiling.upper
    assert score.ceiling.interval is not None
    assert score.ceiling.interval.low < score.ceiling.lower < score.ceiling.interval.high
    own = METRIC.score(most_probable(IDS, NAMES, expected_shares(PEOPLE.counts)), PEOPLE)
    assert score.value < own.value < score.ceiling.upper


def test_models_share_their_draws_so_that_their_difference_is_told_more_surely() -> None:
    near, far = (METRIC.score(most_probable(IDS, NAMES, w * TRUTH + (1 - w) / 3), PEOPLE) for w in (0.9, 0.85))
    assert near.draws is not None
    assert far.draws is not None
    near_draws, far_draws = near.draws.deviations[0], far.draws.deviations[0]
    assert (near_draws - far_draws).std() < 0.3 * near_draws.std()


def test_references_are_of_half_the_people_against_the_other_half() -> None:
    reached = {each.name: each.reference for each in METRIC.references(PEOPLE)}
    assert reached["cross-entropy"] == pytest.approx((1 - METRIC.ceiling(PEOPLE).lower) * np.log(3))
    assert 0.8 < reached["accuracy"] <= 1
    assert reached["calibration error"] < 0.05
    model = details(METRIC.score(most_probable(IDS, NAMES, TRUTH), PEOPLE).details)
    assert model["entropy correlation"] == pytest.approx(reached["entropy correlation"], abs=0.03)


def test_no_score_has_a_reason_and_still_says_what_people_reach() -> None:
    impossible = TRUTH.copy()
    impossible[7] = [0.0, 0.5, 0.5]
    people = LabelDistributions(IDS, NAMES, PEOPLE.counts + np.eye(1, 3, dtype=int))
    for choices, reason in (
        (None, "no readout"),
        (Choices(IDS, ("cat",) * IMAGES), "recorded without probabilities"),
        (
            most_probable(IDS, NAMES, impossible),
            r"probability 0 for an answer that people gave to image-7 \(1 images in all\)",
        ),
    ):
        score = METRIC.score(choices, people)
        assert np.isnan(score.value)
        assert score.draws is None
        assert np.isfinite(score.ceiling.lower)
        assert np.isfinite([each.reference for each in score.details]).all()
        assert re.search(reason, score.reason)


def test_missing_images_and_other_categories_are_named() -> None:
    with pytest.raises(InvalidDataError, match=r"no probabilities for 1 of 200 images \(first: image-199\)"):
        METRIC.score(most_probable(IDS[:-1], NAMES, TRUTH[:-1]), PEOPLE)
    with pytest.raises(InvalidDataError, match="chooses among bird, cat, frog; people chose among bird, cat, dog"):
        METRIC.score(most_probable(IDS, ("bird", "cat", "frog"), TRUTH), PEOPLE)


def test_counts_that_cannot_be_are_named() -> None:
    with pytest.raises(InvalidDataError, match=r"shape \(1, 2\); 1 stimuli and 3 categories"):
        LabelDistributions(("a",), NAMES, np.array([[1, 1]]))
    with pytest.raises(InvalidDataError, match="one category cat; people need two or more"):
        LabelDistributions(("a",), ("cat",), np.array([[5]]))
    with pytest.raises(InvalidDataError, match="repeat the stimulus a"):
        LabelDistributions(("a", "a"), NAMES, np.full((2, 3), 2))
    with pytest.raises(InvalidDataError, match=r"Label counts of a, b \(2 in all\)"):
        LabelDistributions(("a", "b", "c"), NAMES, np.array([[1, 0, 0], [-1, 4, 0], [2, 0, 0]]))


def test_coverage_of_the_interval() -> None:
    """The 95 % interval holds the mean over endless images in 90 to 99 of 100 simulated studies."""
    rng = np.random.default_rng(9)

    def study(images: int) -> tuple[NDArray[np.float64], LabelDistributions]:
        truth = rng.dirichlet(np.full(3, 0.3), images)
        ids = tuple(map(str, range(images)))
        return truth, LabelDistributions(ids, NAMES, np.array([rng.multinomial(50, row) for row in truth]))

    def score(images: int, draws: int) -> tuple[float, float, float]:
        truth, people = study(images)
        found = LabelDistributionMetric(draws=draws, splits=1).score(
            most_probable(people.stimulus_ids, NAMES, 0.8 * truth + 0.2 / 3), people
        )
        return found.value, found.interval.low, found.interval.high

    expected = score(20_000, 1)[0]
    inside = [low <= expected <= high for _, low, high in (score(150, 400) for _ in range(100))]
    assert 0.90 <= np.mean(inside) <= 0.99
