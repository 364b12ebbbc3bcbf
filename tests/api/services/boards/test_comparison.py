"""Comparisons of models: against numpy and scipy on the stored draws."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories import scores
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.comparison import Comparison, compare
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.statistics.uncertainty import spread, two_sided_p
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.score import Draws, NoiseCeiling

V4, SECOND_V4 = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["cowley2023.v4-210225.encoding"]
IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]
HERE = (V4, SECOND_V4, IT)


@pytest.fixture
def session(session: Session) -> Session:
    for model, values in {"a": (0.5, 0.4, 0.3), "b": (0.51, 0.5, 0.2), "c": (0.1, 0.45, None)}.items():
        for benchmark, value in zip(HERE, values, strict=True):
            if value is not None:
                store(session, model, benchmark, value, spread=0.02)
    return session


def compared(session: Session, *models: str) -> Comparison:
    return compare(session, models, HERE, convention=Convention.RAW, viewer=EVERYBODY)


def drawn(session: Session) -> dict[tuple[str, str], Draws]:
    stored = scores.latest_succeeded(session, {each.name: each.version for each in HERE})
    draws = dict(scores.draws(session, [each.run_id for each in stored]))
    return {(each.model, each.benchmark): draws[each.run_id] for each in stored}


def test_each_benchmark_is_a_family_of_tests(session: Session) -> None:
    found, draws = compared(session, "a", "b", "c"), drawn(session)
    values = {"a": 0.5, "b": 0.51, "c": 0.1}
    pairs = found.benchmarks[V4.name]
    assert [(each.first, each.second) for each in pairs] == list(combinations("abc", 2))
    p = []
    for each in pairs:
        difference = values[each.first] - values[each.second]
        p.append(p_of(difference, (draws[each.first, V4.name], 1), (draws[each.second, V4.name], -1)))
        assert each.paired.difference == pytest.approx(difference)
        assert each.paired.interval.low < difference < each.paired.interval.high
    np.testing.assert_allclose([each.paired.p for each in pairs], p, rtol=1e-5)
    np.testing.assert_allclose([each.q for each in pairs], false_discovery_control(p), rtol=1e-5)
    assert [(each.first, each.second) for each in found.benchmarks[IT.name]] == [("a", "b")]


def p_of(difference: float, *weighted: tuple[Draws, float]) -> float:
    parts = [replace(each, deviations=weight * each.deviations) for each, weight in weighted]
    return two_sided_p(difference, spread(parts))


def test_a_pair_is_compared_on_what_both_have(session: Session) -> None:
    found, draws = compared(session, "c", "a", "b"), drawn(session)
    assert found.counted == [V4.name, SECOND_V4.name, IT.name]
    pair, other, complete = found.mean
    assert (pair.first, pair.second) == ("c", "a")
    assert pair.shared == [V4.name, SECOND_V4.name]
    assert pair.paired.difference == pytest.approx(0.275 - 0.45)
    halves = [(draws[name, each.name], sign / 2) for name, sign in (("c", 1), ("a", -1)) for each in (V4, SECOND_V4)]
    assert pair.paired.p == pytest.approx(p_of(0.175, *halves))
    assert other.paired.difference == pytest.approx(0.275 - 0.505)
    assert complete.shared == [V4.name, SECOND_V4.name, IT.name]
    assert complete.paired.difference == pytest.approx((0.45 - 0.505 + 0.3 - 0.2) / 2)
    q = false_discovery_control([each.paired.p for each in found.mean])
    np.testing.assert_allclose([each.q for each in found.mean], q)


def test_means_are_as_if_all_had_all(session: Session) -> None:
    found = compared(session, "c", "a", "b").means
    assert {name: each.coverage for name, each in found.items()} == {"c": 2, "a": 3, "b": 3}
    assert found["a"].value == pytest.approx((0.45 + 0.3) / 2)
    assert found["b"].value == pytest.approx((0.505 + 0.2) / 2)
    assert found["c"].value < found["a"].value
    assert found["c"].interval.low < found["c"].value < found["c"].interval.high
    assert found["c"].groups == pytest.approx({"v4": 0.275})


def test_models_without_a_benchmark_in_common_have_no_difference(session: Session) -> None:
    store(session, "d", IT, 0.3)
    found = compared(session, "c", "d")
    assert found.benchmarks == {}
    assert found.mean[0].shared == []
    assert np.isnan(found.mean[0].paired.difference)
    assert np.isnan(found.mean[0].q)


def test_what_has_no_ceiling_is_compared_raw_and_counts_for_nothing(session: Session) -> None:
    for model, value in (("d", 0.3), ("e", 0.2)):
        store(session, model, IT, value, ceiling=NoiseCeiling(np.nan, np.nan, "one animal"))
        store(session, model, V4, value)
    found = compare(session, ["d", "e"], HERE, convention=Convention.EXPLAINED, viewer=EVERYBODY)
    assert found.counted == [V4.name]
    assert found.mean[0].paired.difference == pytest.approx(0.1 / 0.9)
    (on_it,), (on_v4,) = found.benchmarks[IT.name], found.benchmarks[V4.name]
    assert (on_it.convention, on_v4.convention) == (Convention.RAW, Convention.EXPLAINED)
    assert on_it.paired.difference == pytest.approx(0.1)
    assert on_v4.paired.difference == pytest.approx(0.1 / 0.9)


def test_mistakes_are_named(session: Session) -> None:
    with pytest.raises(UserError, match="1 models to compare"):
        compared(session, "a", "a")
    with pytest.raises(UserError, match="2 to 10"):
        compared(session, *(str(number) for number in range(11)))
    with pytest.raises(NotFoundError, match="'zz' has no score"):
        compared(session, "a", "zz")
