"""What is fitted to and what is judged on: halves of the stimuli, and quarters within a half."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.statistics.halves import Half, divide_in_halves, with_units


class Division(NamedTuple):
    """The stimuli that something is fitted to, and those that it is judged on."""

    train: Half
    test: Half


def both_ways(first: Half, second: Half) -> list[Division]:
    """The first as what is judged on after a fit to the second, then the second after a fit to the first."""
    return [Division(train=second, test=first), Division(train=first, test=second)]


def quarters(half: Half, *, rng: np.random.Generator) -> list[Half]:
    """Two halves of a half, units whole."""
    parts = (with_units(each, half.units) for each in divide_in_halves(half.units, rng=rng))
    return [Half(half.stimuli[part.stimuli], part.units) for part in parts]


def judged_in_turn(found: Sequence[Similarity], half: Half, parts: Sequence[Half]) -> Similarity:
    """The mean of what was found on each part of a half, and the influence of the half's units on it."""
    influence = np.zeros(half.number_of_units)
    for each, part in zip(found, parts, strict=True):
        influence[_units_among(half, part)] = each.influence / len(parts)
    return Similarity(float(np.mean([each.value for each in found])), influence)


def _units_among(half: Half, part: Half) -> Int[ndarray, " part_units"]:
    """The number that each unit of a part has in the half; stimuli of both are in the same order."""
    return np.asarray(half.units[np.isin(half.stimuli, part.stimuli)][np.unique(part.units, return_index=True)[1]])
