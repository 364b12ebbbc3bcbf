"""Spheres of a searchlight: round each voxel, those that lie within a radius, and the RDM of their responses.

A sphere's RDM is had from one product of its responses with themselves, whichever the dissimilarity. References:
Kriegeskorte, Goebel & Bandettini (2006); crossnobis: Walther et al. (2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions, Volume
from brainrank.benchmark.types.condensed import pairs_of
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError


class Spheres(NamedTuple):
    """The voxels that have a sphere, by number, and those that lie in it."""

    centres: Int[ndarray, " centres"]
    members: Sequence[Int[ndarray, " _"]]


def spheres_of(positions: TargetPositions | None, radius_mm: float, fewest: int, region: str) -> Spheres:
    """The spheres of all voxels that have so many others within a radius, themselves included.

    Raises InvalidDataError for targets that lie nowhere or in no volume, and where no sphere has so many.
    """
    if positions is None or not isinstance(positions.space, Volume):
        where = "nobody knows where they lie" if positions is None else f"they lie in {positions.space}"
        raise InvalidDataError(
            f"a searchlight goes through a volume of voxels; of the targets of {region} {where}: give a mask (.nii.gz)"
        )
    affine = np.array(positions.space.affine)
    voxels = np.stack(np.unravel_index(positions.positions, positions.space.shape), axis=1)
    points = voxels @ affine[:3, :3].T
    found = scipy.spatial.cKDTree(points).query_ball_point(points, radius_mm + 1e-6, return_sorted=True)
    sizes = np.array([len(each) for each in found])
    centres = np.flatnonzero(sizes >= fewest)
    if not centres.size:
        raise InvalidDataError(
            f"no voxel of {region} has {fewest} voxels within {radius_mm:g} mm ({sizes.max()} at most); give a larger "
            "radius_mm, or a smaller fewest_voxels"
        )
    return Spheres(centres, [np.array(found[centre]) for centre in centres])


@dataclass(frozen=True, eq=False)
class SphereRdms:
    """Responses as spheres take them: a row for each target.

    Of crossnobis `responses` are those of all repeats beside each other, and `sums` their sums over repeats; each
    target is over the standard deviation of its noise.
    """

    dissimilarity: Dissimilarity
    n_stimuli: int
    responses: Float[ndarray, "targets patterns"]
    sums: Float[ndarray, "targets stimuli"] | None = None

    @classmethod
    def of(cls, assembly: ResponseAssembly, dissimilarity: Dissimilarity) -> "SphereRdms":
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

    def of_spheres(self, members: Sequence[Int[ndarray, " _"]]) -> Float[ndarray, "spheres pairs"]:
        """The condensed RDM of each sphere, as `rdm_from_features` and `crossnobis_rdm` have it; NaN where undefined.

        Crossnobis weighs each voxel by its own noise, not by the covariance of the sphere's.
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
