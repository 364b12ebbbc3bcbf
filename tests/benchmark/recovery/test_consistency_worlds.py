"""Worlds of answers: scored as error consistency is, with its test, calibrated."""

from dataclasses import replace

import numpy as np
import pytest
from recovery_study import choices_of, trials_of

from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.recovery.consistency_worlds import ConsistencyWorlds, consistency_worlds
from brainrank.benchmark.recovery.outcomes import outcome
from brainrank.benchmark.statistics.uncertainty import spread
from brainrank.benchmark.types.errors import InvalidDataError

STIMULI, PEOPLE = 240, 5
METRIC = ErrorConsistencyMetric(draws=400)


def made_of(
    models: dict[str, np.ndarray], *, people: int = PEOPLE, metric: ErrorConsistencyMetric = METRIC, seed: int = 0
) -> ConsistencyWorlds:
    """People who find the same stimuli hard, under two conditions."""
    rng = np.random.default_rng(seed)
    stimuli = len(next(iter(models.values())))
    right = rng.normal(size=stimuli) + rng.normal(size=(people, stimuli)) < 1
    return consistency_worlds(
        metric, trials_of(right, conditions=2), {name: choices_of(each) for name, each in models.items()}
    )


def some_models(stimuli: int = STIMULI) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {name: rng.random(stimuli) < accuracy for name, accuracy in (("a", 0.5), ("b", 0.7), ("c", 0.3))}


@pytest.mark.parametrize("convention", list(UndefinedKappa))
def test_all_models_have_the_scores_that_the_metric_gives(convention: UndefinedKappa) -> None:
    models, metric = some_models(), replace(METRIC, convention=convention)
    made = made_of(models, metric=metric)
    people = made.people(0, worlds=1, rng=np.random.default_rng(0))
    right = np.zeros((PEOPLE, STIMULI), dtype=bool)
    for number, of_condition in enumerate(people):
        right[:, number::2] = of_condition[0]
    assembly = trials_of(right, conditions=2)
    scores = {name: metric.score(choices_of(each), assembly) for name, each in models.items()}
    kappas, draws = made.kappas(people)[0], made.draws([each[0] for each in people])
    for place, name in enumerate(models):
        assert [each.value for each in scores[name].per_subject] == pytest.approx(kappas[place].tolist())
        for other, also in enumerate(models):
            if place < other:
                truly, ours = (
                    spread([one, replace(two, deviations=-two.deviations)])
                    for one, two in ((scores[name].draws, scores[also].draws), (draws[place], draws[other]))
                )
                assert ours.variance == pytest.approx(truly.variance, rel=0.3)


def test_the_true_model_is_found_and_one_with_the_same_answers_is_not_told_from_it() -> None:
    models = some_models()
    made = made_of({**models, "copy": models["a"]})
    found = outcome(made.scores(0, worlds=60, rng=np.random.default_rng(0)), 0)
    assert found.first == pytest.approx(0.5)
    assert found.told.tolist() == [0, 1, 1, 0]
    assert outcome(made.scores(1, worlds=60, rng=np.random.default_rng(0)), 1).first == 1


@pytest.mark.parametrize(("stimuli", "people"), [(60, 2), (160, 4)])
def test_equal_models_are_told_apart_no_more_often_than_alpha(stimuli: int, people: int) -> None:
    """Two models that err as the true one does on half of the stimuli, each on others; new stimuli each time."""
    rng, told = np.random.default_rng(4), []
    for number in range(60):
        true = rng.random(stimuli) < 0.6
        one, other = (np.where(rng.random(stimuli) < 0.5, true, rng.random(stimuli) < 0.6) for _ in range(2))
        made = made_of({"true": true, "one": one, "other": other}, people=people, seed=number)
        found = made.scores(0, worlds=10, rng=rng)
        told.append(outcome(found, 1).told[2] + outcome(found, 2).told[1])
    assert np.mean(told) < 0.05 + 2 * np.std(told) / np.sqrt(len(told))


def test_a_model_that_shares_nothing_with_people_is_found_by_chance_only() -> None:
    models = some_models()
    made = made_of(models)
    for each in made.conditions:
        object.__setattr__(each, "kappa", 0.0)
    found = [outcome(made.scores(truth, worlds=200, rng=np.random.default_rng(truth)), truth) for truth in range(3)]
    assert np.mean([each.first for each in found]) == pytest.approx(1 / 3, abs=0.06)
    assert np.mean([each.certain for each in found]) < 0.06


def test_people_agree_in_the_worlds_as_they_do_in_the_data() -> None:
    made = made_of(some_models())
    found = np.mean([made.simulated_ceiling(truth, worlds=20, rng=np.random.default_rng(0)) for truth in range(3)])
    assert found == pytest.approx(made.ceiling, abs=0.04)


def test_models_that_cannot_choose_are_left_out_and_one_alone_is_refused() -> None:
    models = {name: choices_of(each) for name, each in some_models().items()}
    assembly = trials_of(np.ones((2, STIMULI), dtype=bool), conditions=2)
    assert consistency_worlds(METRIC, assembly, {**models, "mute": None}).names == ("a", "b", "c")
    with pytest.raises(InvalidDataError, match="1 of the models can choose"):
        consistency_worlds(METRIC, assembly, {"a": models["a"], "mute": None})
    fewer = choices_of(some_models()["b"][:100])
    with pytest.raises(InvalidDataError, match="answered different stimuli of condition0"):
        consistency_worlds(METRIC, assembly, {"a": models["a"], "b": fewer})
