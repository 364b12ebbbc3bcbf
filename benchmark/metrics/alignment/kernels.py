"""Alignment metrics of Gram matrices, which RDMs of squared distances stand in for."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.centring import centred_gram
from brainrank.benchmark.metrics.alignment.halves import AlignmentMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Metric


@dataclass(frozen=True)
class KernelMetric(AlignmentMetric):
    """The similarity of Gram matrices K = X X', X centred over the stimuli.

    Features and targets keep their own variance, as in Kornblith et al. (2019) and Williams et al. (2021). An RDM of
    squared distances D has the Gram matrix -H D H / 2, H the centring (Torgerson 1952); 1 - r is half the squared
    distance of standardised patterns.
    """

    declarable: ClassVar[tuple[Measure, ...] | None] = (Measure.RESPONSES,)

    def require(self, assembly: Assembly) -> None:
        """Raise InvalidDataError for RDMs that are not of squared distances."""
        check_squared(assembly, self)

    def of_layer(self, layer: LayerGram) -> Float[ndarray, "stimuli stimuli"]:
        """Its Gram matrix."""
        return layer.gram

    def of_responses(self, responses: Float[ndarray, "stimuli targets"]) -> Float[ndarray, "stimuli stimuli"]:
        """The Gram matrix of targets about their means, each with its own variance."""
        about_mean = responses - responses.mean(axis=0)
        return np.asarray(about_mean @ about_mean.T)

    def of_rdm(self, rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
        """-H D H / 2."""
        return centred_gram(square_rdm(rdm)) / -2


def check_squared(assembly: Assembly, metric: Metric) -> None:
    """Raise InvalidDataError for RDMs that are not said to be of squared distances, from which Gram matrices follow."""
    if isinstance(assembly, RdmAssembly) and not assembly.squared:
        raise InvalidDataError(
            f"{metric.name} takes Gram matrices, which follow from RDMs of squared distances (1 - r is one); those "
            f"of {assembly.region} are not: use rsa or mutual-neighbours"
        )
