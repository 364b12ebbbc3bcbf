"""How much each training unit moves a statistic by itself, from fits without a group of units at a time.

A delete-group jackknife: with units in G groups at random and v_g the value without group g, a statistic varies over
new training units by (G - 1) / G sum_g (v_g - mean)^2. That is what training units do by themselves and what they do
together with those that are judged on. The latter is in the influences of these, too, where it moves them from fit to
fit: (G - 1) / G sum_g sum_t (I_tg - mean_t)^2 with the influence I_tg of unit t after the fit without g. It is counted
once, there, and training units have what is left. References: Quenouille 1956; Efron & Stein 1981; Efron & Tibshirani
1993, chapter 11. docs/decisions/versa.md has what was simulated, and why groups are few.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.statistics.halves import Half


def groups_of_units(n_units: int, *, most: int, rng: np.random.Generator) -> Int[ndarray, " units"]:
    """The group of each unit, at random: `most` groups whose sizes differ by one at most, or one for each unit."""
    return np.asarray(rng.permutation(n_units) % min(most, n_units))


def without_groups(half: Half, group_of: Int[ndarray, " units"]) -> Iterator[Half]:
    """The half without each group of its units in turn."""
    for group in range(int(group_of.max()) + 1):
        remaining = group_of[half.units] != group
        yield Half(half.stimuli[remaining], np.unique(half.units[remaining], return_inverse=True)[1])


def influence_of_training(
    without: Sequence[Similarity], group_of: Int[ndarray, " units"]
) -> Float[ndarray, " train_units"]:
    """The influence of each training unit by itself, given the value, and tested units' influence, without each group.

    That of groups (`influence_of_groups`), drawn in so that what they do together with tested units is left out: all of
    it where no more is left.
    """
    influence = influence_of_groups(np.array([each.value for each in without]), group_of)
    tested = np.stack([each.influence for each in without])
    total = float((influence**2).sum())
    together = float(((tested - tested.mean(axis=0)) ** 2).sum()) * (len(without) - 1) / len(without)
    return np.asarray(influence * np.sqrt(max(1 - together / total, 0.0))) if total > 0 else influence


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
