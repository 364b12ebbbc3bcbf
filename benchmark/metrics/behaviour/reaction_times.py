"""Reaction times and a model's certainty: whether people are slow on the images that a model is unsure of.

A person's time on an image is the logarithm of its seconds, less the person's mean and divided by its standard
deviation over the trials that count, so that people are as fast, and as variable, as each other. A model's doubt about
an image is minus its margin: how much more probable, of the categories' probabilities made to add up to 1, the most
probable is than the next. Both are taken less their mean over the images of a category, for how soon a person finds
where a category is answered is no matter of the image. The score of a person is Spearman's correlation of both over
images, positive where slow images are doubtful ones. Defined in docs/conventions.md#reaction-times.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined, ratio
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

DIGITS = 12


class Times(NamedTuple):
    """Standardised logarithms of reaction times; NaN where a person has no trial that counts.

    `category` numbers the true category of each stimulus.
    """

    people: tuple[str, ...]
    stimulus_ids: tuple[str, ...]
    category: Int[ndarray, " stimuli"]
    z: Float[ndarray, "people stimuli"]


def standardised_times(trials: BehaviouralAssembly, *, minimum: int) -> Times:
    """The times of right answers, of the people who have `minimum` of them.

    A time that is missing, or not above zero, does not count. Raises InvalidDataError where times were not recorded, or
    a person has several trials of an image.
    """
    if trials.reaction_time_s is None:
        raise InvalidDataError("Reaction times were not recorded with these trials; give a column rt, in seconds")
    seconds = trials.reaction_time_s
    counts: Bool[ndarray, " trials"] = trials.correct & (seconds > 0)
    ids, first, image = np.unique(trials.stimulus_id, return_index=True, return_inverse=True)
    category = np.unique(trials.category[first], return_inverse=True)[1]
    person = np.searchsorted(np.asarray(trials.observers), trials.observer)
    if len(np.unique(person * len(ids) + image)) < len(trials):
        raise InvalidDataError("A person has several trials of one image; give one, or one condition at a time")
    z = np.full((len(trials.observers), len(ids)), np.nan)
    z[person[counts], image[counts]] = np.log(seconds[counts])
    enough = (~np.isnan(z)).sum(axis=1) >= minimum
    z = z[enough]
    z = z - mean_of_defined(z.T)[:, None]
    scale = np.sqrt(mean_of_defined((z**2).T))
    who = tuple(each for each, there in zip(trials.observers, enough, strict=True) if there)
    return Times(who, tuple(map(str, ids)), category, ratio(z, np.broadcast_to(scale[:, None], z.shape)))


def doubt(probabilities: Float[ndarray, "stimuli categories"]) -> Float[ndarray, " stimuli"]:
    """Minus the margin between the two most probable categories, of probabilities made to add up to 1."""
    shares = probabilities / probabilities.sum(axis=1, keepdims=True)
    two = np.sort(shares, axis=1)[:, -2:]
    return np.asarray(two[:, 0] - two[:, 1])


def rank_correlations(
    times: Float[ndarray, "people stimuli"],
    others: Float[ndarray, "people stimuli"],
    *,
    category: Int[ndarray, " stimuli"],
) -> Float[ndarray, " people"]:
    """Spearman's correlation of each row with its other, over the stimuli that both have, within categories.

    NaN with fewer than two of these, or where one side is the same for all stimuli of every category.
    """
    everything = np.ones((1, len(category)), dtype=np.int64)
    return np.asarray(drawn_correlations(times, others, category=category, counts=everything)[0])


def drawn_correlations(
    times: Float[ndarray, "people stimuli"],
    others: Float[ndarray, "people stimuli"],
    *,
    category: Int[ndarray, " stimuli"],
    counts: Int[ndarray, "draws stimuli"],
) -> Float[ndarray, "draws people"]:
    """The correlations on draws of the stimuli, of the ranks that they have among all.

    Ranks are not taken anew on a draw: a stimulus drawn twice would be tied with itself.
    """
    return np.stack([_drawn(x, y, category, counts) for x, y in zip(times, others, strict=True)], axis=1)


def mean_of_others(z: Float[ndarray, "people stimuli"]) -> Float[ndarray, "people stimuli"]:
    """For each person the mean over the others of the times on each stimulus; NaN where nobody else has one."""
    defined = ~np.isnan(z)
    values = np.where(defined, z, 0.0)
    return np.asarray(ratio(values.sum(axis=0) - values, defined.sum(axis=0) - defined))


def _drawn(
    x: Float[ndarray, " stimuli"],
    y: Float[ndarray, " stimuli"],
    category: Int[ndarray, " stimuli"],
    counts: Int[ndarray, "draws stimuli"],
) -> Float[ndarray, " draws"]:
    """Pearson's r of the ranks, each stimulus as often as it was drawn; NaN on a draw where one does not vary."""
    both = ~(np.isnan(x) | np.isnan(y))
    a, b = (_ranks_within(each[both], category[both]) for each in (x, y))
    weight = counts[:, both].astype(np.float64)
    number = weight.sum(axis=1)
    mean_a, mean_b = ratio(weight @ a, number), ratio(weight @ b, number)
    shared = ratio(weight @ (a * b), number) - mean_a * mean_b
    of_a, of_b = (ratio(weight @ each**2, number) - mean**2 for each, mean in ((a, mean_a), (b, mean_b)))
    return np.asarray(np.clip(ratio(shared, np.sqrt(np.maximum(of_a * of_b, 0.0))), -1.0, 1.0))


def _ranks_within(values: Float[ndarray, " stimuli"], category: Int[ndarray, " stimuli"]) -> Float[ndarray, " stimuli"]:
    """Midranks, less their mean, of values less the mean of their category.

    What differs by rounding alone, as the values of a category of one do, is tied.
    """
    if not len(values):
        return values
    number = np.bincount(category)
    within = values - ratio(np.bincount(category, weights=values), number)[category]
    ranks = scipy.stats.rankdata(within.round(DIGITS))
    return np.asarray(ranks - ranks.mean())
