"""On which images two models' RDMs disagree: the place of each image among the others, image by image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.statistics.rank_correlation import rho_of_rows
from brainrank.benchmark.types.condensed import square_rdm


@dataclass(frozen=True)
class ImagePlace:
    """How alike two models see an image's distances to all others (rho), and how alike each and the brain do."""

    stimulus_id: str
    agreement: float
    first: float
    second: float


def image_places(
    stimulus_ids: Sequence[str],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    brain: NDArray[np.float64],
) -> Sequence[ImagePlace]:
    """Compare RDMs row by row, the least agreement first; an image whose row is undefined is left out."""
    one, other, measured = (_rows(each) for each in (first, second, brain))
    columns = (rho_of_rows(one, other), rho_of_rows(one, measured), rho_of_rows(other, measured))
    found = [
        ImagePlace(stimulus, *numbers)
        for stimulus, *numbers in zip(stimulus_ids, *(each.tolist() for each in columns), strict=True)
        if np.isfinite(numbers[0])
    ]
    return sorted(found, key=lambda each: each.agreement)


def _rows(rdm: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distances of each stimulus to the others, a row each."""
    n = len(square := square_rdm(rdm))
    return square[~np.eye(n, dtype=bool)].reshape(n, n - 1)
