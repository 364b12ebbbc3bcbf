"""Comparisons of models: against numpy and scipy on the stored draws."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import scores
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.compare import Comparison, compare
from brainrank.api.services.refusals import NotFoundError
from brainrank.benchmark.benchmarks import BENCHMARKS
from brainrank.benchmark.ranking.conventions import Convention
from brainrank.benchmark.types.errors import UserError

V4, SECOND_V4 = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["cowley2023.v4-210225.encoding"]
IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]
HERE = (V4, SECOND_V4, IT)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_database(f"sqlite:///{tmp_path / 'scores.db'}")
    with transaction(engine) as opened:
        for model, values in {"a": (0.5, 0.4, 0.3), "b": (0.51, 0.5, 0.2), "c": (0.1, 0.45, None)}.items():
            for benchmark, value in zip(HERE, values, strict=True):
                if value is not None:
                    store(opened, model, benchmark, value, spread=0.02)
        yield opened
    engine.dispose()


def compared(session: Session, *models: str) -> Comparison:
    return compare(session, models, HERE, convention=Convention.RAW, viewer=EVERYBODY)


def drawn(session: Session) -> dict[tuple[str, str], np.ndarray]:
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
        differences = draws[each.first, V4.name] - draws[each.second, V4.name]
        p.append(2 * norm.sf(abs(difference) / differences.std(ddof=1)))
        assert each.paired.difference == pytest.approx(difference)
        assert each.paired.interval.low < difference < each.paired.interval.high
    np.testing.assert_allclose([each.paired.p for each in pairs], p)
    np.testing.assert_allclose([each.q for each in pairs], false_discovery_control(p))
    assert [(each.first, each.second) for each in found.benchmarks[IT.name]] == [("a", "b")]


def test_the_mean_is_over_what_all_have(session: Session) -> None:
    found, draws = compared(session, "c", "a", "b"), drawn(session)
    assert found.shared == [V4.name, SECOND_V4.name]
    assert {name: each.value for name, each in found.means.items()} == pytest.approx(
        {"a": 0.45, "b": 0.505, "c": 0.275}
    )
    pair = found.mean[0]
    assert (pair.first, pair.second) == ("c", "a")
    mean = {name: (draws[name, V4.name] + draws[name, SECOND_V4.name]) / 2 for name in "abc"}
    assert pair.paired.p == pytest.approx(2 * norm.sf(0.175 / (mean["c"] - mean["a"]).std(ddof=1)))
    two = compared(session, "a", "b")
    assert len(two.shared) == 3
    assert two.means["a"].value == pytest.approx((0.45 + 0.3) / 2)


def test_models_without_a_benchmark_in_common_have_no_mean(session: Session) -> None:
    store(session, "d", IT, 0.3)
    found = compared(session, "c", "d")
    assert (found.shared, found.benchmarks) == ([], {})
    assert np.isnan(found.mean[0].paired.difference)
    assert np.isnan(found.mean[0].q)


def test_mistakes_are_named(session: Session) -> None:
    with pytest.raises(UserError, match="1 models to compare"):
        compared(session, "a", "a")
    with pytest.raises(UserError, match="2 to 10"):
        compared(session, *(str(number) for number in range(11)))
    with pytest.raises(NotFoundError, match="'zz' has no score"):
        compared(session, "a", "zz")
