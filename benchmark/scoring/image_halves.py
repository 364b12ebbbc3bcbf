"""Half of a study's images: what was measured on them, and a model's layers or choices there.

Layers of a half follow from those of all images: no image is passed through a network again. Numbers are those of a
pass over the half but for rounding.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import cast

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.statistics.halves import divide_in_halves
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.types.activations import LayerFeatures, LayerGram, StoredLayers
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.condensed import restricted
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, measure_of
from brainrank.benchmark.types.metric import Content
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets.dataset import LoadedRegion

SEED = 20
"""Not that of the halves on which layers are chosen."""


class Half(StrEnum):
    """One of two halves of the images; what shows the same thing is in one of them."""

    FIRST = "first-half"
    SECOND = "second-half"


def images_of_half(region: LoadedRegion, half: Half) -> Int[ndarray, " images"]:
    """Which images are of a half, as numbers in their order; the same for every region on the same images."""
    unit_of = units_of(_groups(region), len(region.stimuli))
    halves = divide_in_halves(unit_of, rng=np.random.default_rng([SEED, int(unit_of.max()) + 1]))
    return np.sort(halves[list(Half).index(half)])


def _groups(region: LoadedRegion) -> Sequence[str] | None:
    assembly = region.assembly
    if isinstance(assembly, BehaviouralAssembly):
        return [(assembly.group_of or {}).get(each, each) for each in region.stimuli.ids]
    return getattr(assembly, "groups", None)


def region_of_half(region: LoadedRegion, half: Half) -> LoadedRegion:
    """What was shown and measured of a half of the images.

    Raises InvalidDataError for measurements that are neither RDMs, responses nor trials.
    """
    chosen = images_of_half(region, half)
    stimuli = replace(region.stimuli, stimuli=tuple(region.stimuli.stimuli[each] for each in chosen))
    return region._replace(stimuli=stimuli, assembly=_measured(region.assembly, chosen, stimuli.ids))


def _measured(assembly: Assembly, chosen: Int[ndarray, " images"], ids: tuple[str, ...]) -> Assembly:
    if isinstance(assembly, BehaviouralAssembly):
        return assembly.select(np.isin(assembly.stimulus_id, list(ids)))
    if not isinstance(assembly, RdmAssembly | ResponseAssembly):
        raise InvalidDataError(f"{measure_of(assembly)} have no halves of images; give RDMs, responses or trials")
    groups = None if assembly.groups is None else tuple(assembly.groups[each] for each in chosen)
    if isinstance(assembly, RdmAssembly):
        return replace(assembly, stimulus_ids=ids, rdms=restricted(assembly.rdms, chosen), groups=groups)
    return replace(assembly, stimulus_ids=ids, responses=assembly.responses[chosen], groups=groups)


def content_of_images(content: Content, chosen: Int[ndarray, " images"]) -> Content:
    """What a model is scored by, of some of the images: layers, features of them, or choices."""
    if content is None:
        return None
    if isinstance(content, Choices):
        probabilities = None if content.probabilities is None else content.probabilities[chosen]
        ids, categories = ([each[place] for place in chosen] for each in content[:2])
        return content._replace(stimulus_ids=tuple(ids), categories=tuple(categories), probabilities=probabilities)
    if isinstance(content, StoredLayers):
        stored = StoredLayers(content.names, content.keys, lambda number: _layer(content[number], chosen))
        return cast(Content, stored)
    return cast(Content, [_layer(each, chosen) for each in content])


def _layer(layer: LayerGram | LayerFeatures, chosen: Int[ndarray, " images"]) -> LayerGram | LayerFeatures:
    if isinstance(layer, LayerFeatures):
        return LayerFeatures(layer.layer, layer.values[chosen])
    return gram_of_images(layer, chosen)


def gram_of_images(layer: LayerGram, chosen: Int[ndarray, " images"]) -> LayerGram:
    """A layer's Gram matrix among some images, about their own mean.

    With K of all images and d what the mean moves by, the products of rows about the new mean are K doubly centred;
    those with the new mean mu + d are X0 mu + K 1/n, centred, as X0 d is the mean of K's rows over the images chosen.
    """
    among, sums = layer.gram[np.ix_(chosen, chosen)], layer.row_sums[chosen]
    with_mean = layer.mean_products[chosen] + layer.mean * sums  # X0 mu
    rows = among.mean(axis=1)
    about = rows - rows.mean() / 2  # so that both halves of the matrix come to the same bits
    mean = layer.mean + float(sums.mean()) / layer.n_features
    row_sums = _centred(sums)
    return LayerGram(
        layer.layer,
        among - (about[:, None] + about),
        row_sums=row_sums,
        mean_products=_centred(with_mean + rows) - mean * row_sums,
        row_powers=layer.row_powers[chosen],
        row_lengths=layer.row_lengths[chosen],
        mean=mean,
        n_features=layer.n_features,
    )


def _centred(values: ndarray) -> ndarray:
    return np.asarray(values - values.mean())
