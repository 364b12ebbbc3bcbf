"""Unique and shared variance of feature spaces: what each predicts of measured responses that the others do not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.encoding import EncodingMetric, best_layers
from brainrank.benchmark.metrics.regression.banded import Subset
from brainrank.benchmark.metrics.regression.explained_ceiling import explained_ceiling
from brainrank.benchmark.metrics.regression.interval import counts_within_folds
from brainrank.benchmark.metrics.regression.quantity_intervals import Drawn, QuantityEstimates, estimate_quantity
from brainrank.benchmark.metrics.regression.variance_partitioning import variance_partition
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.statistics.uncertainty import UNBOUNDED
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError, UserError

FEWEST_SPACES, MOST_SPACES = 2, 3
BELOW_ONE = (-np.inf, 1.0)  # what an R2, and its ceiling, may be


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

    def named(self, subset: Subset) -> tuple[str, ...]:
        """The names of the spaces of a subset."""
        return tuple(self.spaces[each] for each in subset)

    @property
    def everything(self) -> Subset:
        """All of the spaces."""
        return tuple(range(len(self.spaces)))


def check_spaces(names: Sequence[str]) -> None:
    """Raise UserError for fewer than two feature spaces, more than three, or two of one name."""
    if not FEWEST_SPACES <= len(names) <= MOST_SPACES:
        raise UserError(
            f"{len(names)} feature spaces ({', '.join(names) or 'none'}); variance is partitioned among {FEWEST_SPACES} "
            f"or {MOST_SPACES}"
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
    responses, fold_of = metric.responses(assembly).astype(np.float64), metric.fold_of(assembly)
    units = units_of(assembly.groups, len(responses))
    chosen = {
        name: _layer_of_each_fold(name, layers, responses, fold_of, metric) for name, layers in spaces.items()
    }
    found = variance_partition(
        [[layers[fold].gram for layers in chosen.values()] for fold in range(int(fold_of.max()) + 1)],
        responses,
        fold_of=fold_of,
        units=units,
    )
    counts = counts_within_folds(fold_of, units, draws, np.random.default_rng([seed, len(responses), 1]))
    drawn = Drawn(counts, len(np.unique(units)), int(fold_of.max()) + 1)
    ceiling, reason = explained_ceiling(assembly.responses)
    return PartitionAnalysis(
        spaces=tuple(spaces),
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


def _layer_of_each_fold(
    name: str,
    layers: Sequence[LayerGram],
    responses: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
    metric: EncodingMetric,
) -> list[LayerGram]:
    """The layer chosen for each fold by the others, as the encoding metric chooses it; the only one unasked."""
    usable = [layer for layer in layers if np.isfinite(layer.gram).all()]
    if not usable:
        raise InvalidDataError(f"No layer of {name} has finite activations; give others, or leave {name} out")
    folds = int(fold_of.max()) + 1
    if len(usable) == 1:
        return usable * folds
    examined = [metric.correlations(layer, responses, fold_of) for layer in usable]
    return [usable[each] for each in best_layers(examined)]
