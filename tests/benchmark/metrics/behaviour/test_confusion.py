"""Confusion matrices against scikit-learn, their correlation against SciPy."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix

from brainrank.benchmark.metrics.behaviour.confusion import confusion_correlation, confusion_matrix
from brainrank.benchmark.types.errors import InvalidDataError

CATEGORIES = ("dog", "cat", "airplane", "truck")


def answers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.choice(CATEGORIES, 300), rng.choice([*CATEGORIES, "na"], 300)


@pytest.mark.parametrize("seed", range(4))
def test_counts_equal_those_of_scikit_learn(seed: int) -> None:
    category, response = answers(seed)
    ours = confusion_matrix(category, response, categories=CATEGORIES)
    peer = sklearn_confusion_matrix(category, response, labels=[*CATEGORIES, "na"])
    np.testing.assert_array_equal(ours, peer[:4])


@pytest.mark.parametrize("errors_only", [True, False])
def test_correlation_equals_pearson_of_the_cells(errors_only: bool) -> None:
    first, second = (confusion_matrix(*answers(seed), categories=CATEGORIES) for seed in (1, 2))
    cells = [
        (a / first[row].sum(), b / second[row].sum())
        for row in range(4)
        for column, (a, b) in enumerate(zip(first[row], second[row], strict=True))
        if not (errors_only and row == column)
    ]
    value, reason = confusion_correlation(first, second, errors_only=errors_only)
    assert value == pytest.approx(pearsonr(*zip(*cells, strict=True)).statistic, abs=1e-12)
    assert reason == ""
    assert confusion_correlation(first, first, errors_only=errors_only).value == pytest.approx(1.0)
    assert confusion_correlation(second, first, errors_only=errors_only).value == pytest.approx(value)


def test_without_errors_there_is_no_correlation_of_errors() -> None:
    perfect = np.eye(4, 5) * 20
    noisy = confusion_matrix(*answers(3), categories=CATEGORIES)
    value, reason = confusion_correlation(perfect, noisy)
    assert np.isnan(value)
    assert "none at all" in reason
    value, reason = confusion_correlation(np.zeros((4, 5)), noisy)
    assert np.isnan(value)
    assert "share no category" in reason


def test_unknown_names_and_unequal_shapes_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="Unknown categories zebra"):
        confusion_matrix(np.array(["dog"]), np.array(["zebra"]), categories=CATEGORIES)
    with pytest.raises(InvalidDataError, match="Unknown categories na"):
        confusion_matrix(np.array(["na"]), np.array(["dog"]), categories=CATEGORIES)
    with pytest.raises(InvalidDataError, match="same categories"):
        confusion_correlation(np.zeros((3, 4)), np.zeros((4, 5)))
