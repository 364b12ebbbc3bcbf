"""Which group a model errs like: planted, and without a difference, whatever accuracies and numbers of people."""

import numpy as np
import pytest
from scipy.stats import norm

from brainrank.benchmark.metrics.behaviour.closest_group import Lead, closest, leads
from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate, group_cells
from brainrank.benchmark.types.score import Interval

PEOPLE = {"a": 12, "b": 6, "c": 3}
ACCURACY = {"a": 0.5, "b": 0.7, "c": 0.85}
SEEN = {"a": 0.3, "b": 0.8, "c": 1.0}


def found(rng: np.random.Generator, shared: dict[str, float], images: int = 150) -> tuple[Lead, ...]:
    """The leads of a model that is right a quarter of the time: each group shares so much with it."""
    clear = rng.standard_normal(images)
    names, rows, shown = ["m"], [clear < norm.ppf(0.25)], [np.ones(images, dtype=bool)]
    groups: dict[str, tuple[str, ...]] = {"m": ("m",)}
    for group, people in PEOPLE.items():
        members = tuple(f"{group}{number:02d}" for number in range(people))
        own = shared[group] * clear + np.sqrt(1 - shared[group] ** 2) * rng.standard_normal((people, images))
        names += members
        shown += list(rng.random((people, images)) < SEEN[group])
        rows += list(own < norm.ppf(ACCURACY[group]))
        groups[group] = members
    seen = np.array(shown)
    table = Correctness(tuple(names), tuple(map(str, range(images))), np.array(rows) & seen, seen)
    cells = group_cells(table, groups, units=np.arange(images), rng=rng, draws=100)
    return leads({group: cells["m", group].latent_r for group in PEOPLE})


@pytest.mark.parametrize("most", PEOPLE)
def test_finds_the_group_that_shares_most(most: str) -> None:
    of = found(np.random.default_rng(3), {each: 0.55 if each == most else 0.0 for each in PEOPLE}, images=800)
    best = closest(of)
    assert best is not None
    assert best.group == most
    assert best.p < 0.05
    assert best.share > 0.9
    assert best.interval.low > 0
    assert sum(each.share for each in of) == pytest.approx(1)


@pytest.mark.parametrize("shared", [0.0, 0.3])
def test_no_group_is_favoured_where_all_share_as_much(shared: float) -> None:
    """Also where nobody shares anything."""
    runs = 90
    chosen, told, shares = dict.fromkeys(PEOPLE, 0), 0, dict.fromkeys(PEOPLE, 0.0)
    for seed in range(runs):
        of = found(np.random.default_rng([5, seed]), dict.fromkeys(PEOPLE, shared), images=300)
        best = closest(of)
        assert best is not None
        chosen[best.group] += 1
        told += best.p < 0.05
        for each in of:
            shares[each.group] += each.share / runs
    assert told <= 0.08 * runs
    for group in PEOPLE:
        assert 0.17 < chosen[group] / runs < 0.5
        assert 0.2 < shares[group] < 0.47


def test_a_group_of_too_few_errors_is_not_judged() -> None:
    """Where a model that is seldom right is right, the third group is wrong on a trial or two."""
    of = found(np.random.default_rng(1), dict.fromkeys(PEOPLE, 0.6), images=150)
    assert {each.group for each in of} == {"a", "b"}


def test_nothing_to_choose_from() -> None:
    nothing = Estimate(np.nan, Interval(np.nan, np.nan), (), "no trials")
    assert leads({"a": nothing, "b": nothing}) == ()
    assert closest(()) is None
