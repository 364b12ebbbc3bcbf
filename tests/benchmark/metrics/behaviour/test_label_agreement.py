"""Agreement with people's label distributions against scipy, scikit-learn and loops, and its extremes."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import dirichlet_multinomial, entropy, pearsonr
from sklearn.metrics import log_loss

from brainrank.benchmark.metrics.behaviour.label_agreement import (
    attainable_correlation,
    calibration_error,
    cross_entropy,
    entropy_correlation,
    information,
    modal_accuracy,
    normalised,
)
from brainrank.benchmark.metrics.behaviour.label_halves import concentration, expected_shares, split_halves

IMAGES, CATEGORIES = 300, 4


def distributions(seed: int, sharpness: float = 0.5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.full(CATEGORIES, sharpness), IMAGES)


PREDICTED, SHARES = distributions(0), distributions(1)


def test_cross_entropy_is_entropy_and_divergence() -> None:
    expected = entropy(SHARES, axis=1) + entropy(SHARES, PREDICTED, axis=1)
    np.testing.assert_allclose(cross_entropy(PREDICTED, SHARES), expected)


def test_with_one_label_each_it_is_the_log_loss() -> None:
    labels = np.arange(IMAGES) % CATEGORIES
    certain = np.eye(CATEGORIES)[labels]
    assert cross_entropy(PREDICTED, certain).mean() == pytest.approx(log_loss(labels, PREDICTED))


def test_information_of_a_guess_of_certainty_and_of_the_shares_themselves() -> None:
    guess = np.full((IMAGES, CATEGORIES), 1 / CATEGORIES)
    np.testing.assert_allclose(information(guess, SHARES), 0, atol=1e-12)
    certain = np.eye(CATEGORIES)[np.arange(IMAGES) % CATEGORIES]
    np.testing.assert_allclose(information(certain, certain), 1)
    best = information(SHARES, SHARES)
    assert (information(PREDICTED, SHARES) <= best + 1e-12).all()
    np.testing.assert_allclose(best, 1 - entropy(SHARES, axis=1) / np.log(CATEGORIES))


def test_an_answer_held_impossible_costs_infinity_and_nothing_is_clipped() -> None:
    predicted, shares = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.9, 0.1], [1.0, 0.0]])
    assert information(predicted, shares).tolist() == [-np.inf, 1.0]


def test_accuracy_is_against_the_most_frequent_label_or_one_of_them() -> None:
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
    predicted = np.array([[0.1, 0.9, 0.0], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
    assert modal_accuracy(predicted, shares) == pytest.approx(2 / 3)


def test_calibration_error_against_a_loop_over_bins() -> None:
    expected = 0.0
    chosen = [(row.max(), share[row.argmax()]) for row, share in zip(PREDICTED, SHARES, strict=True)]
    for edge in range(15):
        inside = [(p, q) for p, q in chosen if edge / 15 <= p < (edge + 1) / 15 or (edge == 14 and p >= 14 / 15)]
        if inside:
            expected += len(inside) / IMAGES * abs(np.mean([p for p, _ in inside]) - np.mean([q for _, q in inside]))
    assert calibration_error(PREDICTED, SHARES) == pytest.approx(expected)
    assert calibration_error(SHARES, SHARES) == 0
    sure = np.eye(CATEGORIES)[np.zeros(IMAGES, dtype=int)]
    assert calibration_error(sure, SHARES) == pytest.approx(1 - SHARES[:, 0].mean())


def test_entropy_correlation_is_pearsons_and_undefined_for_equal_doubt() -> None:
    expected = pearsonr(entropy(PREDICTED, axis=1), entropy(SHARES, axis=1)).statistic
    assert entropy_correlation(PREDICTED, SHARES) == pytest.approx(expected)
    assert entropy_correlation(PREDICTED[:, ::-1], PREDICTED) == pytest.approx(1)
    assert np.isnan(entropy_correlation(np.roll(np.tile(PREDICTED[:1], (IMAGES, 1)), 1, axis=1), SHARES))


def test_attainable_correlation_corrects_halves_for_their_length() -> None:
    """Simulated: truth and noise of known variances; the truth's r with all answers from the r of two halves."""
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(200_000)
    first, second = truth + rng.standard_normal((2, 200_000))
    between, reached = np.corrcoef(first, second)[0, 1], np.corrcoef(truth, first + second)[0, 1]
    assert attainable_correlation(float(between)) == pytest.approx(reached, abs=0.005)
    assert np.isnan(attainable_correlation(-0.1))


def test_probabilities_among_some_categories_are_divided_by_their_sum() -> None:
    found = normalised(np.array([[0.1, 0.3], [0.0, 0.0]]))
    np.testing.assert_allclose(found[0], [0.25, 0.75])
    assert np.isnan(found[1]).all()


def counts(seed: int, answers: int = 51) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    return np.array([rng.multinomial(answers, row) for row in distributions(seed, 0.2)])


def test_halves_add_up_and_are_drawn_without_replacement() -> None:
    whole = counts(3)
    halves = [split_halves(whole, rng=np.random.default_rng(seed)) for seed in range(200)]
    for first, second in halves:
        np.testing.assert_array_equal(first + second, whole)
        assert (first >= 0).all()
        assert (first.sum(axis=1) == 25).all()
    drawn = np.array([first for first, _ in halves])
    np.testing.assert_allclose(drawn.mean(axis=0), whole * 25 / 51, atol=1.2)
    n, k = 51, whole
    variance = 25 * (k / n) * (1 - k / n) * (n - 25) / (n - 1)  # of the hypergeometric distribution
    assert drawn.var(axis=0).sum() == pytest.approx(variance.sum(), rel=0.03)


def test_concentration_is_the_most_likely_one() -> None:
    whole = counts(4)
    found = concentration(whole)

    def likelihood(a: float) -> float:
        return float(dirichlet_multinomial.logpmf(whole, np.full(CATEGORIES, a / CATEGORIES), 51).sum())

    assert likelihood(found) >= max(likelihood(found * factor) for factor in (0.5, 0.95, 1.05, 2))
    assert found == pytest.approx(0.2 * CATEGORIES, rel=0.2)  # what they were drawn with
    unanimous = 51 * np.eye(CATEGORIES, dtype=int)
    assert concentration(unanimous) < 0.01


def test_expected_shares_hold_nothing_impossible() -> None:
    whole = counts(5)
    found = expected_shares(whole)
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    first, second = split_halves(whole, rng=np.random.default_rng(0))
    told = information(expected_shares(first), second / second.sum(axis=1, keepdims=True)).mean()
    upper = information(whole / 51, whole / 51).mean()
    assert 0 < told < upper
