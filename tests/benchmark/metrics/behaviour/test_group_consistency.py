"""Cells of groups against loops over pairs, the ceiling of the benchmark metric, and simulated observers."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import cohen_kappa_score

from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.group_consistency import GroupCell, group_cells, share_of
from brainrank.benchmark.types.errors import InvalidDataError

GROUPS = {"young": ("a", "d", "f"), "old": ("b", "c", "e", "g"), "model": ("m",)}
ACCURACY = {"young": 0.5, "old": 0.8, "model": 0.4}


def observers(rng: np.random.Generator, *, shared: float, images: int = 160, everything: bool = False) -> Correctness:
    """Observers right where an image, clear to all alike to this degree, is clearer than their accuracy asks."""
    names = tuple(sorted(who for each in GROUPS.values() for who in each))
    group = {who: name for name, members in GROUPS.items() for who in members}
    clear = np.sqrt(shared) * rng.standard_normal(images) + np.sqrt(1 - shared) * rng.standard_normal(
        (len(names), images)
    )
    correct = clear < norm.ppf([ACCURACY[group[who]] for who in names])[:, None]
    shown = np.ones_like(correct) if everything else rng.random(correct.shape) < 0.8
    return Correctness(names, tuple(map(str, range(images))), correct & shown, shown)


def cells(table: Correctness, rng: np.random.Generator, draws: int = 200) -> dict[tuple[str, str], GroupCell]:
    return group_cells(table, GROUPS, units=np.arange(len(table.stimulus_ids)), rng=rng, draws=draws)


def test_equal_loops_over_pairs() -> None:
    rng = np.random.default_rng(1)
    table = observers(rng, shared=0.5)
    place = {who: row for row, who in enumerate(table.observers)}
    for (first, second), cell in cells(table, rng).items():
        pairs = combinations(GROUPS[first], 2) if first == second else product(GROUPS[first], GROUPS[second])
        kappa, alike, apart = [], 0.0, 0.0
        for i, j in ((place[a], place[b]) for a, b in pairs):
            both = table.shown[i] & table.shown[j]
            x, y = table.correct[i, both], table.correct[j, both]
            kappa.append(cohen_kappa_score(x, y))
            alike += (x & y).sum() * (~x & ~y).sum() / both.sum()
            apart += (x & ~y).sum() * (~x & y).sum() / both.sum()
        assert cell.kappa.value == pytest.approx(np.mean(kappa))
        assert (cell.pairs, cell.left_out) == (len(kappa), 0)
        assert np.sign(cell.latent_r.value) == np.sign(alike - apart)
        for each in (cell.kappa, cell.latent_r):
            assert each.interval.low < each.value < each.interval.high


def test_latent_correlation_does_not_follow_accuracies_and_kappa_does() -> None:
    found: dict[str, list[float]] = {"young": [], "old": []}
    kappas: dict[str, list[float]] = {"young": [], "old": []}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        of = cells(observers(rng, shared=0.5, images=300, everything=True), rng, draws=40)
        for group in found:
            found[group].append(of[group, "model"].latent_r.value)
            kappas[group].append(of[group, "model"].kappa.value)
    assert np.mean(found["young"]) == pytest.approx(0.5, abs=0.04)
    assert np.mean(found["old"]) == pytest.approx(0.5, abs=0.04)
    assert np.mean(kappas["young"]) > np.mean(kappas["old"]) + 0.1


@pytest.mark.parametrize(("shared", "truth"), [(0.0, 0.0), (0.5, 0.5)])
def test_intervals_hold_the_truth(shared: float, truth: float) -> None:
    """Within and between groups of three and four, and of a model with each; nothing shared included."""
    held: dict[tuple[str, str], list[bool]] = {}
    values: dict[tuple[str, str], list[float]] = {}
    for seed in range(80):
        rng = np.random.default_rng([7, seed])
        for names, cell in cells(observers(rng, shared=shared, images=300), rng, draws=100).items():
            interval = cell.latent_r.interval
            held.setdefault(names, []).append(interval.low <= truth <= interval.high)
            values.setdefault(names, []).append(cell.latent_r.value)
    for names, each in held.items():
        assert np.mean(each) > 0.88, names
        assert np.mean(values[names]) == pytest.approx(truth, abs=0.05), names


def test_share_of_a_ceiling_and_where_there_is_none() -> None:
    rng = np.random.default_rng(2)
    of = cells(observers(rng, shared=0.7, images=300), rng)
    share = share_of(of["old", "model"].kappa, of["old", "old"].kappa)
    assert share.value == pytest.approx(of["old", "model"].kappa.value / of["old", "old"].kappa.value)
    assert share.interval.low < share.value < share.interval.high
    assert share_of(of["old", "old"].kappa, of["old", "old"].kappa).interval.low == pytest.approx(1.0, abs=1e-6)
    assert share_of(of["old", "model"].kappa, None).reason


def test_each_observer_has_one_group() -> None:
    table = observers(np.random.default_rng(3), shared=0.5)
    with pytest.raises(InvalidDataError, match="Observers m are not in exactly one group"):
        group_cells(
            table,
            {name: who for name, who in GROUPS.items() if name != "model"},
            units=np.arange(160),
            rng=np.random.default_rng(0),
        )


def test_nobody_errs_apart_or_at_all() -> None:
    table = observers(np.random.default_rng(4), shared=0.5, everything=True)
    same = table._replace(correct=np.repeat(table.correct[:1], len(table.correct), axis=0))
    found = cells(same, np.random.default_rng(0))["young", "old"]
    assert found.kappa.value == 1
    assert found.latent_r.reason
    right = cells(table._replace(correct=np.ones_like(table.correct)), np.random.default_rng(0))["young", "old"]
    for each in (right.kappa, right.latent_r):
        assert np.isnan(each.value)
        assert each.reason
