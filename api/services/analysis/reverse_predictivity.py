"""How much of responses a model predicts, and how much of the model the responses predict."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from brainrank.api.services.analysis.partition import BELOW_ONE, choose_layers
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.interval import counts_within_folds
from brainrank.benchmark.metrics.regression.quantity_intervals import Drawn, Estimate, estimate_quantity
from brainrank.benchmark.metrics.regression.reverse_predictivity import two_way_predictivity
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly


class WayRow(NamedTuple):
    """The R2 of one way, `forward` or `reverse`, with all of the space (`components` 0) or its first components."""

    way: str
    components: int
    estimate: Estimate


class BothWays(NamedTuple):
    """The held-out R2 both ways of one space and the responses, with intervals over stimuli.

    `dimensions` are the participation ratio of the layer (mean over folds), and `of_responses` that of the responses.
    """

    space: str
    rows: tuple[WayRow, ...]
    layers: tuple[str, ...]
    dimensions: float
    of_responses: float


def analyse_both_ways(
    spaces: Mapping[str, Sequence[LayerGram]], assembly: ResponseAssembly, *, folds: int, draws: int, seed: int
) -> tuple[BothWays, ...]:
    """Predict responses from each space and the space from responses.

    Responses, folds and the layer of each fold are the encoding benchmarks' (`EncodingMetric`): the layer that predicts
    the other folds best among themselves. Raises InvalidDataError for features that are not finite or do not vary, and
    what that metric raises for folds.
    """
    metric = EncodingMetric(folds=folds, draws=draws, seed=seed)
    responses, (fold_of, units) = metric.responses(assembly).astype(np.float64), metric.stimulus_folds(assembly)
    counts = counts_within_folds(fold_of, units, draws, np.random.default_rng([seed, len(responses), 1]))
    drawn = Drawn(counts, len(np.unique(units)), int(fold_of.max()) + 1)
    found = []
    for name, layers in spaces.items():
        chosen = choose_layers(name, layers, assembly, metric)
        both = two_way_predictivity([each.gram for each in chosen], responses, fold_of=fold_of)
        estimates = estimate_quantity(both.r2, drawn, support=BELOW_ONE).targets
        few = both.components
        ways = (("forward", 0), ("reverse", 0), ("forward", few), ("reverse", few))
        rows = tuple(WayRow(*way, each) for way, each in zip(ways, estimates, strict=True))
        of_layers = tuple(each.layer for each in chosen)
        found.append(BothWays(name, rows, of_layers, float(both.dimensions.mean()), both.of_responses))
    return tuple(found)
