"""The aggregation of model-vs-human against loops, and the conditions that count."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from brainrank.benchmark.metrics.behaviour.aggregation import (
    Statistic,
    human_human,
    mean_over_datasets,
    model_human,
    scored_conditions,
)
from brainrank.benchmark.metrics.behaviour.error_consistency import Convention
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


def test_means_over_conditions_then_observers() -> None:
    chosen = ("mild", "strong")
    pairs = [("h1", "h2"), ("h1", "h3"), ("h2", "h3")]
    result = human_human(HUMANS, conditions=chosen)
    assert result.pairs == tuple(pairs)
    by_loop = [np.mean([cohen_kappa_score(right(HUMANS, a, c), right(HUMANS, b, c)) for c in chosen]) for a, b in pairs]
    np.testing.assert_allclose(result.per_pair, by_loop)
    assert result.value == pytest.approx(np.mean(by_loop))
    against = model_human(MODEL, HUMANS, conditions=chosen)
    by_loop = [
        np.mean([cohen_kappa_score(right(MODEL, "net", c), right(HUMANS, h, c)) for c in chosen])
        for h in HUMANS.observers
    ]
    np.testing.assert_allclose(against.per_pair, by_loop)


def test_accuracy_difference_and_observed_consistency() -> None:
    difference = model_human(MODEL, HUMANS, Statistic.ACCURACY_DIFFERENCE, conditions=CONDITIONS)
    observed = model_human(MODEL, HUMANS, Statistic.OBSERVED, conditions=CONDITIONS)
    squares, agree = [], []
    for human in HUMANS.observers:
        both = [(right(MODEL, "net", c), right(HUMANS, human, c)) for c in CONDITIONS]
        squares.append(np.mean([(a.mean() - b.mean()) ** 2 for a, b in both]))
        agree.append(np.mean([(a == b).mean() for a, b in both]))
    assert difference.value == pytest.approx(np.mean(squares))
    assert observed.value == pytest.approx(np.mean(agree))


def test_perfect_observers_count_as_one_or_are_left_out() -> None:
    """On the clean images everybody is right: 1 as published, undefined and named under `raw`."""
    published = human_human(HUMANS, conditions=("clean",))
    assert published.value == 1.0
    raw = human_human(HUMANS, conditions=("clean", "mild"), convention=Convention.RAW)
    assert raw.value == pytest.approx(human_human(HUMANS, conditions=("mild",)).value)
    assert set(raw.reasons) == {("h1", "h2", "clean"), ("h1", "h3", "clean"), ("h2", "h3", "clean")}
    alone = human_human(HUMANS, conditions=("clean",), convention=Convention.RAW)
    assert np.isnan(alone.value)


def test_datasets_weigh_the_same() -> None:
    assert mean_over_datasets({"a": 0.2, "b": 0.6}) == pytest.approx(0.4)
    assert np.isnan(mean_over_datasets({"a": 0.2, "b": float("nan")}))
    with pytest.raises(InvalidDataError, match="no dataset"):
        mean_over_datasets({})


def test_too_few_or_too_many_observers() -> None:
    with pytest.raises(InvalidDataError, match="There is one human"):
        human_human(MODEL, conditions=CONDITIONS)
    with pytest.raises(InvalidDataError, match="holds 3 observers"):
        model_human(HUMANS, MODEL, conditions=CONDITIONS)
