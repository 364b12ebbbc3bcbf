"""People who err where a model errs: as accurate as measured, and agreeing as measured."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.error_consistency import all_pairs, error_consistency
from brainrank.benchmark.recovery.people import chances, is_right

STIMULI = 40_000


def model(accuracy: float) -> np.ndarray:
    return np.random.default_rng(0).random(STIMULI) < accuracy


@pytest.mark.parametrize("accuracy", [0.1, 0.45, 0.8, 1.0])
@pytest.mark.parametrize("kappa", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("with_model", [None, 0.1])
def test_people_are_as_right_and_agree_as_much_as_measured(
    accuracy: float, kappa: float, with_model: float | None
) -> None:
    right, accuracies = model(accuracy), np.array([0.75, 0.8, 0.85])
    found = is_right(chances(right, accuracies, kappa, with_model), right, worlds=1, rng=np.random.default_rng(1))[0]
    assert found.mean(axis=1) == pytest.approx(accuracies, abs=0.01)
    i, j = all_pairs(3).T
    assert error_consistency(found).kappa[i, j].mean() == pytest.approx(kappa, abs=0.02)


def test_a_model_carries_all_of_their_agreement_where_it_can_and_no_more_than_asked() -> None:
    right, accuracies = model(0.6), np.array([0.6, 0.6])
    whole = chances(right, accuracies, 0.3)
    assert whole.shared == 0
    for with_model in (0.0, 0.2):
        part = chances(right, accuracies, 0.3, with_model)
        people = is_right(part, right, worlds=1, rng=np.random.default_rng(2))[0]
        kappa = error_consistency(np.vstack([right, people])).kappa
        assert kappa[0, 1:].mean() == pytest.approx(with_model, abs=0.02)
        assert part.shared > 0


def test_people_who_are_always_right_are() -> None:
    right = model(0.5)
    found = is_right(chances(right, np.array([1.0, 1.0]), 0.3), right, worlds=2, rng=np.random.default_rng(0))
    assert found.all()
