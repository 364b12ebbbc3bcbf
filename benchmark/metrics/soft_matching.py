"""The soft matching metric: how alike single units of a layer are to single targets, matched on other stimuli."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.halves import Bounds
from brainrank.benchmark.metrics.alignment.repeats import RepeatHalves
from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined
from brainrank.benchmark.metrics.held_out.held_out_half import Division, HeldOutHalfMetric
from brainrank.benchmark.metrics.held_out.matching import matched_correlation, matching, reliable_correlation
from brainrank.benchmark.types.activations import LayerFeatures
from brainrank.benchmark.types.metric import Content, EvidenceKind, units_of_layers

FEWEST = 40
MOST_TARGETS = 1_000


@dataclass(frozen=True)
class SoftMatchingMetric(HeldOutHalfMetric[LayerFeatures]):
    """The correlation of units and targets matched softly (`matching`) on the other half of the stimuli."""

    name: ClassVar[str] = "soft-matching"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.UNITS
    words: ClassVar[str] = (
        "Soft matching: does a layer have units tuned like the neurons or voxels, without any mixing? Units and "
        "targets are matched, every unit and every target in equal share, so that the matched correlate best on one "
        "half of the stimuli; the score is their mean Pearson’s r on the other half, both ways. The layer is chosen "
        "inside the half that is matched on. A thousand units of a layer, and a thousand targets, are drawn at random "
        "where there are more. The noise ceiling is what units that respond as the targets truly do would reach."
    )
    citation: ClassVar[str] = "Khosla & Williams 2024, matched and judged on different stimuli"

    @property
    def unit(self) -> str:
        """The mean over what is matched."""
        return "mean r"

    @property
    def fewest_units(self) -> int:
        """Ten in each quarter."""
        return FEWEST

    def layers(self, evidence: Content) -> Sequence[LayerFeatures]:
        """The units of each layer."""
        return units_of_layers(evidence, self)

    def judged(
        self, layer: LayerFeatures, responses: Float[ndarray, "stimuli targets"], divided: Division
    ) -> Similarity:
        """As `matched_correlation`, of the matching on the training stimuli."""
        x, y, (train, test) = layer.values, self._drawn(responses), divided
        if not np.isfinite(x).all() or not any(_varies(x[half.stimuli]) for half in divided):
            return undefined(int(test.units.max()) + 1)
        plan = matching(x[train.stimuli], y[train.stimuli])
        return matched_correlation(plan, x[test.stimuli], y[test.stimuli], test.units)

    def best(
        self,
        repeats: Sequence[RepeatHalves],
        everything: Float[ndarray, "stimuli targets"],
        divided: Division,
    ) -> Bounds:
        """As `reliable_correlation`."""
        stimuli, units = divided.test
        tested = [RepeatHalves(*(self._drawn(half)[stimuli] for half in each)) for each in repeats]
        found = reliable_correlation(tested, units)
        return Bounds(Similarity(found.lower, found.influence), Similarity(found.upper, found.influence))

    def _drawn(self, responses: Float[ndarray, "stimuli targets"]) -> Float[ndarray, "stimuli drawn"]:
        """The targets that are matched."""
        n_targets = responses.shape[1]
        if n_targets <= MOST_TARGETS:
            return responses
        rng = np.random.default_rng([self.seed, n_targets])
        return responses[:, np.sort(rng.choice(n_targets, MOST_TARGETS, replace=False))]


def _varies(x: Float[ndarray, "stimuli units"]) -> bool:
    return bool((x != x[0]).any())
