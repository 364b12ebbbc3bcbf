"""Unique and shared variance of feature spaces: what each predicts of measured responses that the others do not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.banded import Subset
from brainrank.benchmark.metrics.regression.explained_ceiling import explained_ceiling
from brainrank.benchmark.metrics.regression.interval import counts_within_folds
from brainrank.benchmark.metrics.regression.prediction import best_layers
from brainrank.benchmark.metrics.regression.quantity_intervals import (
    Drawn,
    Estimate,
    QuantityEstimates,
    estimate_quantity,
)
from brainrank.benchmark.metrics.regression.variance_partitioning import variance_partition
from brainrank.benchmark.statistics.uncertainty import UNBOUNDED
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError, UserError

FEWEST_SPACES, MOST_SPACES = 2, 3
BELOW_ONE = (-np.inf, 1.0)  # what an R2, and its ceiling, may be


class PartitionRow(NamedTuple):
    """A quantity of some spaces (unique, shared, r2 or ceiling): its median over targets, and each target's."""

    quantity: str
    spaces: tuple[str, ...]
    estimate: Estimate
    targets: tuple[Estimate, ...]
    reason: str = ""

    @property
    def label(self) -> str:
        """What it is, in words."""
        names = " + ".join(self.spaces)
        words = {"unique": f"unique to {names}", "shared": f"shared by {names}", "r2": f"R2 of {names}"}
        return words.get(self.quantity, "noise ceiling")


class PartitionAnalysis(NamedTuple):
    """R2 of every subset of the spaces, the part of each, and the ceiling, with intervals.

    A subset names its spaces by number; the part of one is what all of its spaces explain and no other does. `layers`
    are those that each space had in each fold; `reasons` say why a target has no numbers (empty where it has).
    """

    spaces: tuple[str, ...]
    assembly: ResponseAssembly
    r2: Mapping[Subset, QuantityEstimates]
    parts: Mapping[Subset, QuantityEstimates]
    ceiling: QuantityEstimates
    ceiling_reason: str
    layers: Mapping[str, tuple[str, ...]]
    n_units: int
    fold_of: Int[ndarray, " stimuli"]
    reasons: tuple[str, ...]

    @property
    def rows(self) -> tuple[PartitionRow, ...]:
        """Every quantity: the parts, the R2 of each subset, the ceiling."""
        parts = [
            self._row("unique" if len(subset) == 1 else "shared", subset, each) for subset, each in self.parts.items()
        ]
        r2 = [self._row("r2", subset, each) for subset, each in self.r2.items()]
        ceiling = PartitionRow("ceiling", (), *self.ceiling, reason=self.ceiling_reason)
        return (*parts, *r2, ceiling)

    @property
    def main_rows(self) -> tuple[PartitionRow, ...]:
        """The parts, the R2 of all spaces together, the ceiling."""
        return tuple(each for each in self.rows if each.quantity != "r2" or len(each.spaces) == len(self.spaces))

    def _row(self, quantity: str, subset: Subset, found: QuantityEstimates) -> PartitionRow:
        return PartitionRow(quantity, tuple(self.spaces[each] for each in subset), *found)


def check_spaces(names: Sequence[str]) -> None:
    """Raise UserError for fewer than two feature spaces, more than three, or two of one name."""
    if not FEWEST_SPACES <= len(names) <= MOST_SPACES:
        raise UserError(
            f"{len(names)} feature spaces ({', '.join(names) or 'none'}); variance is partitioned among "
            f"{FEWEST_SPACES} or {MOST_SPACES}: give that many models, or arrays of features"
        )
    if len(set(names)) < len(names):
        raise UserError(f"Two feature spaces are called alike in {', '.join(names)}; give each a name of its own")


def analyse_partition(
    spaces: Mapping[str, Sequence[LayerGram]],
    assembly: ResponseAssembly,
    *,
    folds: int,
    draws: int,
    seed: int,
) -> PartitionAnalysis:
    """Partition the variance of held-out responses among spaces, each of one layer or several, by banded ridge.

    Responses, folds and choice of layers are the encoding benchmarks' (`EncodingMetric`): for each fold, the layer of
    each space that predicts the other folds best among themselves. Raises UserError as `check_spaces`, InvalidDataError
    for features that are not finite, and what that metric raises for folds.
    """
    check_spaces(tuple(spaces))
    metric = EncodingMetric(folds=folds, draws=draws, seed=seed)
    chosen = {name: choose_layers(name, layers, assembly, metric) for name, layers in spaces.items()}
    return partition_of_layers(chosen, assembly, metric)


def partition_of_layers(
    chosen: Mapping[str, Sequence[LayerGram]], assembly: ResponseAssembly, metric: EncodingMetric
) -> PartitionAnalysis:
    """Partition the variance among spaces whose layer for each fold is given (`choose_layers`)."""
    responses, (fold_of, units) = metric.responses(assembly).astype(np.float64), metric.stimulus_folds(assembly)
    found = variance_partition(
        [[layers[fold].gram for layers in chosen.values()] for fold in range(int(fold_of.max()) + 1)],
        responses,
        fold_of=fold_of,
        units=units,
    )
    rng = np.random.default_rng([metric.seed, len(responses), 1])
    counts = counts_within_folds(fold_of, units, metric.draws, rng)
    drawn = Drawn(counts, len(np.unique(units)), int(fold_of.max()) + 1)
    ceiling, reason = explained_ceiling(assembly.responses)
    return PartitionAnalysis(
        spaces=tuple(chosen),
        assembly=assembly,
        r2={each: estimate_quantity(r2, drawn, support=BELOW_ONE) for each, r2 in found.r2.items()},
        parts={each: estimate_quantity(part, drawn, support=UNBOUNDED) for each, part in found.parts.items()},
        ceiling=estimate_quantity(ceiling, drawn, support=BELOW_ONE),
        ceiling_reason=reason,
        layers={name: tuple(each.layer for each in layers) for name, layers in chosen.items()},
        n_units=drawn.units,
        fold_of=fold_of,
        reasons=found.reasons,
    )


def choose_layers(
    name: str, layers: Sequence[LayerGram], assembly: ResponseAssembly, metric: EncodingMetric
) -> list[LayerGram]:
    """The layer of a space for each fold, chosen by the other folds as the metric chooses it; the only one unasked.

    Raises InvalidDataError, with the space's `name`, where no layer is finite.
    """
    usable = [layer for layer in layers if np.isfinite(layer.gram).all()]
    if not usable:
        raise InvalidDataError(f"No layer of {name} has finite activations; give others, or leave {name} out")
    responses, folds = metric.responses(assembly), metric.stimulus_folds(assembly)
    if len(usable) == 1:
        return usable * (int(folds.fold_of.max()) + 1)
    return [usable[each] for each in best_layers(metric.correlations(usable, responses, folds))]
