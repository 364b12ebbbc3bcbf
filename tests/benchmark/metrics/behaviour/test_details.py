"""What is told beside error consistency, against loops and scikit-learn's confusion matrices."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from brainrank.benchmark.metrics.behaviour.details import details, references
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

NAMES = ["bear", "cat", "dog"]
EACH = 40


def people(*, seed: int, observers: int = 3, conditions: tuple[str, ...] = ("mild", "strong")) -> BehaviouralAssembly:
    """People who see other images in each condition and are right on most of them."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"p{o}", f"{c}-{k}", c, NAMES[k % 3] if rng.random() < 0.7 else str(rng.choice([*NAMES, "na"])), NAMES[k % 3])
        for o in range(observers)
        for c in conditions
        for k in range(EACH)
    ]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


def guesses(humans: BehaviouralAssembly, seed: int) -> Choices:
    rng = np.random.default_rng(seed)
    truth = dict(zip(humans.stimulus_id.tolist(), humans.category.tolist(), strict=True))
    answers = tuple(truth[s] if rng.random() < 0.5 else str(rng.choice(NAMES)) for s in humans.stimulus_ids)
    return Choices(humans.stimulus_ids[::-1], answers[::-1])


def errors_of(category: NDArray[np.str_], response: NDArray[np.str_]) -> NDArray[np.float64]:
    table = confusion_matrix(category, response, labels=[*NAMES, "na"])[:3].astype(float)
    table /= table.sum(axis=1, keepdims=True)
    return np.asarray(table[~np.eye(3, 4, dtype=bool)])


def test_details_are_means_over_conditions_then_people() -> None:
    humans = people(seed=0)
    choices = guesses(humans, 1)
    model = model_trials(choices, humans)
    found = {each.name: each for each in details(model, humans)}
    answer = dict(zip(choices.stimulus_ids, choices.categories, strict=True))
    squares, agree, bounds, right, correlations = [], [], [], [], []
    for person in humans.observers:
        for condition in humans.conditions:
            trials = (humans.observer == person) & (humans.condition == condition)
            theirs = humans.correct[trials]
            ours = np.array([answer[s] for s in humans.stimulus_id[trials].tolist()]) == humans.category[trials]
            p, q = ours.mean(), theirs.mean()
            chance = p * q + (1 - p) * (1 - q)
            squares.append((p - q) ** 2)
            agree.append((ours == theirs).mean())
            bounds.append([(o - chance) / (1 - chance) for o in (abs(p + q - 1), 1 - abs(p - q))])
            right.append((p, q))
        seen = humans.observer == person
        ours_all = np.array([answer[s] for s in humans.stimulus_id[seen].tolist()])
        truth = humans.category[seen]
        correlations.append(np.corrcoef(errors_of(truth, ours_all), errors_of(truth, humans.response[seen]))[0, 1])
    assert found["accuracy difference"].value == pytest.approx(np.mean(squares))
    assert found["observed consistency"].value == pytest.approx(np.mean(agree))
    assert (found["kappa_min"].value, found["kappa_max"].value) == pytest.approx(tuple(np.mean(bounds, axis=0)))
    assert (found["accuracy"].value, found["accuracy"].reference) == pytest.approx(tuple(np.mean(right, axis=0)))
    assert found["confusion correlation"].value == pytest.approx(np.mean(correlations))
    assert "shape bias" not in found


def test_references_are_of_people_among_themselves() -> None:
    humans = people(seed=2, conditions=("only",))
    found = {each.name: each for each in references(humans)}
    rows = {o: humans.observer == o for o in humans.observers}
    right = {o: humans.correct[row] for o, row in rows.items()}
    pairs = list(combinations(humans.observers, 2))
    assert all(np.isnan(each.value) for each in found.values())
    squared = [(right[a].mean() - right[b].mean()) ** 2 for a, b in pairs]
    assert found["accuracy difference"].reference == pytest.approx(np.mean(squared))
    assert found["observed consistency"].reference == pytest.approx(
        np.mean([(right[a] == right[b]).mean() for a, b in pairs])
    )
    tables = {o: errors_of(humans.category[row], humans.response[row]) for o, row in rows.items()}
    by_loop = [np.corrcoef(tables[a], tables[b])[0, 1] for a, b in pairs]
    assert found["confusion correlation"].reference == pytest.approx(np.mean(by_loop))


def test_one_person_has_an_accuracy_and_nobody_to_agree_with() -> None:
    found = {each.name: each.reference for each in references(people(seed=3, observers=1))}
    assert found["accuracy"] > 0.5
    assert np.isnan([value for name, value in found.items() if name != "accuracy"]).all()


def test_conditions_with_images_of_their_own_join_by_stimulus() -> None:
    """An image is in one condition: each table holds that condition's images only, whatever order the choices have."""
    humans = people(seed=4)
    choices = guesses(humans, 5)
    model = model_trials(choices, humans)
    assert len(model) == 2 * EACH
    for condition in humans.conditions:
        shown = model.stimulus_id[model.condition == condition]
        assert {s.partition("-")[0] for s in shown.tolist()} == {condition}
    both = ErrorConsistencyMetric(draws=50).score(choices, humans)
    alone = [ErrorConsistencyMetric(draws=50).score(choices, humans.within([each])) for each in humans.conditions]
    assert both.value == pytest.approx(np.mean([score.value for score in alone]))


def test_excluded_conditions_change_neither_score_nor_details_nor_ceiling() -> None:
    humans = people(seed=6, conditions=("control", "mild", "strong"))
    choices = guesses(humans, 7)
    metric = ErrorConsistencyMetric(excluded=("control",), draws=50)
    kept = humans.within(("mild", "strong"))
    found, expected = metric.score(choices, humans), ErrorConsistencyMetric(draws=50).score(choices, kept)
    assert (found.value, found.ceiling, found.details) == (expected.value, expected.ceiling, expected.details)
    none = metric.score(None, humans)
    assert np.isnan(none.value)
    assert [each.reference for each in none.details] == [each.reference for each in found.details]


def test_choices_twice_and_conditions_without_any_are_said() -> None:
    humans = people(seed=8)
    with pytest.raises(InvalidDataError, match="chose more than once for mild-0"):
        model_trials(Choices(("mild-0", "mild-0"), ("cat", "dog")), humans)
    with pytest.raises(InvalidDataError, match="no stimulus of condition strong"):
        model_trials(Choices(("mild-0",), ("cat",)), humans)
