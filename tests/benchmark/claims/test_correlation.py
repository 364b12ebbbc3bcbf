"""Correlations over models: against a regression of ranks, and how often nothing is called something."""

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from brainrank.benchmark.claims.claim import Expectation
from brainrank.benchmark.claims.correlation import (
    Correlated,
    Related,
    cluster_weights,
    correlated,
    draws_of_clusters,
    over_studies,
    told,
)
from brainrank.benchmark.claims.effects import Effect, verdict
from brainrank.benchmark.statistics.uncertainty import deviations
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws

IMAGES = 40


def measured(
    quality: NDArray[np.float64], rng: np.random.Generator, name: str
) -> tuple[NDArray[np.float64], list[Draws]]:
    """Scores of models that differ in quality, as means over images, and their bootstrap draws."""
    items = quality[:, None] + rng.normal(0, 1, (len(quality), IMAGES)) + rng.normal(0, 1, IMAGES)
    counts = rng.multinomial(IMAGES, np.full(IMAGES, 1 / IMAGES), 60)
    return items.mean(axis=1), [deviations(counts @ row / IMAGES, n_stimuli=IMAGES, stimulus_set=name) for row in items]


def related(
    x: NDArray[np.float64],
    quality: NDArray[np.float64],
    clusters: list[str],
    rng: np.random.Generator,
    *,
    name: str = "i",
    besides: NDArray[np.float64] | None = None,
) -> Related:
    weights = cluster_weights(clusters)
    y, draws = measured(quality, rng, name)
    return Related(weights @ x, weights @ y, None if besides is None else weights @ besides, draws, weights)


def test_what_is_left_of_ranks_is_a_correlation_of_residuals() -> None:
    rng = np.random.default_rng(0)
    names = [str(each) for each in range(30)]
    accuracy = rng.normal(size=30)
    x, y = accuracy + rng.normal(size=30), accuracy + rng.normal(size=30)
    found = related(x, y, names, rng, besides=accuracy)
    ranks = [scipy.stats.rankdata(each) for each in (found.x, found.y, found.besides)]
    design = np.column_stack([np.ones(30), ranks[2]])
    residuals = [each - design @ np.linalg.lstsq(design, each, rcond=None)[0] for each in ranks[:2]]
    drawn = draws_of_clusters(30, held_equal=True, rng=rng)
    value = correlated([found], drawn).value
    assert value == pytest.approx(np.corrcoef(*residuals)[0, 1])
    plain = correlated([found._replace(besides=None)], drawn)
    assert plain.value == pytest.approx(scipy.stats.spearmanr(found.x, found.y).statistic)
    assert plain.value > value
    assert told(plain, clusters=30, held_equal=False).interval.low > 0


def test_seeds_are_one_point_and_few_points_say_nothing() -> None:
    weights = cluster_weights(["a", "a", "b", "a"])
    np.testing.assert_allclose(weights, [[1 / 3, 1 / 3, 0, 1 / 3], [0, 0, 1, 0]])
    with pytest.raises(InvalidDataError, match="5 independent models .*needs 6"):
        draws_of_clusters(5, held_equal=False, rng=np.random.default_rng(0))
    with pytest.raises(InvalidDataError, match="6 independent models .*needs 7"):
        draws_of_clusters(6, held_equal=True, rng=np.random.default_rng(0))


def world(n: int, studies: int, rng: np.random.Generator, *, held_equal: bool, seeds: int) -> Effect:
    """A correlation of unrelated properties, which seeds share; accuracy is in both where it is held equal."""
    names = [str(each // seeds) for each in range(n * seeds)]
    accuracy, x, quality = (np.repeat(rng.normal(size=n), seeds) for _ in range(3))
    besides = accuracy if held_equal else None
    if held_equal:
        x, quality = x + accuracy, quality + accuracy
    drawn = draws_of_clusters(n, held_equal=held_equal, rng=rng)[:400]
    found: list[Correlated] = [
        correlated([related(x, quality, names, rng, name=str(study), besides=besides)], drawn)
        for study in range(studies)
    ]
    if studies == 1:
        return told(found[0], clusters=n, held_equal=held_equal)
    return over_studies(found, clusters=n, held_equal=held_equal)[1]


@pytest.mark.parametrize(("n", "studies", "seeds"), [(8, 1, 1), (8, 3, 3), (25, 1, 3), (25, 4, 1)])
@pytest.mark.parametrize("held_equal", [False, True])
def test_what_is_unrelated_is_seldom_called_related(n: int, studies: int, seeds: int, *, held_equal: bool) -> None:
    """Through the decision rule: the same models in all studies, images anew in each."""
    rng, worlds = np.random.default_rng(0), 200
    verdicts = [
        verdict(world(n, studies, rng, held_equal=held_equal, seeds=seeds), Expectation.MORE, None)
        for _ in range(worlds)
    ]
    most = 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / worlds)
    assert verdicts.count("holds") / worlds <= most
    assert verdicts.count("fails") / worlds <= most


def test_what_is_related_is_told() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    names = [str(each) for each in range(30)]
    drawn = draws_of_clusters(30, held_equal=False, rng=rng)
    found = [
        correlated([related(x, x + rng.normal(0, 0.5, 30), names, rng, name=str(study))], drawn) for study in range(3)
    ]
    summary, effect = over_studies(found, clusters=30, held_equal=False)
    assert verdict(effect, Expectation.MORE, None) == "holds"
    assert summary.interval == effect.interval
    assert summary.interval.low < summary.value < summary.interval.high < 1
    assert summary.prediction.low <= summary.interval.low
