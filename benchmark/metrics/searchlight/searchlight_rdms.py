"""RDMs of searchlights: each is had from one product of its responses with themselves, whichever the dissimilarity.

References: Kriegeskorte, Goebel & Bandettini (2006); crossnobis: Walther et al. (2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.condensed import pairs_of
from brainrank.benchmark.types.dissimilarity import Dissimilarity


@dataclass(frozen=True, eq=False)
class SearchlightRdms:
    """Responses as searchlights take them: a row for each target.

    Of crossnobis `responses` are those of all repeats beside each other, and `sums` their sums over repeats; each
    target is over the standard deviation of its noise.
    """

    dissimilarity: Dissimilarity
    n_stimuli: int
    responses: Float[ndarray, "targets patterns"]
    sums: Float[ndarray, "targets stimuli"] | None = None

    @classmethod
    def of(cls, assembly: ResponseAssembly, dissimilarity: Dissimilarity) -> "SearchlightRdms":
        """Those of an assembly, on which `check_rdm` found nothing wrong."""
        n_stimuli, repeats, n_targets = assembly.responses.shape
        if dissimilarity is not Dissimilarity.CROSSNOBIS:
            mean = np.nanmean(assembly.responses, axis=1, dtype=np.float64)
            return cls(dissimilarity, n_stimuli, np.ascontiguousarray(mean.T))
        residuals = assembly.responses - assembly.responses.mean(axis=1, keepdims=True)
        noise = np.sqrt((residuals**2).sum(axis=(0, 1)) / (n_stimuli * (repeats - 1)))
        # Distances know no mean of a target; without it, single precision is enough for differences.
        scaled = (assembly.responses - assembly.responses.mean(axis=(0, 1))) / noise
        rows = np.ascontiguousarray(scaled.transpose(2, 1, 0), dtype=np.float32)
        return cls(dissimilarity, n_stimuli, rows.reshape(n_targets, -1), rows.sum(axis=1))

    def of_searchlights(self, members: Sequence[Int[ndarray, " _"]]) -> Float[ndarray, "searchlights pairs"]:
        """The condensed RDM of each, as `rdm_from_features` and `crossnobis_rdm` have it; NaN where undefined.

        Crossnobis weighs each voxel by its own noise, not by the covariance of the searchlight's.
        """
        first, second = pairs_of(self.n_stimuli)
        found = np.empty((len(members), len(first)))
        for row, inside in enumerate(members):
            gram = self._gram(inside)
            length = np.diagonal(gram)
            between = gram[first, second]
            if self.dissimilarity in (Dissimilarity.EUCLIDEAN, Dissimilarity.CROSSNOBIS):
                found[row] = (length[first] + length[second] - 2 * between) / len(inside)
            else:
                with np.errstate(divide="ignore", invalid="ignore"):
                    found[row] = 1 - between / np.sqrt(length[first] * length[second])
        return found

    def _gram(self, inside: Int[ndarray, " voxels"]) -> Float[ndarray, "stimuli stimuli"]:
        """Products of patterns; of crossnobis those of different repeats, averaged."""
        rows = self.responses[inside]
        if self.sums is None:
            if self.dissimilarity is Dissimilarity.CORRELATION:
                rows = rows - rows.mean(axis=0)
            return np.asarray(rows.T @ rows)
        total, by_repeat = self.sums[inside], rows.reshape(-1, self.n_stimuli)
        repeats = len(by_repeat) // len(inside)
        crossed = total.T @ total - by_repeat.T @ by_repeat
        return np.asarray(crossed / (repeats * (repeats - 1)), dtype=np.float64)
