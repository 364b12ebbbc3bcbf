"""Explained learning: how much of what people learn a learning curve tells.

With h the accuracies of a person by phase and epoch, m those of a model on the images that the person saw, and c those
of who never learns, 1 over the number of categories,

    explained = 1 - sum (m - h)^2 / sum (c - h)^2,

sums over people, phases and epochs: 1 for who has every person's curve, 0 for who never learns, negative for who is
further from people than that. People differ from each other, so that nobody reaches 1. It is the mean over people of
1 - sum (m - h)^2 / D, D the mean person's sum (c - h)^2, which is held on draws, as noise ceilings are: it is the same
for every model, and with a few people who hardly learn a ratio of sums says little.
Defined in docs/conventions.md#explained-learning.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.correctness import correctness
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined, ratio
from brainrank.benchmark.metrics.learning_curves.phases import PHASES, condition, epochs_of
from brainrank.benchmark.types.trials import BehaviouralAssembly


class LearningTable(NamedTuple):
    """Who was right on which stimulus, and to whom it was shown, by condition: phase by phase, epoch by epoch."""

    correct: Bool[ndarray, "conditions observers stimuli"]
    shown: Bool[ndarray, "conditions observers stimuli"]


def learning_table(trials: BehaviouralAssembly, stimulus_ids: tuple[str, ...]) -> LearningTable:
    """The table of trials over these stimuli, which they may be some of. Raises InvalidDataError as `epochs_of`."""
    epochs = epochs_of(trials)
    names = [condition(phase, epoch) for phase in PHASES for epoch in range(1, epochs + 1)]
    correct = np.zeros((len(names), len(trials.observers), len(stimulus_ids)), dtype=bool)
    shown = np.zeros_like(correct)
    for place, name in enumerate(names):
        table = correctness(trials, condition=name)
        columns = np.searchsorted(stimulus_ids, table.stimulus_ids)
        correct[place][:, columns], shown[place][:, columns] = table.correct, table.shown
    return LearningTable(correct, shown)


def curves_of(
    table: LearningTable, counts: Int[ndarray, "draws stimuli"]
) -> Float[ndarray, "draws observers conditions"]:
    """Accuracies where each stimulus counts as often as it was drawn; NaN where an observer saw none of the drawn."""
    drawn = counts.astype(np.float64)
    right, seen = (np.matmul(each.astype(np.float64), drawn.T) for each in (table.correct & table.shown, table.shown))
    return np.asarray(ratio(right, seen).transpose(2, 1, 0))


def curves_for(
    model: LearningTable,
    people: LearningTable,
    *,
    counts: Int[ndarray, "draws stimuli"],
    runs: Int[ndarray, "draws runs"],
) -> Float[ndarray, "draws people conditions"]:
    """Accuracies of a model on the images that each person saw, each run counting as often as it was drawn.

    Where it was shown none of them, as recorded networks were not those of people with another order of tests, they
    are its accuracies on what it was shown.
    """
    found, weights = [], runs.astype(np.float64)  # products of whole numbers, exact and quick
    right_shown, shown, theirs = (
        each.astype(np.float64) for each in (model.correct & model.shown, model.shown, people.shown)
    )
    for right, there, seen in zip(right_shown, shown, theirs, strict=True):
        trials = (weights @ there) * counts
        hits = (weights @ right) * counts
        own = ratio(hits.sum(axis=1), trials.sum(axis=1))
        reached = ratio(hits @ seen.T, trials @ seen.T)
        found.append(np.where(np.isnan(reached), own[:, None], reached))
    return np.stack(found, axis=2)


def mean_of_others(curves: Float[ndarray, "draws people conditions"]) -> Float[ndarray, "draws people conditions"]:
    """For each person, the mean of the other people's curves."""
    n = curves.shape[1]
    others = [mean_of_defined(np.delete(curves, place, axis=1).transpose(1, 0, 2)) for place in range(n)]
    return np.stack(others, axis=1)


def explained(
    told: Float[ndarray, "draws people conditions"],
    people: Float[ndarray, "draws people conditions"],
    *,
    guesser: float,
) -> Float[ndarray, "draws people"]:
    """The part of each person, 1 - sum (m - h)^2 / `guesser`, over what is defined of both; NaN for a guesser of 0."""
    there = ~(np.isnan(told) | np.isnan(people))
    missed = np.where(there, (told - people) ** 2, 0.0).sum(axis=2)
    return np.asarray(1 - ratio(missed, np.full_like(missed, guesser)))


def guessers_distance(people: Float[ndarray, "people conditions"], *, chance: float) -> float:
    """The mean over people of sum (c - h)^2: how far who never learns is from a person."""
    return float(np.nansum((chance - people) ** 2, axis=1).mean())
