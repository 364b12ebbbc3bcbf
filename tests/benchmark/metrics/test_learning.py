"""Explained learning: an oracle by loops, what never learns, what people tell of each other, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from learning_study import EPOCHS, PEOPLE, guessing_people, learned_by, learning_people

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.learning import LearningMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def explained_by_loops(learner: BehaviouralAssembly, people: BehaviouralAssembly) -> float:
    """1 - sum (m - h)^2 / sum (c - h)^2, trial by trial."""
    above = below = 0.0
    for person in people.observers:
        for phase in ("training", "test"):
            for epoch in range(1, EPOCHS + 1):
                here = f"{phase}-{epoch}"
                own = {
                    str(name): right
                    for who, name, at, right in zip(
                        people.observer, people.stimulus_id, people.condition, people.correct, strict=True
                    )
                    if who == person and at == here
                }
                answers = [
                    right
                    for name, at, right in zip(learner.stimulus_id, learner.condition, learner.correct, strict=True)
                    if at == here and str(name) in own
                ]
                h, m = sum(own.values()) / len(own), sum(answers) / len(answers)
                above, below = above + (m - h) ** 2, below + (1 / 3 - h) ** 2
    return 1 - above / below


def test_value_is_that_of_loops_over_trials(rng: np.random.Generator) -> None:
    people, metric = learning_people(rng), LearningMetric(runs=5, draws=40)
    learner = learned_by(rng, people, signal=1.0, metric=metric)
    found = metric.score_trials(learner, people)
    assert found.value == pytest.approx(explained_by_loops(learner, people), abs=1e-12)
    assert found.value == pytest.approx(np.mean([each.value for each in found.per_subject]))
    assert found.interval.low < found.value < found.interval.high


def test_everybodys_mean_is_the_upper_ceiling_and_others_the_lower(rng: np.random.Generator) -> None:
    people = learning_people(rng)
    ceiling = LearningMetric(draws=40).ceiling(people)
    curves = np.array(
        [
            [
                people.correct[(people.observer == who) & (people.condition == here)].mean()
                for here in sorted(people.conditions)
            ]
            for who in people.observers
        ]
    )
    below = ((1 / 3 - curves) ** 2).sum()
    others = (curves.sum(axis=0) - curves) / (len(curves) - 1)
    assert ceiling.upper == pytest.approx(1 - ((curves.mean(axis=0) - curves) ** 2).sum() / below)
    assert ceiling.lower == pytest.approx(1 - ((others - curves) ** 2).sum() / below)
    assert ceiling.lower < ceiling.upper < 1


def test_features_with_the_categories_learn_and_others_do_not(rng: np.random.Generator) -> None:
    people, metric = learning_people(rng), LearningMetric(runs=20, draws=40)
    knowing, blind = (learned_by(rng, people, signal=signal, metric=metric) for signal in (3.0, 0.0))
    details = [
        {each.name: each.value for each in metric.score_trials(learner, people).details} for learner in (knowing, blind)
    ]
    assert details[0]["test accuracy, epoch 6"] > 0.9
    assert details[1]["test accuracy, epoch 6"] == pytest.approx(1 / 3, abs=0.12)
    # It learns the images by heart all the same, which is what a lag is.
    assert details[1]["lag, training less test"] > 0.2 > details[0]["lag, training less test"]


def test_the_same_seed_gives_the_same_bits_and_the_curve_of_layers_has_each(rng: np.random.Generator) -> None:
    people, metric = learning_people(rng), LearningMetric(runs=3, draws=40)
    layers = [
        narrow_layer(name, rng.standard_normal((len(people.stimulus_ids), 10)).astype(np.float32)) for name in "ab"
    ]
    first, second = (metric.score(layers, people) for _ in range(2))
    assert (first.value, first.interval) == (second.value, second.interval)
    assert first.layers == ("b",)
    assert [each.layer for each in first.layer_curve] == ["a", "b"]
    assert first.layer_curve[1].value == first.value
    assert LearningMetric(runs=3, draws=40, seed=1).score(layers, people).value != first.value


@pytest.mark.parametrize("n_people", [4, 12])
def test_who_guesses_has_nothing_and_intervals_hold_that(n_people: int) -> None:
    """Learners that guess, with few people and with more: on average 0, within what twenty runs of guesses cost."""
    metric, values, held = LearningMetric(runs=20, draws=100), [], []
    for seed in range(40):
        rng = np.random.default_rng([seed, n_people])
        people = learning_people(rng, people=n_people)
        guesser = guessing_people(rng, people)
        found = metric.score_trials(guesser, people)
        values.append(found.value)
        held.append(found.interval.low <= 0 <= found.interval.high)
    assert np.mean(values) == pytest.approx(0.0, abs=0.01 + 3 * np.std(values) / np.sqrt(len(values)))
    assert np.mean(held) >= 0.85


def test_a_person_as_model_of_people_like_them_is_below_the_ceiling_of_the_mean(rng: np.random.Generator) -> None:
    people, metric = learning_people(rng, people=PEOPLE + 1), LearningMetric(draws=40)
    one = people.observer == people.observers[0]
    alone = metric.score_trials(people.select(one), people.select(~one))
    assert alone.value < metric.ceiling(people.select(~one)).upper


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (lambda each: "0", "conditions 0; learning"),
        (lambda each: each.replace("training", "practice"), "practice-1"),
        (lambda each: each.partition("-")[0] + "-1", "two epochs or more"),
    ],
)
def test_trials_without_phases_and_epochs_are_refused(conditions: object, told: str, rng: np.random.Generator) -> None:
    people = learning_people(rng)
    assert callable(conditions)
    once = np.unique(np.stack([people.observer, people.stimulus_id]), axis=1, return_index=True)[1]
    changed = people.select(np.sort(once))
    changed = replace(changed, condition=np.array([conditions(str(each)) for each in changed.condition]))
    with pytest.raises(InvalidDataError, match="give each trial its phase and epoch") as error:
        LearningMetric().require(changed)
    assert told in str(error.value)


def test_images_both_taught_and_tested_are_refused(rng: np.random.Generator) -> None:
    people = learning_people(rng)
    names = people.stimulus_id.copy()
    taught = people.stimulus_id[people.condition == "training-1"][0]
    place = int(np.flatnonzero(people.condition == "test-1")[0])
    names[place] = taught
    category = people.category.copy()
    category[place] = people.category[people.stimulus_id == taught][0]
    with pytest.raises(InvalidDataError, match="1 images are both taught and tested"):
        LearningMetric().require(replace(people, stimulus_id=names, category=category))


def test_a_rate_must_move_and_layers_must_have_the_images(rng: np.random.Generator) -> None:
    with pytest.raises(InvalidDataError, match="Learning rate 0"):
        LearningMetric(rate=0.0)
    people = learning_people(rng)
    with pytest.raises(InvalidDataError, match="in the order of their ids"):
        LearningMetric(draws=40).score([narrow_layer("a", np.eye(7, dtype=np.float32))], people)


def test_a_learner_with_other_epochs_or_images_is_refused(rng: np.random.Generator) -> None:
    people, metric = learning_people(rng), LearningMetric(draws=40)
    early = people.select(np.isin(people.condition, [f"{p}-{e}" for p in ("training", "test") for e in (1, 2)]))
    with pytest.raises(InvalidDataError, match="The learner has 2 epochs and people 6"):
        metric.score_trials(early, people)
    other = replace(people, stimulus_id=np.array([f"x{each}" for each in people.stimulus_id]), group_of=None)
    with pytest.raises(InvalidDataError, match="that people did not see"):
        metric.score_trials(other, people)


def test_one_person_has_no_ceiling(rng: np.random.Generator) -> None:
    people = learning_people(rng, people=1)
    assert LearningMetric(draws=40).ceiling(people).reason == "one person's learning has nobody's to be compared with"
