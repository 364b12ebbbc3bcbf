"""The study of ranking rules on a published table, on small tables of which the answer is known."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from brainrank.datasets.published.scores import PublishedLine, PublishedModel

ROOT = Path(__file__).parents[2]
N_SETTINGS, SD = 400, 0.01


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The programs of performance/ lie beside the package, not in it."""
    monkeypatch.syspath_prepend(str(ROOT))
    return


@pytest.fixture
def seeds() -> "tuple[np.ndarray, list[list[int]]]":
    """Scores of settings with three seeds each that differ by normal noise alone."""
    rng = np.random.default_rng(0)
    scores = np.repeat(rng.random((N_SETTINGS, 1)), 3, axis=0) + SD * rng.standard_normal((3 * N_SETTINGS, 5))
    return scores, [[3 * each, 3 * each + 1, 3 * each + 2] for each in range(N_SETTINGS)]


def test_without_interaction_marginal_means_move_nobody_and_plain_means_do() -> None:
    from performance.published_table import at_random, marginal_means, plain_means, standing

    rng = np.random.default_rng(1)
    scores = rng.random((60, 1)) + np.array([0.0, 0.5, 1.0, 2.0, 3.0])
    left = np.where(at_random(scores, 2, rng), np.nan, scores)
    assert np.isnan(left).sum() == 120
    whole = standing(scores.mean(axis=1))
    assert (standing(marginal_means(left)) == whole).all()
    assert np.abs(standing(plain_means(left)) - whole).max() > 10


def test_those_who_leave_out_what_they_are_worst_on_leave_out_that() -> None:
    from performance.published_table import lowest, worst_standing

    scores = np.array([[0.1, 0.9, 0.8], [0.3, 0.5, 0.6], [0.2, 0.7, 0.9]])
    rng = np.random.default_rng(0)
    assert lowest(scores, 1, rng).argmax(axis=1).tolist() == [0, 0, 0]
    assert worst_standing(scores, 1, rng).argmax(axis=1).tolist() == [0, 1, 0]


def test_rules_that_are_tests_are_false_as_often_as_they_say(seeds: "tuple[np.ndarray, list[list[int]]]") -> None:
    from performance.published_table import held_out, pairs_of, pooled_sd, told_by_scores

    scores, groups = seeds
    told = told_by_scores(scores, pairs_of(groups))
    assert told["paired t test over the benchmarks, p < .05"].mean() == pytest.approx(0.05, abs=0.015)
    assert told["one is better on all benchmarks"].mean() == pytest.approx(2 / 2**5, abs=0.02)
    means = scores.mean(axis=1)
    assert pooled_sd(means, groups) == pytest.approx(SD / np.sqrt(5), rel=0.1)
    assert held_out(means, groups, rng=np.random.default_rng(2)) == pytest.approx(0.05, abs=0.015)


def test_places_by_seeds_are_one_where_nothing_varies_and_all_where_everything_does() -> None:
    from performance.published_table import places_by_seeds

    means = np.array([0.1, 0.2, 0.3])
    assert places_by_seeds(means, 1e-6, 100).tolist() == [1, 1, 1]
    assert places_by_seeds(means, 10.0, 100).tolist() == [3, 3, 3]


def test_seeds_of_a_setting_are_found_and_half_settings_are_not() -> None:
    from performance.published_table import Table, seed_groups

    models = [("a", seed, 1e6) for seed in (0, 1, 2)] + [("a", 0, 2e6), ("b", 0, 1e6), ("b", 1, 1e6)]
    lines = [
        PublishedLine(PublishedModel(f"{name}{seed}", name, seed=seed, samples_seen=seen), {"V1": 0.5})
        for name, seed, seen in models
    ]
    assert seed_groups(Table(lines, ["V1"], np.full((6, 1), 0.5))) == [[0, 1, 2]]
