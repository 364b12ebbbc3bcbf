"""How alike each layer is to each subject on two halves of the stimuli, and on draws of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.halves import Half
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.condensed import restricted
from brainrank.benchmark.types.dissimilarity import Dissimilarity


class LayersOnHalves(NamedTuple):
    """Similarities of layers to subjects on each half: `fixed` of all layers, on draws of those that vary.

    `defined` layers have every dissimilarity; those which vary have a similarity to every subject on both halves, too.
    """

    defined: Bool[ndarray, " layers"]
    varies: Bool[ndarray, " layers"]
    fixed: Sequence[Float[ndarray, "1 layers subjects"]]
    drawn: Sequence[Float[ndarray, "draws varying subjects"]]


def rdms_on_halves(
    layers: Sequence[LayerGram], halves: Sequence[Half], dissimilarity: Dissimilarity
) -> list[Float[ndarray, "layers pairs"]]:
    """The RDM of each layer on each half; a layer, which may lie in a store, is asked for once."""
    on_halves = [[rdm_from_gram(layer, dissimilarity, half.stimuli) for half in halves] for layer in layers]
    return [np.stack(of_half) for of_half in zip(*on_halves, strict=True)]


def layers_compared_anew(
    layers: Sequence[LayerGram],
    rdms: Float[ndarray, "subjects pairs"],
    halves: Sequence[Half],
    counts: Sequence[Int[ndarray, "draws _"]],
    dissimilarity: Dissimilarity,
    comparator: Comparator,
) -> LayersOnHalves:
    """Compare each draw anew; the RDMs of all layers on both halves are in memory."""
    models = rdms_on_halves(layers, halves, dissimilarity)
    subjects = [restricted(rdms, half.stimuli) for half in halves]
    defined = _in_both([np.isfinite(of_half).all(axis=1) for of_half in models])
    models = [np.asfortranarray(of_half[defined]) for of_half in models]  # as `restricted` has RDMs
    fixed = [np.full((1, len(layers), len(rdms)), np.nan) for _ in halves]
    for similarity, model, subject in zip(fixed, models, subjects, strict=True):
        similarity[0, defined] = compare(model, subject, comparator)
    varies = _in_both([np.isfinite(similarity[0]).all(axis=1) for similarity in fixed])
    drawn = [
        compare_resampled(model[varies[defined]], subject, of_half, comparator)
        for model, subject, of_half in zip(models, subjects, counts, strict=True)
    ]
    return LayersOnHalves(defined, varies, fixed, drawn)


def layers_by_influence(
    layers: Sequence[LayerGram],
    rdms: Float[ndarray, "subjects pairs"],
    halves: Sequence[Half],
    counts: Sequence[Int[ndarray, "draws _"]],
    dissimilarity: Dissimilarity,
    comparator: Comparator,
) -> LayersOnHalves:
    """Move each similarity by what the drawn stimuli add to it; one layer's RDM on one half is in memory at a time.

    A layer is asked for once for each half.
    """
    found = []
    for half in halves:
        models = (rdm_from_gram(layer, dissimilarity, half.stimuli) for layer in layers)
        found.append(similarity_influence(models, restricted(rdms, half.stimuli), half.units, comparator))
    defined = _in_both([each.finite for each in found])
    fixed = [np.where(defined[:, None], each.values, np.nan)[None] for each in found]
    varies = _in_both([np.isfinite(similarity[0]).all(axis=1) for similarity in fixed])
    drawn = [
        each.of_models(varies).on_draws(counts_of_units(of_half, half.units))
        for each, half, of_half in zip(found, halves, counts, strict=True)
    ]
    return LayersOnHalves(defined, varies, fixed, drawn)


def _in_both(halves: Sequence[Bool[ndarray, " layers"]]) -> Bool[ndarray, " layers"]:
    return np.asarray(np.stack(halves).all(axis=0))
