"""What is read from learning curves, on curves whose answers are known."""

import numpy as np
import pytest
from learning_study import EPOCHS, learning_people

from brainrank.benchmark.metrics.learning_curves.curves import (
    accuracy_lag,
    area,
    confusion_asymmetry,
    epoch_lag,
    epochs_to,
    learning_curves,
)
from brainrank.benchmark.types.trials import BehaviouralAssembly


def test_accuracies_by_phase_and_epoch_are_those_of_the_trials() -> None:
    people = learning_people(np.random.default_rng(0))
    found = learning_curves(people)
    assert found.shape == (len(people.observers), 2, EPOCHS)
    for place, phase in enumerate(("training", "test")):
        own = people.select((people.observer == people.observers[3]) & (people.condition == f"{phase}-4"))
        assert found[3, place, 3] == own.correct.mean()


@pytest.mark.parametrize(
    ("criterion", "epochs"), [(0.3, 1.0), (0.4, 1.0), (0.5, 1.5), (0.6, 2.0), (0.7, 3.25), (0.9, float("inf"))]
)
def test_a_criterion_is_reached_between_epochs(criterion: float, epochs: float) -> None:
    assert epochs_to(np.array([0.4, 0.6, 0.58, 1.06, 0.9])[:4].clip(max=0.8), criterion) == pytest.approx(
        epochs if criterion != 0.7 else 3 + 0.12 / 0.22
    )


def test_curves_that_are_the_same_do_not_lag_and_a_shifted_one_lags_by_its_shift() -> None:
    rising = np.linspace(0.4, 0.9, 6)
    same, shifted = np.stack([rising, rising]), np.stack([rising, np.r_[rising[0], rising[:-1]]])
    assert accuracy_lag(same) == 0
    assert epoch_lag(same) == 0
    assert accuracy_lag(shifted) == pytest.approx(0.1 * 5 / 6)
    # The first test is where training begins, at once; each of the other five comes an epoch late.
    assert epoch_lag(shifted) == pytest.approx(5 / 6)
    assert epoch_lag(shifted[::-1]) == pytest.approx(-4 / 6)
    assert area(rising) == pytest.approx(0.65)


def test_confusions_one_way_are_asymmetric_and_both_ways_are_not() -> None:
    def asymmetry(responses: list[str]) -> float:
        trials = BehaviouralAssembly(
            observer=np.full(6, "a"),
            stimulus_id=np.array([f"i{number}" for number in range(6)]),
            condition=np.full(6, "test-1"),
            response=np.array(responses),
            category=np.array(list("ppqqvv")),
        )
        return float(confusion_asymmetry(trials)[0])

    assert asymmetry(list("pqqpvv")) == 0
    assert asymmetry(list("pqqqvv")) == 1
    assert asymmetry(list("qqpqvv")) == pytest.approx(0.5 / 1.5)
    assert np.isnan(asymmetry(list("ppqqvv")))
