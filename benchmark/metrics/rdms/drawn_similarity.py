"""How alike RDMs are on draws of their stimuli: each compared anew, or, of many stimuli, moved by what these add.

A draw that is compared anew costs a pass over all pairs; influences are one pass for all draws, and of many stimuli
tell the same.
"""

from typing import NamedTuple

from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.resampling import counts_of_units

MOST_UNITS_COMPARED_ANEW = 300
"""Stimuli, or groups of them, of a study; of more, draws go by influences (docs/decisions/many-stimuli.md)."""


class DrawnSimilarity(NamedTuple):
    """The similarity of each model with each subject, on all stimuli and on draws of them."""

    fixed: Float[ndarray, "models subjects"]
    drawn: Float[ndarray, "draws models subjects"]


def compared_anew(n_units: int) -> bool:
    """Whether each draw of so many stimuli, or groups of them, is compared anew."""
    return n_units <= MOST_UNITS_COMPARED_ANEW


def drawn_similarity(
    models: Float[ndarray, "models pairs"],
    subjects: Float[ndarray, "subjects pairs"],
    counts: Int[ndarray, "draws stimuli"],
    *,
    units: Int[ndarray, " stimuli"],
    anew: bool,
    comparator: Comparator,
) -> DrawnSimilarity:
    """Return `compare` of each model with each subject, and the same on draws, `anew` or by influences."""
    if anew:
        return DrawnSimilarity(
            compare(models, subjects, comparator), compare_resampled(models, subjects, counts, comparator)
        )
    found = similarity_influence(models, subjects, units, comparator)
    return DrawnSimilarity(found.values, found.on_draws(counts_of_units(counts, units)))
