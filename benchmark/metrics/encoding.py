"""The encoding benchmark metric: ridge from all features of a layer, a penalty for each target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.cost import seconds
from brainrank.benchmark.metrics.regression.folds import fold_splits
from brainrank.benchmark.metrics.regression.layers import (
    Chosen,
    bytes_of_a_piece,
    chosen_predictions,
    layer_correlations,
)
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.metrics.regression.prediction import PredictionMetric
from brainrank.benchmark.metrics.regression.spectrum import STORED_FROM, LayerSpace
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Content, layers_of, of_kind, parameter


@dataclass(frozen=True)
class EncodingMetric(PredictionMetric):
    """Ridge from all features of a layer to each target (docs/decisions/encoding.md); the score is the median r.

    Raises InvalidDataError for too few folds: where two are held out, one is left to train on, or two to choose a
    penalty by (`cv`).
    """

    name: ClassVar[str] = "encoding"
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.RESPONSES,)
    words: ClassVar[str] = (
        "Encoding: how well do a layer’s features predict each neuron’s or voxel’s response to stimuli held out? Ridge "
        "regression with a penalty for each target; Pearson’s r within each fold, averaged; the median over targets. "
        "The layer is chosen inside the training folds. The noise ceiling is the r that the true responses would have "
        "with the measured ones."
    )
    citation: ClassVar[str] = "Naselaris, Kay, Nishimoto & Gallant 2011; ceiling: Schoppe et al. 2016"

    selection: str = parameter("loo", "how each target’s penalty is chosen", choices=tuple(SELECTIONS))

    @property
    def shared(self) -> "EncodingMetric":
        """Layers are examined one by one, on some of the targets each."""
        return self

    def correlations(
        self, layers: Sequence[LayerGram], responses: Float[ndarray, "stimuli targets"], folds: StimulusFolds
    ) -> list[LayerCorrelations]:
        """How well each layer predicts these targets, all or some of them (`layer_correlations`)."""
        return layer_correlations(layers, responses, folds, selection=self.selection)

    def predicted(
        self,
        layers: Sequence[LayerGram],
        chosen: Sequence[int],
        responses: Float[ndarray, "stimuli targets"],
        fold_of: Int[ndarray, " stimuli"],
    ) -> Chosen:
        """Each fold predicted by the layer chosen for it (`chosen_predictions`)."""
        return chosen_predictions(layers, chosen, responses, fold_of=fold_of, selection=self.selection)

    def expected_seconds(self, evidence: Content, assembly: Assembly) -> float | None:
        """Return how long the products of ridge take at the speed measured now, and decompositions not yet stored."""
        layers, assembly = layers_of(evidence, self), of_kind(assembly, ResponseAssembly, self)
        n_stimuli, _, n_targets = assembly.responses.shape
        if n_stimuli < STORED_FROM:
            return None
        splits = fold_splits(self.stimulus_folds(assembly).fold_of)
        widths, stored = [], []
        for layer in layers:  # once: a stored one is read whenever it is asked for
            space = LayerSpace(layer)
            widths.append(layer.n_features)
            stored.append(sum(space.is_stored(train=train, test=test) for train, test in splits))
        single = assembly.responses.dtype == np.float32
        return seconds(widths, n_stimuli, n_targets, folds=len(splits), stored=stored, single=single)

    def device_bytes(self, assembly: Assembly) -> int | None:
        """What a layer and a fold take (`layers.bytes_of_a_piece`), and the responses of all stimuli."""
        n_stimuli, _, n_targets = of_kind(assembly, ResponseAssembly, self).responses.shape
        return bytes_of_a_piece(n_stimuli, n_targets) + int(8 * n_stimuli * n_targets)

    @property
    def fewest_folds(self) -> int:
        """Where two are held out, one is left to train on, or two to choose a penalty by."""
        return 4 if self.selection == "cv" else 3

    @property
    def remedy(self) -> str:
        """The selection, which decides the fewest folds."""
        return f"with selection '{self.selection}' "
