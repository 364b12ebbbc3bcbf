"""How much each training unit moves a statistic, by fitting anew without a group of units at a time.

A delete-group jackknife: with units in G groups at random and v_g the value without group g, the variance over new
training units is (G - 1) / G sum_g (v_g - mean)^2. References: Quenouille 1956; Efron & Tibshirani 1993, chapter 11;
Kott 2001 for groups at random.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.statistics.halves import Half


def groups_of_units(n_units: int, *, most: int, rng: np.random.Generator) -> Int[ndarray, " units"]:
    """The group of each unit, at random: `most` groups whose sizes differ by one at most, or one for each unit."""
    return np.asarray(rng.permutation(n_units) % min(most, n_units))


def without_groups(half: Half, group_of: Int[ndarray, " units"]) -> Iterator[Half]:
    """The half without each group of its units in turn."""
    for group in range(int(group_of.max()) + 1):
        remaining = group_of[half.units] != group
        yield Half(half.stimuli[remaining], np.unique(half.units[remaining], return_inverse=True)[1])


def influence_of_groups(
    without: Float[ndarray, " groups"], group_of: Int[ndarray, " units"]
) -> Float[ndarray, " units"]:
    """The influence of each unit, sqrt((G - 1) / G (m - 1) / m) (mean - v_g) / sqrt(m_g), from the values without each
    of G groups, m_g of the m units each.

    A group's effect is shared by its units so that on bootstrap draws of units their variance is (m - 1) / m of the
    jackknife's, as that of a mean over draws is of its own. With a group for each unit it is `jackknifed`.
    """
    groups, units = len(without), len(group_of)
    share = np.sqrt((groups - 1) / groups * (units - 1) / units / np.bincount(group_of))
    return np.asarray(((without.mean() - without) * share)[group_of])
