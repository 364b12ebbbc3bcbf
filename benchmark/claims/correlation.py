"""Whether two properties go together over models: a rank correlation, over clusters of models that were made alike.

Three seeds of a training are one training, and sizes of one architecture one architecture: a cluster is one point, the
mean of its models. Variance is over new clusters (bootstrap, and never less than Bonett & Wright's, 2000, of as many
independent points) and, where scores have draws, over new images and subjects. What is held equal (`besides`) is
partialled out of the ranks (Kendall 1942, of Spearman's rho).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.claims.effects import Effect, plus
from brainrank.benchmark.claims.summary import Summary, random_effects
from brainrank.benchmark.statistics.rank_correlation import rho_of_rows
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    Spread,
    spread,
    student_interval,
    times,
    two_sided_p,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws

Numbers = Float[ndarray, "*draws clusters"]
FEWEST = 6
"""Clusters; one more where something is held equal."""
DRAWS = 2000
NOTHING = 1e-6


class Related(NamedTuple):
    """A benchmark on the clusters: what is related to its scores, these, how they deviate on draws, what is held equal.

    `draws` are those of the models, `weights` the share of each model in each cluster.
    """

    x: Float[ndarray, " clusters"]
    y: Float[ndarray, " clusters"]
    besides: Float[ndarray, " clusters"] | None
    draws: Sequence[Draws]
    weights: Float[ndarray, "clusters models"]


class Correlated(NamedTuple):
    """A mean rank correlation over benchmarks, its variance over images and subjects, and it on draws of clusters."""

    value: float
    of_data: Spread
    drawn: Float[ndarray, " draws"]


def cluster_weights(clusters: Sequence[str]) -> Float[ndarray, "clusters models"]:
    """The share of each model in each cluster, by the name of the cluster that it is in; rows sum to one."""
    member = np.array([[each == name for each in clusters] for name in dict.fromkeys(clusters)], dtype=float)
    return np.asarray(member / member.sum(axis=1, keepdims=True))


def draws_of_clusters(clusters: int, *, held_equal: bool, rng: np.random.Generator) -> Int[ndarray, "draws clusters"]:
    """Which clusters are drawn, with replacement. Raises InvalidDataError for too few of them."""
    fewest = FEWEST + held_equal
    if clusters < fewest:
        raise InvalidDataError(
            f"{clusters} independent models (seeds of one training are one); a correlation over models needs {fewest}"
        )
    return rng.integers(clusters, size=(DRAWS, clusters))


def correlated(benchmarks: Sequence[Related], drawn: Int[ndarray, "draws clusters"]) -> Correlated:
    """The mean over benchmarks of how x goes with their scores."""
    weight = 1 / len(benchmarks)
    values = [_rho(each.x, each.y, each.besides) for each in benchmarks]
    of_data = [times(_draws_of(each, float(value)), weight) for each, value in zip(benchmarks, values, strict=True)]
    of_clusters = [
        _rho(each.x[drawn], each.y[drawn], None if each.besides is None else each.besides[drawn]) for each in benchmarks
    ]
    images = spread(of_data)
    swap = 12 / (drawn.shape[1] * (drawn.shape[1] ** 2 - 1))  # an order no draw changes is known no better than to one
    known = Spread(max(images.variance, swap**2), images.freedom)
    return Correlated(float(np.mean(values)), known, np.mean(of_clusters, axis=0))


def told(found: Correlated, *, clusters: int, held_equal: bool) -> Effect:
    """The correlation as an effect: its interval and p, over new clusters, images and subjects."""
    of_models = _of_clusters(found, clusters=clusters, held_equal=held_equal)
    of = plus(found.of_data, [of_models])
    interval = student_interval(found.value, of, support=CORRELATION)
    return Effect(found.value, interval, two_sided_p(found.value, of), of, found.of_data)


def over_studies(studies: Sequence[Correlated], *, clusters: int, held_equal: bool) -> tuple[Summary, Effect]:
    """Random effects of two studies or more: clusters are the same in all, and their variance is added once."""
    values, variances = zip(*((each.value, each.of_data.variance) for each in studies), strict=True)
    found = random_effects(np.array(values), np.array(variances))
    drawn = np.asarray(found.weights @ np.array([each.drawn for each in studies]))
    effect = told(Correlated(found.value, found.spread, drawn), clusters=clusters, held_equal=held_equal)
    new = Spread(effect.spread.variance + found.tau**2, min(max(found.studies - 2, 1), effect.spread.freedom))
    prediction = student_interval(found.value, new, support=CORRELATION) if found.studies > 2 else found.prediction
    return found._replace(interval=effect.interval, spread=effect.spread, prediction=prediction), effect


def _of_clusters(found: Correlated, *, clusters: int, held_equal: bool) -> Spread:
    """The variance over clusters: of the bootstrap's draws, at least that of as many independent normal pairs."""
    free = clusters - 2 - held_equal
    least = (1 - found.value**2) ** 2 * (1 + found.value**2 / 2) / (free - 1)
    drawn = float(np.nanvar(found.drawn, ddof=1)) * clusters / (clusters - 1)
    return Spread(max(drawn, least), free)


def _draws_of(related: Related, value: float) -> Draws:
    """How the correlation deviates on draws of images and subjects."""
    deviating = np.array([each.deviations for each in related.draws], dtype=np.float64)
    parts = []
    for of_models in deviating.transpose(1, 2, 0):
        y = related.y + of_models @ related.weights.T
        besides = None if related.besides is None else np.broadcast_to(related.besides, y.shape)
        parts.append(_rho(np.broadcast_to(related.x, y.shape), y, besides) - value)
    return replace(related.draws[0], deviations=np.array(parts))


def _rho(x: Numbers, y: Numbers, besides: Numbers | None) -> Float[ndarray, "*draws"]:
    """Spearman's rho, or what is left of it when `besides` is held equal; NaN where one has no variance.

    0 where ranks of `besides` are those of x or y: then nothing is left to go with anything.
    """
    r = _of_ranks(x, y)
    if besides is None:
        return r
    with_x, with_y = _of_ranks(x, besides), _of_ranks(y, besides)
    left = np.sqrt((1 - with_x**2) * (1 - with_y**2))
    some = left > NOTHING
    return np.asarray(np.where(some, (r - with_x * with_y) / np.where(some, left, 1), 0 * left))


def _of_ranks(x: Numbers, y: Numbers) -> Float[ndarray, "*draws"]:
    flat = rho_of_rows(np.atleast_2d(x), np.atleast_2d(y))
    return np.asarray(flat.reshape(x.shape[:-1]))
