"""The CKA benchmark metric: linear centred kernel alignment, as the RSA that it is."""

from dataclasses import dataclass
from typing import ClassVar

from brainrank.benchmark.metrics.alignment.kernels import check_squared
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Content, parameter
from brainrank.benchmark.types.score import Score


@dataclass(frozen=True)
class CkaMetric(RsaMetric):
    """Linear CKA with the kernel that an RDM is the distances of (Kornblith et al. 2019).

    The whitened cosine of squared distances is just that (Diedrichsen et al. 2020). Only where an RDM is of squared
    distances, as 1 - r is; judgements are plain distances, and a package's RDMs may be.
    """

    name: ClassVar[str] = "cka"
    usual_for: ClassVar[tuple[Measure, ...]] = ()
    declarable: ClassVar[tuple[Measure, ...] | None] = (Measure.RESPONSES,)
    words: ClassVar[str] = (
        "Linear centred kernel alignment (CKA): how alike are the model’s and the brain’s similarities of all stimuli, "
        "as matrices? It is representational similarity of squared distances, compared by the whitened cosine. The "
        "layer is chosen on one half of the stimuli and reported on the other, both ways. The noise ceiling is how "
        "well the subjects predict each other: below, by the other subjects; above, by all."
    )
    citation: ClassVar[str] = "Kornblith, Norouzi, Lee & Hinton 2019; Diedrichsen et al. 2020"

    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.EUCLIDEAN, "how far apart two patterns of responses are", choices=tuple(Dissimilarity)
    )
    comparator: Comparator = parameter(Comparator.COSINE_COV, "how two RDMs are compared", choices=tuple(Comparator))

    def require(self, assembly: Assembly) -> None:
        """RDMs are of squared distances, and responses have one. Raises InvalidDataError as `check_rdm`."""
        check_squared(assembly, self)
        super().require(assembly)

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """As RSA's, of RDMs that are squared distances. Raises InvalidDataError as `require`, and as RSA's."""
        check_squared(assembly, self)
        return super().score(evidence, assembly)
