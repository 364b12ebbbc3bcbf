"""Bootstrap draws as counts: how often each stimulus or subject was drawn, so that comparisons can share draws."""

from collections.abc import Hashable, Sequence

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


def units_of(groups: Sequence[Hashable] | None, n_stimuli: int) -> Int[ndarray, " stimuli"]:
    """Return the number of each stimulus's group, in order of appearance; each its own where there are no groups."""
    if groups is None:
        return np.arange(n_stimuli)
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(group, len(seen)) for group in groups])


def stimulus_counts(
    n_stimuli: int, *, draws: int, rng: np.random.Generator, units: Int[ndarray, " stimuli"] | None = None
) -> Int[ndarray, "draws stimuli"]:
    """Return how often each of n stimuli occurs when n are drawn with replacement, for each draw.

    With `units` (`units_of`) whole groups are drawn, as many as there are; their stimuli occur together.
    Raises InvalidDataError when there is nothing to draw from or no draw is asked for.
    """
    if units is None:
        return _counts(n_stimuli, draws, rng, what="stimulus")
    return _counts(len(np.unique(units)), draws, rng, what="group")[:, np.unique(units, return_inverse=True)[1]]


def counts_of_units(
    counts: Int[ndarray, "draws stimuli"], units: Int[ndarray, " stimuli"]
) -> Int[ndarray, "draws units"]:
    """How often each unit was drawn, by how often its stimuli were."""
    return counts[:, np.unique(units, return_index=True)[1]]


def subject_counts(n_subjects: int, *, draws: int, rng: np.random.Generator) -> Int[ndarray, "draws subjects"]:
    """Return how often each of n subjects occurs when n are drawn with replacement, for each draw.

    Raises InvalidDataError when there is nothing to draw from or no draw is asked for.
    """
    return _counts(n_subjects, draws, rng, what="subject")


def _counts(n: int, draws: int, rng: np.random.Generator, *, what: str) -> Int[ndarray, "draws n"]:
    if n < 1 or draws < 1:
        raise InvalidDataError(f"{draws} draws of {n}: a bootstrap needs at least one {what} and one draw")
    return rng.multinomial(n, np.full(n, 1 / n), size=draws)
