"""The error-consistency benchmark metric: undefined kappas, conventions, and people who saw different images."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from brainrank.benchmark.metrics import error_consistency
from brainrank.benchmark.metrics.behaviour.correctness import drawn_stimuli
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.types.score import Interval, NoiseCeiling
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

RAW = ErrorConsistencyMetric(draws=200, convention=UndefinedKappa.RAW)
PUBLISHED = ErrorConsistencyMetric(draws=200)


def answers(right: np.ndarray, seen: np.ndarray | None = None) -> BehaviouralAssembly:
    """One condition; whoever is wrong says dog to a cat."""
    rows = [
        (f"p{o:02d}", f"image{k}", "0", "cat" if right[o, k] else "dog", "cat")
        for o in range(right.shape[0])
        for k in range(right.shape[1])
        if seen is None or seen[o, k]
    ]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


def choices(right: np.ndarray) -> Choices:
    return Choices(tuple(f"image{k}" for k in range(len(right))), tuple("cat" if r else "dog" for r in right))


def careful(seed: int) -> BehaviouralAssembly:
    """76 people who are right on .96 of 27 images, each by themselves: about a third makes no error."""
    return answers(np.random.default_rng(seed).random((76, 27)) < 0.96)


def test_people_without_errors_do_not_make_a_ceiling() -> None:
    """What they erred on is of each alone, so that the ceiling is 0 but for chance, in one set of people as in ten."""
    lower, flagged = [], 0
    for seed in range(10):
        people = careful(seed)
        ceiling = RAW.ceiling(people)
        faultless = sum(people.correct[people.observer == who].all() for who in people.observers)
        undefined = faultless * (faultless - 1) // 2
        assert undefined > 100
        assert ceiling.reason.startswith(f"{undefined} of 2,850 pairs undefined (both right, or both wrong")
        assert ceiling.reason.endswith("left out")
        assert ceiling.interval is not None
        assert ceiling.interval.low <= ceiling.lower <= ceiling.interval.high
        lower.append(ceiling.lower)
        flagged += ceiling.unreliable
    assert np.abs(lower).max() < 0.015
    assert abs(np.mean(lower)) < 0.003
    assert flagged >= 8


def test_the_published_convention_counts_them_as_one_but_not_to_tell_a_ceiling_from_zero() -> None:
    """40 people who are right on .985 of 27 images: two thirds make no error, and their pairs make the ceiling."""
    people = answers(np.random.default_rng(0).random((40, 27)) < 0.985)
    raw, published = RAW.ceiling(people), PUBLISHED.ceiling(people)
    right = [people.correct[people.observer == who] for who in people.observers]
    by_loop = [1.0 if a.all() and b.all() else cohen_kappa_score(a, b) for a, b in combinations(right, 2)]
    assert published.lower == pytest.approx(np.mean(by_loop))
    assert published.lower > raw.lower + 0.3
    assert published.reason.endswith("counted as 1")
    assert published.interval is not None
    assert published.interval.low > 0
    assert published.raw_interval == raw.interval
    assert published.unreliable


def test_people_who_err_alike_have_a_reliable_ceiling_by_both_conventions() -> None:
    rng = np.random.default_rng(2)
    hard = rng.random(80) < 0.4
    people = answers(np.where(rng.random((5, 80)) < 0.15, rng.random((5, 80)) < 0.5, ~hard))
    raw, published = RAW.ceiling(people), PUBLISHED.ceiling(people)
    assert raw.lower == published.lower
    assert raw.interval == published.interval
    assert (raw.reason, raw.unreliable, published.unreliable) == ("", False, False)
    assert raw.raw_interval is None


def test_a_ceiling_is_judged_by_the_interval_without_undefined_pairs() -> None:
    assert not NoiseCeiling(0.2, 0.2, interval=Interval(0.1, 0.3)).unreliable
    assert NoiseCeiling(0.2, 0.2, interval=Interval(0.1, 0.3), raw_interval=Interval(-0.1, 0.3)).unreliable
    assert not NoiseCeiling(0.2, 0.2, interval=Interval(-0.1, 0.3), raw_interval=Interval(0.1, 0.3)).unreliable
    assert NoiseCeiling(0.2, 0.2, raw_interval=Interval(np.nan, np.nan)).unreliable


def test_a_model_without_errors_is_compared_with_those_who_made_some() -> None:
    rng = np.random.default_rng(3)
    right = rng.random((4, 60)) < 0.7
    right[0] = True
    people, model = answers(right), choices(np.ones(60, dtype=bool))
    raw = RAW.score(model, people)
    assert raw.value == 0.0  # o is what chance gives, with each person who erred
    assert [np.isnan(each.value) for each in raw.per_subject] == [True, False, False, False]
    told = {each.name: (each.value, each.reference) for each in raw.details}
    assert told["share of kappas undefined"] == (0.25, 0.0)
    published = PUBLISHED.score(model, people)
    assert published.value == pytest.approx(0.25)
    assert published.per_subject[0].value == 1.0


def test_models_share_draws_of_the_stimuli_however_many_people_they_can_be_compared_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []

    def remembered(*args: object) -> list[np.ndarray]:
        drawn.append(drawn_stimuli(*args))
        return drawn[-1]

    monkeypatch.setattr(error_consistency, "drawn_stimuli", remembered)
    monkeypatch.setattr(ErrorConsistencyMetric, "ceiling", lambda *_: NoiseCeiling(np.nan, np.nan, "none"))
    right = np.random.default_rng(7).random((4, 60)) < 0.7
    right[0] = True
    for answered, compared in ((np.ones(60, dtype=bool), 3), (~right[1], 4)):
        score = RAW.score(choices(answered), answers(right))
        assert sum(np.isfinite(each.value) for each in score.per_subject) == compared
    np.testing.assert_array_equal(*drawn)


def test_people_who_saw_different_images_are_compared_on_those_they_share() -> None:
    """Four people, each on 80 of 120 images in a circle: neighbours share 50 or more, opposite ones 40."""
    rng = np.random.default_rng(4)
    hard = rng.random(120) < 0.4
    right = np.where(rng.random((4, 120)) < 0.3, rng.random((4, 120)) < 0.5, ~hard)
    seen = np.array([[(k - 30 * o) % 120 < 80 for k in range(120)] for o in range(4)])
    people = answers(right, seen)
    kappas = {
        (a, b): cohen_kappa_score(right[a, seen[a] & seen[b]], right[b, seen[a] & seen[b]])
        for a, b in combinations(range(4), 2)
    }
    shared = {(a, b): int((seen[a] & seen[b]).sum()) for a, b in kappas}
    assert min(shared.values()) == 40
    assert max(shared.values()) == 50
    ceiling = RAW.ceiling(people)
    assert ceiling.lower == pytest.approx(np.mean(list(kappas.values())))
    assert ceiling.reason == ""
    strict = ErrorConsistencyMetric(convention=UndefinedKappa.RAW, minimum_shared=45).ceiling(people)
    assert strict.lower == pytest.approx(np.mean([kappas[pair] for pair, n in shared.items() if n >= 45]))
    assert strict.reason == "2 of 6 pairs share fewer than 45 trials, left out"
    assert strict.interval is not None
    assert strict.interval.low < strict.lower < strict.interval.high


def test_one_person_who_shares_nothing_leaves_the_others_their_score() -> None:
    rng = np.random.default_rng(5)
    right = rng.random((3, 90)) < 0.6
    seen = np.ones((3, 90), dtype=bool)
    seen[2, :85] = False
    model = rng.random(90) < 0.6
    people = answers(right, seen)
    score = RAW.score(choices(model), people)
    each = [cohen_kappa_score(model, right[o]) for o in (0, 1)]
    assert score.value == pytest.approx(np.mean(each))
    assert score.interval.low < score.value < score.interval.high
    assert np.isnan(score.per_subject[2].value)
    told = {each.name: (each.value, each.reference) for each in score.details}
    assert told["share of kappas of too few trials"] == pytest.approx((1 / 3, 2 / 3))
    assert score.ceiling.lower == pytest.approx(cohen_kappa_score(right[0], right[1]))
    assert "2 of 3 pairs share fewer than 20 trials" in score.ceiling.reason


def test_where_nobody_can_be_compared_there_is_a_reason_and_no_number() -> None:
    seen = np.array([[k < 30 for k in range(60)], [k >= 30 for k in range(60)]])
    people = answers(np.random.default_rng(6).random((2, 60)) < 0.7, seen)
    ceiling = RAW.ceiling(people)
    assert np.isnan(ceiling.lower)
    assert ceiling.reason.startswith("no two people can be compared: 1 of 1 pairs share fewer than 20 trials")
    faultless = answers(np.ones((2, 60), dtype=bool))
    score = RAW.score(choices(np.ones(60, dtype=bool)), faultless)
    assert np.isnan(score.value)
    assert "2 of 2 pairs undefined" in score.reason
