"""What RDMs of subjects have beside a model, for any number of images.

`recovery.rdm_noise` has it on the images that were measured, in a random order. A planned study has other images, and
perhaps more of them, so that the same is drawn from a model of it: for images i and j

    e_ij = a_i + a_j + g_i' L g_j + r_ij,

where a is what an image adds to all of its pairs, g' L g is the strongest axes along which pairs go together, with new
images at random places, and r is each pair's own. Under a random order of the images all covariances of pairs are those
of two numbers, the variance of a and that of the rest (pairs share an image, or they do not): both are as measured, so
that a comparison with any fixed RDM varies as much as with the measured noise in a random order. The axes leave its
distribution as skewed as measured, which independent pairs would not. What is drawn then takes the measured values in
its order: ranks of a signal and noise go by the noise's distribution, which is flatter than a normal one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.types.condensed import pairs_of, square_rdm, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError

AXES = 12
FEWEST_IMAGES = 5
QUANTILES, RDMS_FOR_QUANTILES = 401, 50
BYTES_AT_ONCE = 2**26


class PairParts(NamedTuple):
    """Of an RDM in standard scores: the variance of what an image adds to its pairs, the strongest axes of the rest,
    and the variance of what is each pair's own."""

    of_images: float
    axes: Float[ndarray, " axes"]
    of_pairs: float

    @property
    def beside_images(self) -> float:
        """The variance of a pair beside what its two images add."""
        return float((self.axes**2).sum() + self.of_pairs)

    def drawn(self, images: int, *, count: int, rng: np.random.Generator) -> Float32[ndarray, "count pairs"]:
        """As many RDMs of new images, condensed, by the sum of their parts."""
        first, second = pairs_of(images)
        found = np.empty((count, len(first)), dtype=np.float32)
        at_once = max(1, BYTES_AT_ONCE // (4 * images**2))
        roots = np.sqrt(np.abs(self.axes)).astype(np.float32)
        for start in range(0, count, at_once):
            some = slice(start, min(start + at_once, count))
            size = some.stop - start
            places = rng.standard_normal((size, images, len(roots)), dtype=np.float32) * roots
            square = (places * np.sign(self.axes).astype(np.float32)) @ places.transpose(0, 2, 1)
            added = np.float32(np.sqrt(self.of_images)) * rng.standard_normal((size, images), dtype=np.float32)
            own = np.float32(np.sqrt(self.of_pairs)) * rng.standard_normal((size, len(first)), dtype=np.float32)
            found[some] = square[:, first, second] + added[:, first] + added[:, second] + own
        return found


@dataclass(frozen=True)
class ExchangeableNoise:
    """The parts of measured noise, and which measured value stands for which value of their sum: quantiles of both."""

    parts: PairParts
    sums: Float[ndarray, " quantiles"]
    values: Float[ndarray, " quantiles"]

    def drawn(self, images: int, *, count: int, rng: np.random.Generator) -> Float32[ndarray, "count pairs"]:
        """As many RDMs of new images, condensed; each has about mean 0 and variance 1 over pairs."""
        summed = self.parts.drawn(images, count=count, rng=rng)
        return np.asarray(np.interp(summed, self.sums, self.values), dtype=np.float32)


def exchangeable_noise(rdm: Float[ndarray, " pairs"], *, rng: np.random.Generator) -> ExchangeableNoise:
    """The noise of an RDM that has mean 0 and variance 1 over pairs. Raises InvalidDataError as `pair_parts`."""
    parts, shares = pair_parts(rdm), np.linspace(0, 1, QUANTILES)
    drawn = parts.drawn(stimuli_of_pairs(rdm.size), count=RDMS_FOR_QUANTILES, rng=rng)
    return ExchangeableNoise(parts, np.quantile(drawn, shares), np.quantile(rdm, shares))


def pair_parts(rdm: Float[ndarray, " pairs"]) -> PairParts:
    """The parts of an RDM that has mean 0 and variance 1 over pairs, by moments.

    With n images, a_i is the sum of an image's pairs over n - 2, its variance that of these less the pairs' part of it;
    of n (n - 1) / 2 pairs, n are spent on a. Raises InvalidDataError for fewer images than five.
    """
    n = stimuli_of_pairs(rdm.size)
    if n < FEWEST_IMAGES:
        raise InvalidDataError(f"{n} images are too few to tell how noise goes together; give at least {FEWEST_IMAGES}")
    square = square_rdm(np.asarray(rdm, dtype=np.float64))
    added = square.sum(axis=1) / (n - 2)
    rest = square - added[:, None] - added
    np.fill_diagonal(rest, 0.0)
    beside = float((rest**2).sum() / 2 / (rdm.size - n))
    of_images = max(0.0, float(added @ added) / (n - 1) - beside / (n - 2))
    values = np.linalg.eigvalsh(rest)
    strong = values[np.argsort(-np.abs(values))[:AXES]]
    axes = strong / n
    share = float((axes**2).sum())
    scale = min(1.0, np.sqrt(beside / share)) if share else 0.0
    return PairParts(of_images, axes * scale, max(0.0, beside - share))
