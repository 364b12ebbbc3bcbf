"""The aggregation of model-vs-human against loops, and the conditions that count."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from brainrank.benchmark.metrics.behaviour.aggregation import (
    Consistency,
    between_people,
    consistency_of,
    scored_conditions,
    with_people,
)
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly

CONDITIONS = ("clean", "mild", "strong")
SHARE = {"clean": 1.0, "mild": 0.7, "strong": 0.1}


def trials(observers: tuple[str, ...], seed: int) -> BehaviouralAssembly:
    rng = np.random.default_rng(seed)
    rows = [
        (o, f"{c}-{k}", c, "cat" if rng.random() < SHARE[c] else "dog", "cat")
        for o in observers
        for c in CONDITIONS
        for k in range(50)
    ]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


def right(assembly: BehaviouralAssembly, observer: str, condition: str) -> np.ndarray:
    return assembly.correct[(assembly.observer == observer) & (assembly.condition == condition)]


HUMANS, MODEL = trials(("h1", "h2", "h3"), 0), trials(("net",), 1)


def test_excluded_conditions_do_not_count() -> None:
    assert scored_conditions(HUMANS, excluded=("clean", "strong")) == ("mild",)
    assert scored_conditions(HUMANS) == CONDITIONS
    with pytest.raises(UnknownNameError, match="Unknown excluded condition 'claen'.*did you mean clean"):
        scored_conditions(HUMANS, excluded=("claen",))
    with pytest.raises(InvalidDataError, match="No condition is left"):
        scored_conditions(HUMANS, excluded=CONDITIONS)


def among_people(*conditions: str, convention: UndefinedKappa = UndefinedKappa.MODEL_VS_HUMAN) -> Consistency:
    return consistency_of(*between_people(HUMANS.within(conditions)), convention=convention)


def test_means_over_conditions_then_observers() -> None:
    chosen = ("mild", "strong")
    pairs = [("h1", "h2"), ("h1", "h3"), ("h2", "h3")]
    result = among_people(*chosen)
    assert [(result.observers[i], result.observers[j]) for i, j in result.pairs] == pairs
    by_loop = [np.mean([cohen_kappa_score(right(HUMANS, a, c), right(HUMANS, b, c)) for c in chosen]) for a, b in pairs]
    np.testing.assert_allclose(result.per_pair("kappa"), by_loop)
    assert result.mean("kappa") == pytest.approx(np.mean(by_loop))
    against = consistency_of(*with_people(MODEL, HUMANS.within(chosen)))
    by_loop = [
        np.mean([cohen_kappa_score(right(MODEL, "net", c), right(HUMANS, h, c)) for c in chosen])
        for h in HUMANS.observers
    ]
    np.testing.assert_allclose(against.per_pair("kappa"), by_loop)


def test_accuracy_difference_and_observed_consistency() -> None:
    found = consistency_of(*with_people(MODEL, HUMANS))
    squares, agree = [], []
    for human in HUMANS.observers:
        both = [(right(MODEL, "net", c), right(HUMANS, human, c)) for c in CONDITIONS]
        squares.append(np.mean([(a.mean() - b.mean()) ** 2 for a, b in both]))
        agree.append(np.mean([(a == b).mean() for a, b in both]))
    assert found.mean("accuracy_difference") == pytest.approx(np.mean(squares))
    assert found.mean("observed") == pytest.approx(np.mean(agree))


def test_perfect_observers_count_as_one_or_are_left_out() -> None:
    """On the clean images everybody is right: 1 as published, undefined and counted under `raw`."""
    assert among_people("clean").mean("kappa") == 1.0
    raw = among_people("clean", "mild", convention=UndefinedKappa.RAW)
    assert raw.mean("kappa") == pytest.approx(among_people("mild").mean("kappa"))
    assert (raw.counts.kappas, raw.counts.undefined, raw.counts.too_few) == (6, 3, 0)
    assert np.isnan(among_people("clean", convention=UndefinedKappa.RAW).mean("kappa"))


def test_too_few_or_too_many_observers() -> None:
    with pytest.raises(InvalidDataError, match="There is one human"):
        between_people(MODEL)
    with pytest.raises(InvalidDataError, match="holds 3 observers"):
        with_people(HUMANS, MODEL)
