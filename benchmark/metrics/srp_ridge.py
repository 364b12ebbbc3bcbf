"""Ridge on sparse random projections: encoding from a layer's features projected to few dimensions."""

from dataclasses import dataclass
from typing import ClassVar

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import EvidenceKind


@dataclass(frozen=True)
class SrpRidgeMetric(EncodingMetric):
    """As `EncodingMetric`, each layer projected first: all layers then have no more dimensions than that."""

    name: ClassVar[str] = "srp-ridge"
    usual_for: ClassVar[tuple[Measure, ...]] = ()
    evidence: ClassVar[EvidenceKind] = EvidenceKind.PROJECTIONS
    words: ClassVar[str] = (
        "Ridge on sparse random projections: how well do a layer’s features, projected at random to as many dimensions "
        "as keep the distances between stimuli within a tenth (Johnson-Lindenstrauss), predict each target’s response "
        "to stimuli held out? Otherwise as encoding, which takes all features: ridge with a penalty for each target, "
        "Pearson’s r within each fold, averaged; the median over targets."
    )
    citation: ClassVar[str] = "Conwell, Prince, Kay, Alvarez & Konkle 2024; Li, Hastie & Church 2006"
