"""Which group of people a model errs like: whose latent correlation with the model leads the mean of the others'.

A lead is judged by how sure it is, so that a group of few people or trials, whose correlation varies more, is not the
greatest more often for that: without a difference each group's lead has a p of its own that is as small as often. A
latent correlation is not bounded by accuracies, as kappa is (`latent_correlation`). What was simulated:
docs/decisions/errors-by-age.md.
Defined in docs/conventions.md#errors-by-age.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate
from brainrank.benchmark.statistics.uncertainty import (
    STIMULI,
    SUBJECTS,
    Spread,
    spread,
    student_interval,
    times,
    two_sided_p,
)
from brainrank.benchmark.types.score import Interval


class Lead(NamedTuple):
    """A group's latent correlation less the mean of the others', over new images and people.

    `p` is the chance of a lead as sure without one, times the number of groups that might have had it (Bonferroni).
    `share` is that of draws of images and people on which the group's lead is the surest of all.
    """

    group: str
    lead: float
    interval: Interval
    p: float
    share: float


def leads(estimates: Mapping[str, Estimate]) -> tuple[Lead, ...]:
    """The lead of each group that has a value, given each group's latent correlation with a model.

    None where fewer than two have one.
    """
    found = {name: each for name, each in estimates.items() if np.isfinite(each.value)}
    if len(found) < 2:
        return ()
    weights = _contrasts(len(found))
    values = np.array([each.value for each in found.values()])
    spreads = [_spread_of(row, list(found.values())) for row in weights]
    differences = weights @ values
    shares = _shares(values[:, None] + _deviations(list(found.values())), weights, spreads)
    return tuple(
        Lead(
            name, float(lead), student_interval(float(lead), of), _corrected(float(lead), of, len(found)), float(share)
        )
        for name, lead, of, share in zip(found, differences, spreads, shares, strict=True)
    )


def closest(found: tuple[Lead, ...]) -> Lead | None:
    """The group whose lead is surest; None where none has a p."""
    ahead = [each for each in found if each.lead > 0 and np.isfinite(each.p)]
    return min(ahead, key=lambda each: (each.p, -each.share), default=None)


def _corrected(lead: float, of: Spread, groups: int) -> float:
    both = two_sided_p(lead, of)
    return min(1.0, groups * (both / 2 if lead > 0 else 1 - both / 2)) if np.isfinite(both) else both


def _contrasts(groups: int) -> Float[ndarray, "groups groups"]:
    """Each less the mean of the others."""
    return np.asarray(np.eye(groups) * groups - 1.0) / (groups - 1)


def _spread_of(weights: Float[ndarray, " groups"], found: list[Estimate]) -> Spread:
    return spread(
        [times(draws, float(weight)) for weight, each in zip(weights, found, strict=True) for draws in each.draws]
    )


def _deviations(found: list[Estimate]) -> Float[ndarray, "groups draws"]:
    """How the values deviate on draws of images and of people together."""
    parts = [[draws.deviations[[STIMULI, SUBJECTS]].sum(axis=0) for draws in each.draws] for each in found]
    drawn = np.array([np.sum(each, axis=0, dtype=np.float64) for each in parts])
    return np.asarray(drawn[:, np.isfinite(drawn).all(axis=0)])


def _shares(
    drawn: Float[ndarray, "groups draws"], weights: Float[ndarray, "groups groups"], spreads: list[Spread]
) -> Float[ndarray, " groups"]:
    """The share of draws on which each group's lead is the surest; NaN without draws."""
    scale = np.sqrt([each.variance for each in spreads])
    if not drawn.shape[1] or not (scale > 0).all():
        return np.full(len(drawn), np.nan)
    freedom = np.array([each.freedom for each in spreads])
    surest = scipy.special.stdtr(freedom[:, None], (weights @ drawn) / scale[:, None]).argmax(axis=0)
    return np.asarray(np.bincount(surest, minlength=len(drawn)) / drawn.shape[1])
