"""The models of a planned study: a layer for each, what it scores, and its RDM of the pool on the benchmark's scale."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare, is_comparable
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram, undefined_stimuli
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.rdm_noise import standard_scores
from brainrank.benchmark.statistics.halves import halves_with_units, report
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import pairs_among, square_rdm
from brainrank.benchmark.types.errors import InvalidDataError


class MeasuredLayer(NamedTuple):
    """The layer of a model that is most like the measured subjects, its RDM, and the model's score.

    The score is that of layers chosen on one half of the images and reported on the other, as the benchmark has it.
    """

    layer: str
    rdm: Float[ndarray, " pairs"]
    score: float


def measured_layer(name: str, layers: Sequence[LayerGram], metric: RsaMetric, assembly: RdmAssembly) -> MeasuredLayer:
    """The layer that stands for a model. Raises InvalidDataError for one without a similarity on both halves."""
    halves = halves_with_units(assembly, seed=metric.seed, name=metric.name)
    pairs = [pairs_among(half.stimuli, len(assembly.stimulus_ids)) for half in halves]
    rdms = {each.layer: rdm_from_gram(each, metric.dissimilarity) for each in layers}
    usable = {layer: rdm for layer, rdm in rdms.items() if all(is_comparable(rdm[half]) for half in pairs)}
    if not usable:
        raise InvalidDataError(
            f"{name} has no layer with an RDM of {assembly.region} (constant or not finite activations); leave it out"
        )
    of_layers = np.stack(list(usable.values()))
    fixed = [compare(of_layers[:, half], assembly.rdms[:, half], metric.comparator)[None] for half in pairs]
    best = int(np.mean(fixed, axis=0)[0].mean(axis=1).argmax())
    return MeasuredLayer(list(usable)[best], of_layers[best], float(report(fixed).similarity.mean()))


def pool_rdm(
    name: str, layer: LayerGram, metric: RsaMetric, stimulus_ids: Sequence[str]
) -> Float[ndarray, "pool pool"]:
    """A layer's RDM of a pool. Raises InvalidDataError for images without a dissimilarity, naming them."""
    rdm = rdm_from_gram(layer, metric.dissimilarity)
    undefined = [stimulus_ids[each] for each in undefined_stimuli(rdm)]
    if undefined:
        raise InvalidDataError(
            f"{name}, {layer.layer}: no dissimilarity to {len(undefined)} images of the pool "
            f"({', '.join(undefined[:5])}): its activations are constant there; leave them out"
        )
    return square_rdm(rdm)


def on_the_scale(
    values: Float[ndarray, "pool pool"], measured: Float[ndarray, " pairs"], comparator: Comparator
) -> Float[ndarray, "pool pool"]:
    """A model's dissimilarities in a pool in standard scores of its RDM of the benchmark's images, 0 on the diagonal.

    Noise is known beside those: images that a model finds more alike than the benchmark's have less of a signal. Where
    ranks are compared, a dissimilarity has the rank it would have among them, the outermost at most.
    """
    if comparator is Comparator.CORR:
        found = (values - measured.mean()) / measured.std()
    else:
        order = np.argsort(measured, kind="stable")
        found = np.interp(values, measured[order], standard_scores(measured[None], comparator)[0][order])
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)
