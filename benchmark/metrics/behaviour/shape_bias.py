"""Shape bias: how often an observer goes by the shape rather than the texture of a cue-conflict image.

Defined in docs/conventions.md#shape-bias.
"""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

CUE_CONFLICT = re.compile(r"([a-z]+)\d+-([a-z]+)\d+(?:\.\w+)?")


class Cues(NamedTuple):
    """The category of each image's shape and of its texture."""

    shape: Shaped[ndarray, " stimuli"]
    texture: Shaped[ndarray, " stimuli"]


class CueDecisions(NamedTuple):
    """Decisions for the shape and for the texture, over the stimuli whose shape and texture differ.

    Rows are observers, columns stimuli; entries are 0 or 1, both 0 where the answer was neither.
    """

    observers: tuple[str, ...]
    shapes: tuple[str, ...]
    by_shape: Float[ndarray, "observers stimuli"]
    by_texture: Float[ndarray, "observers stimuli"]


class ShapeBias(NamedTuple):
    """Shape bias per observer, their mean, and that of all decisions pooled; `reasons` by the index of a NaN."""

    per_observer: Float[ndarray, " observers"]
    mean: float
    pooled: float
    reasons: dict[int, str]


def cues_of(stimulus_ids: Shaped[ndarray, " stimuli"]) -> Cues:
    """Read shape and texture off the names of cue-conflict images: `cat7-elephant1.png` is a cat made of elephant skin.

    What precedes the last underscore is the experiment's own prefix. Raises InvalidDataError for other names.
    """
    names, position = np.unique(stimulus_ids, return_inverse=True)
    matches = [CUE_CONFLICT.fullmatch(str(name).split("_")[-1]) for name in names]
    faulty = [str(name) for name, match in zip(names, matches, strict=True) if match is None]
    if faulty:
        raise InvalidDataError(
            f"{len(faulty)} stimulus ids name no shape and texture (first: {', '.join(faulty[:3])}); "
            "cue-conflict images are called like cat7-elephant1.png"
        )
    pairs = np.array([match.groups() for match in matches if match is not None])
    return Cues(pairs[position, 0], pairs[position, 1])


def tells_cues(assembly: BehaviouralAssembly) -> bool:
    """Whether these are trials of a cue-conflict experiment: one condition, and names with a shape and a texture."""
    matches = [CUE_CONFLICT.fullmatch(stimulus.split("_")[-1]) for stimulus in assembly.stimulus_ids]
    named = all(matches) and any(match[1] != match[2] for match in matches if match)
    return named and len(assembly.conditions) == 1


def cue_decisions(assembly: BehaviouralAssembly) -> CueDecisions:
    """Each observer's decisions on the images whose shape and texture differ.

    Raises InvalidDataError when names tell no cues, there is more than one condition, or no image is in conflict.
    """
    if len(assembly.conditions) > 1:
        raise InvalidDataError(
            f"Shape bias is of one condition; these trials have {', '.join(assembly.conditions)}: select one"
        )
    cues = cues_of(assembly.stimulus_id)
    conflict = cues.shape != cues.texture
    if not conflict.any():
        raise InvalidDataError("Shape and texture agree on every image; shape bias needs cue-conflict images")
    stimuli, first, column = np.unique(assembly.stimulus_id[conflict], return_index=True, return_inverse=True)
    row = np.searchsorted(np.asarray(assembly.observers), assembly.observer[conflict])
    answer = assembly.response[conflict]
    tables = []
    for cue in cues:
        table = np.zeros((len(assembly.observers), len(stimuli)))
        table[row, column] = answer == cue[conflict]
        tables.append(table)
    return CueDecisions(assembly.observers, tuple(map(str, cues.shape[conflict][first])), tables[0], tables[1])


def shape_bias(decisions: CueDecisions) -> ShapeBias:
    """Shape bias = shape decisions / (shape + texture decisions), over images whose shape and texture differ.

    `mean` averages the observers that have one; `pooled` divides the sums over observers. Undefined (NaN with the
    reason) for an observer that decided for neither. Reference: Geirhos et al. (2019).
    """
    shape, texture = decisions.by_shape.sum(axis=1), decisions.by_texture.sum(axis=1)
    per_observer = _ratio(shape, texture)
    reasons = {int(i): "no decision for either shape or texture" for i in np.flatnonzero(np.isnan(per_observer))}
    defined = per_observer[~np.isnan(per_observer)]
    pooled = float(_ratio(shape.sum(keepdims=True), texture.sum(keepdims=True))[0])
    return ShapeBias(per_observer, float(defined.mean()) if defined.size else np.nan, pooled, reasons)


def resampled_shape_bias(
    decisions: CueDecisions, *, counts: Shaped[ndarray, "draws stimuli"]
) -> Float[ndarray, "draws observers"]:
    """Shape bias on resamples of the stimuli, each a row of `counts`; NaN where a resample holds neither decision."""
    weight = counts.astype(np.float64)
    return _ratio(weight @ decisions.by_shape.T, weight @ decisions.by_texture.T)


def shape_bias_by_category(decisions: CueDecisions) -> dict[str, Float[ndarray, " observers"]]:
    """Shape bias of each observer on the images of each shape category; NaN where it decided for neither."""
    shapes = np.asarray(decisions.shapes)
    return {
        str(category): _ratio(
            decisions.by_shape[:, shapes == category].sum(axis=1),
            decisions.by_texture[:, shapes == category].sum(axis=1),
        )
        for category in np.unique(shapes)
    }


def _ratio(shape: Float[ndarray, "*shape"], texture: Float[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
    return ratio(shape, shape + texture)
