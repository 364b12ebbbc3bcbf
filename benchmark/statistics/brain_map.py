"""A map of the brain made of the scores of targets that lie in it.

Scores of several regions of one brain are joined; those of several subjects are averaged, in a space they share.
Defined in docs/conventions.md#maps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.false_discovery import benjamini_hochberg
from brainrank.benchmark.statistics.target_tests import above_zero, difference, over_subjects
from brainrank.benchmark.types.brain_map import TOLD_Q, BrainMap, Quantity
from brainrank.benchmark.types.brain_space import Space, TargetPositions, is_shared, same_space
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import SpatialScores, TargetScores


class _Part(NamedTuple):
    """What one run, or the difference of two, has at its positions."""

    positions: TargetPositions
    values: Float[ndarray, " targets"]
    scores: Float[ndarray, " targets"]
    p: Float[ndarray, " targets"]


def brain_map(
    scores: Sequence[TargetScores],
    quantity: Quantity = Quantity.SCORE,
    *,
    minus: Sequence[TargetScores] = (),
    group: bool = False,
    q: float | None = None,
) -> BrainMap:
    """Map scores of targets, or how they differ from those of another model, given for the same regions in order.

    Positions whose q, over the whole map, is not below `q` are not shown; without one all are, but layers below .05.
    With `group` the scores are those of subjects, each with the same positions or some of them, and the map is their
    mean where all have a value.

    Raises InvalidDataError for scores whose positions nobody knows, that lie in spaces that differ or at the same
    positions, for subjects in a space of their own, and for a quantity that has no difference or no mean.
    """
    _check(scores, quantity, minus, group=group)
    others: Sequence[TargetScores | None] = minus or [None] * len(scores)
    parts = [_part(one, quantity, other) for one, other in zip(scores, others, strict=True)]
    space = same_space([each.positions.space for each in parts])
    joined = _averaged(parts, space, two_sided=bool(minus)) if group else _joined(parts, space)
    found = benjamini_hochberg(joined.p)
    values = found if quantity is Quantity.Q else joined.values
    height = TOLD_Q if q is None and quantity is Quantity.LAYER else q
    told = np.isfinite(values) if height is None else np.isfinite(values) & (found < height)
    return BrainMap(
        str(quantity),
        space,
        joined.positions.positions,
        values,
        found,
        told,
        _layers_of(scores) if quantity is Quantity.LAYER else (),
        bool(minus),
        len(scores) if group else 1,
    )


def _check(scores: Sequence[TargetScores], quantity: Quantity, minus: Sequence[TargetScores], *, group: bool) -> None:
    if not scores:
        raise InvalidDataError("no scores to map; give one run at least")
    if minus and len(minus) != len(scores):
        raise InvalidDataError(f"{len(scores)} runs less {len(minus)}; give one to take off from each, in their order")
    if minus and quantity not in (Quantity.SCORE, Quantity.Q):
        raise InvalidDataError(f"models do not differ in their {quantity}; map the difference of scores, or its q")
    if group and quantity is Quantity.LAYER:
        raise InvalidDataError("preferred layers have no mean over subjects; map each subject's by itself")


def _part(scores: TargetScores, quantity: Quantity, minus: TargetScores | None) -> _Part:
    spatial = scores.spatial
    if spatial is None:
        raise InvalidDataError("these scores were stored without what maps are made of; score the model again")
    if spatial.positions is None:
        raise InvalidDataError(
            "nobody knows where these targets lie: of one's own data, give a mask (brainrank dataset init --mask); "
            "regions that pool several brains have no map"
        )
    tested = above_zero(scores) if minus is None else difference(scores, minus)
    values = tested.values if minus is not None else _values(scores, spatial, quantity)
    return _Part(spatial.positions, values, tested.values, tested.p)


def _values(scores: TargetScores, spatial: SpatialScores, quantity: Quantity) -> Float[ndarray, " targets"]:
    if quantity is Quantity.CEILING:
        return spatial.ceilings
    if quantity is Quantity.SHARE:
        reliable = spatial.ceilings > 0
        nothing = np.full(len(reliable), np.nan)
        return np.asarray(np.divide(scores.values, spatial.ceilings, out=nothing, where=reliable))
    if quantity is Quantity.LAYER:
        some = np.isfinite(spatial.layer_values).any(axis=0)
        best = np.argmax(np.where(np.isfinite(spatial.layer_values), spatial.layer_values, -np.inf), axis=0)
        return np.asarray(np.where(some, best + 1.0, np.nan))
    return scores.values


def _joined(parts: Sequence[_Part], space: Space) -> _Part:
    positions = np.concatenate([each.positions.positions for each in parts])
    if len(np.unique(positions)) < len(positions):
        remedy = "give --group for the mean over subjects" if is_shared(space) else "map them one by one"
        raise InvalidDataError(f"two of the runs have scores at the same positions of {space}; {remedy}")
    return _Part(
        TargetPositions(space, positions),
        *(np.concatenate(each) for each in zip(*((part.values, part.scores, part.p) for part in parts), strict=True)),
    )


def _averaged(parts: Sequence[_Part], space: Space, *, two_sided: bool) -> _Part:
    """The mean over subjects where all have a value."""
    if not is_shared(space):
        raise InvalidDataError(
            f"{space} is one subject's own space; a map of a group needs a space that subjects share: bring the data "
            'to it, and name it (space = "MNI152NLin2009cAsym")'
        )
    common = parts[0].positions.positions
    for each in parts[1:]:
        common = np.intersect1d(common, each.positions.positions)
    if not common.size:
        raise InvalidDataError(f"the subjects have no position of {space} in common; their masks do not overlap")
    rows = []
    for each in parts:
        order = np.argsort(each.positions.positions)
        rows.append(order[np.searchsorted(each.positions.positions, common, sorter=order)])
    scores = np.stack([each.scores[row] for each, row in zip(parts, rows, strict=True)])
    values = np.stack([each.values[row] for each, row in zip(parts, rows, strict=True)])
    tested = over_subjects(scores, two_sided=two_sided)
    return _Part(TargetPositions(space, common), values.mean(axis=0), tested.values, tested.p)


def _layers_of(scores: Sequence[TargetScores]) -> tuple[str, ...]:
    found = {each.spatial.layers for each in scores if each.spatial is not None}
    if len(found) > 1:
        raise InvalidDataError("the runs are of models with other layers; map preferred layers of one model")
    return found.pop()
