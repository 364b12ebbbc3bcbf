"""Levels: conditions that are numbers, such as a contrast, and the right answers at each."""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

LEVEL = re.compile(r"[A-Za-z]*(-?\d+(?:\.\d+)?)")


class LevelCounts(NamedTuple):
    """Right answers and trials of each observer at each level, levels rising."""

    observers: tuple[str, ...]
    levels: Float[ndarray, " levels"]
    right: Float[ndarray, "observers levels"]
    trials: Float[ndarray, "observers levels"]


def level_counts(assembly: BehaviouralAssembly) -> LevelCounts:
    """Count right answers by observer and level, the level being the condition's number: `c30` is 30, `0.1` is 0.1.

    Raises InvalidDataError when a condition is no number, or two conditions are the same one.
    """
    matches = {condition: LEVEL.fullmatch(condition) for condition in assembly.conditions}
    faulty = [condition for condition, match in matches.items() if match is None]
    if faulty:
        raise InvalidDataError(
            f"Conditions {', '.join(faulty[:5])} are no levels; name them by a number, such as 30 or c30"
        )
    level = np.array([float(match.group(1)) for match in matches.values() if match is not None])
    values, number = np.unique(level, return_counts=True)
    if (number > 1).any():
        same = [c for c, value in zip(assembly.conditions, level, strict=True) if value == values[number > 1][0]]
        raise InvalidDataError(f"Conditions {', '.join(same)} are the same level; select those of one experiment")
    order = np.argsort(level)
    row = np.searchsorted(np.asarray(assembly.observers), assembly.observer)
    column = np.argsort(order)[np.searchsorted(np.asarray(assembly.conditions), assembly.condition)]
    shape = (len(assembly.observers), len(level))
    right, trials = np.zeros(shape), np.zeros(shape)
    np.add.at(trials, (row, column), 1.0)
    np.add.at(right, (row, column), assembly.correct.astype(np.float64))
    return LevelCounts(assembly.observers, level[order], right, trials)
