"""Kappas that are undefined, or taken from too few trials: counted, and told."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.error_consistency import ErrorConsistency, UndefinedKappa


@dataclass(frozen=True)
class KappaCounts:
    """How many kappas there are, each of a pair under a condition, and how many of them have no value of their own.

    `undefined` is where chance agreement is 1 (both right, or both wrong, on every shared trial), whatever number a
    convention gives it; `too_few` where the pair shares fewer trials than are asked for.
    """

    kappas: int
    undefined: int
    too_few: int

    def __add__(self, other: "KappaCounts") -> "KappaCounts":
        return KappaCounts(self.kappas + other.kappas, self.undefined + other.undefined, self.too_few + other.too_few)


NO_KAPPAS = KappaCounts(0, 0, 0)


def counts_of(found: ErrorConsistency, pairs: Int[ndarray, "pairs 2"]) -> KappaCounts:
    """The counts of some pairs under one condition: those of whom both have trials under it."""
    i, j = pairs.T
    own = np.diagonal(found.trials)
    there = (own[i] > 0) & (own[j] > 0)
    expected = found.expected[i, j][there]
    return KappaCounts(int(there.sum()), int((expected == 1).sum()), int(np.isnan(expected).sum()))


def undefined_text(counts: KappaCounts, *, convention: UndefinedKappa, minimum: int, conditions: int = 1) -> str:
    """`300 of 2,850 pairs undefined ..., left out`, and those with too few trials; nothing where all have a value."""
    what = "pairs" if conditions == 1 else f"pairs in {conditions} conditions"
    parts = []
    if counts.undefined:
        then = "counted as 1" if convention is UndefinedKappa.MODEL_VS_HUMAN else "left out"
        why = "both right, or both wrong, on every shared trial"
        parts.append(f"{counts.undefined:,} of {counts.kappas:,} {what} undefined ({why}), {then}")
    if counts.too_few:
        parts.append(f"{counts.too_few:,} of {counts.kappas:,} {what} share fewer than {minimum} trials, left out")
    return "; ".join(parts)
