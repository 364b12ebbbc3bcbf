"""The eigendecomposition of a training set, in the smaller of its two spaces, and what it says of held-out stimuli.

With the features X centred on the training stimuli, X = U sqrt(L) V'. U comes from the stimuli x stimuli Gram matrix
XX' and V from the features x features matrix X'X; they are the same thing, so the smaller one is decomposed. Ridge
with any penalty a is then Y_test = mean + T diag(1 / (L + a)) Z, with Z = U'Y and T = X_test V sqrt(L).

Eigendecompositions are in float64 whatever the input: small eigenvalues decide what small penalties do. They are
NumPy's and not SciPy's: each brings a BLAS of its own, whose threads spin on after a product and would fight the
other's (seen: .15 s instead of .05 s for 800 stimuli on 2 cores).
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.statistics.arrays import (
    Array,
    Device,
    beside,
    device_of,
    host,
    largest_magnitudes,
    namespace,
    onto,
)
from brainrank.benchmark.statistics.centred_gram import centred_gram_of_features
from brainrank.benchmark.types.activations import LayerGram

# Decompositions of so many training stimuli take seconds: then they are stored, in float32 (1e-7 of r).
STORED_FROM = 2_048
# Raise it when the same Gram matrix and folds would give another decomposition than before.
SPECTRUM_VERSION = 1
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True)
class Spectrum:
    """A training set's eigenvalues L, training basis U and held-out basis T; `complete` when U spans all of Y.

    `trace` is that of the Gram matrix of all stimuli, centred.
    """

    eigenvalues: Float[Array, " components"]
    train_basis: Float[Array, "train components"]
    test_basis: Float[Array, "test components"]
    complete: bool
    trace: float

    def in_precision(self, dtype: Any) -> "Spectrum":
        """With bases of this type, of their library's."""
        astype = namespace(self.train_basis).astype
        train_basis, test_basis = (astype(each, dtype, copy=False) for each in (self.train_basis, self.test_basis))
        return replace(self, train_basis=train_basis, test_basis=test_basis)

    def unseen(self, penalties: Float[ndarray, " penalties"]) -> Float[Array, "train penalties"]:
        """1 - h_ii of every training stimulus i, with h the hat matrix of each penalty a, the mean included.

        Where U spans all but the mean it is a sum of what is not negative, U^2 a / (L + a): no digit is lost.
        """
        xp, grid = namespace(self.eigenvalues), beside(penalties, self.eigenvalues)
        weights = grid / (self.eigenvalues[:, None] + grid) - (0 if self.complete else 1)
        n_train, least = len(self.train_basis), 0.0 if self.complete else 1 - 1 / len(self.train_basis)
        found = xp.full((n_train, len(penalties)), least, dtype=xp.float64, device=device_of(grid))
        for start in range(0, n_train, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            found[rows] += xp.astype(self.train_basis[rows], xp.float64) ** 2 @ weights
        return found


def outside_of(
    spectrum: Spectrum, projections: Float[Array, "components targets"], targets: Float[Array, "train targets"]
) -> Float[Array, "train targets"] | None:
    """The part of centred training targets outside the span of U, Y - U U'Y; None where U spans all of Y."""
    return None if spectrum.complete else targets - spectrum.train_basis @ projections


def training_residuals(
    basis: Float[Array, "train components"],
    eigenvalues: Float[Array, " components"],
    projections: Float[Array, "components targets"],
    outside: Float[Array, "train targets"] | None,
    *,
    penalty: float,
) -> Float[Array, "train targets"]:
    """What ridge with a penalty a leaves of centred training targets, U a / (L + a) Z + (Y - U Z).

    `outside` is the latter, the part outside the basis (`outside_of`).
    """
    unexplained = namespace(eigenvalues).astype(penalty / (eigenvalues + penalty), projections.dtype)
    residuals = basis @ (unexplained[:, None] * projections)
    if outside is not None:
        residuals += outside
    return residuals


def gram_matrix(
    features: Float[Array, "stimuli features"], *, features_per_block: int = 16384
) -> Float[Array, "stimuli stimuli"]:
    """Inner products XX' of the features centred over all stimuli, block by block of features.

    Centring first costs nothing (any later centring on training rows is unchanged by it) and keeps digits: products
    are taken in the features' own precision and summed in float64.
    """
    if device_of(features) is None:
        return centred_gram_of_features(features, width=features_per_block).gram
    gram = beside(np.zeros((len(features), len(features))), features)
    for start in range(0, features.shape[1], features_per_block):
        about = about_mean(features[:, start : start + features_per_block])
        gram += about @ about.T
    return gram


def about_mean(features: Float[Array, "stimuli features"]) -> Float[Array, "stimuli features"]:
    """The features less their means over stimuli, in their own precision.

    The first stimulus is taken away before, which loses nothing where a feature has a large mean and varies little.
    """
    apart = features - features[:1]
    return apart - apart.mean(axis=0)


def _float64(values: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """In float64: itself where it is."""
    xp = namespace(values)
    return xp.astype(values, xp.float64, copy=False)


def gram_spectrum(
    gram: Float[Array, "stimuli stimuli"], *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]
) -> Spectrum:
    """Spectrum of the training rows of a Gram matrix, centred on them; all train - 1 components, some perhaps zero."""
    xp = namespace(gram)
    kernel, held_out = _float64(gram[train[:, None], train]), _float64(gram[test[:, None], train])
    means = xp.mean(kernel, axis=0)
    held_out -= xp.mean(held_out, axis=1, keepdims=True)
    held_out -= means - xp.mean(means)
    floor = len(train) * np.finfo(np.float64).eps * float(xp.max(xp.abs(xp.linalg.diagonal(kernel))))
    kernel -= means
    kernel -= means[:, None] - xp.mean(means)
    # The constant vector is an eigenvector of the centred matrix with eigenvalue 0 and may mix with other null
    # vectors. Raised above every other eigenvalue (the Frobenius norm bounds them), it comes last, alone.
    kernel += (2 * float(xp.linalg.norm(kernel)) + floor + 1e-300) / len(train)
    eigenvalues, basis = xp.linalg.eigh(kernel)
    eigenvalues, basis = eigenvalues[:-1], basis[:, :-1]
    eigenvalues = xp.where(eigenvalues > floor, eigenvalues, 0.0)
    test_basis = xp.where(eigenvalues > 0, held_out @ basis, 0.0)
    return Spectrum(eigenvalues, basis, test_basis, True, trace_of(gram))


def trace_of(gram: Float[Array, "stimuli stimuli"]) -> float:
    """The trace of a Gram matrix, centred on all stimuli."""
    xp = namespace(gram)
    return float(xp.linalg.trace(gram) - xp.sum(gram) / len(gram))


class GramSpace:
    """The Gram matrix XX', centred or not."""

    def __init__(self, gram: Float[Array, "stimuli stimuli"]) -> None:
        self._gram, self.n_stimuli = gram, len(gram)

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """As `gram_spectrum`."""
        return gram_spectrum(self._gram, train=train, test=test)


class FeatureSpace:
    """Features and their X'X, from which that of each training set follows, less the held-out block.

    Where features are fewer than stimuli, it is the smaller one to decompose.
    """

    def __init__(self, features: Float[Array, "stimuli features"]) -> None:
        xp = namespace(features)
        self._features = about_mean(_float64(features))
        self._whole, self._total = self._features.T @ self._features, xp.sum(self._features, axis=0)
        self.n_stimuli, self._trace = len(features), float(xp.linalg.trace(self._whole))
        eps, scale = np.finfo(np.float64).eps, float(host(largest_magnitudes(self._features)).max(initial=0.0))
        self._rounding = math.prod(self._features.shape) * (4 * eps * scale) ** 2

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """Spectrum of the training rows, found in the features' space; U = X V / sqrt(L) does not span all of Y."""
        xp = namespace(self._features)
        left_out = self._features[np.delete(np.arange(self.n_stimuli), train)]
        mean = (self._total - xp.sum(left_out, axis=0)) / len(train)
        scatter = self._whole - left_out.T @ left_out - len(train) * (mean[:, None] * mean)
        eigenvalues, vectors = xp.linalg.eigh(scatter)
        # Below this an eigenvalue is rounding error of the sums above; its direction says nothing.
        relative = 10 * max(self._features.shape) * np.finfo(np.float64).eps * float(eigenvalues[-1])
        remaining = eigenvalues > max(relative, self._rounding)
        eigenvalues, vectors = eigenvalues[remaining], vectors[:, remaining]
        scale = xp.sqrt(eigenvalues)
        test_basis = (self._features[test] - mean) @ vectors * scale
        train_basis = about_mean(self._features[train]) @ vectors / scale
        return Spectrum(eigenvalues, train_basis, test_basis, False, self._trace)


class LayerSpace:
    """The smaller space of a layer: of its features where they are fewer than training stimuli.

    Neither Gram matrix nor X'X is made before something is to be decomposed, on the device told (None: by NumPy). What
    takes long to decompose is stored beside the layer, and found there: its bases are float32, stored or not. Each
    kind of device has its own.
    """

    def __init__(self, layer: LayerGram, *, device: Device = None) -> None:
        self._layer, self.n_stimuli, self._lock = layer, len(layer.row_lengths), Lock()
        self._device = device
        self._of_features: FeatureSpace | None = None

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """The spectrum of the training rows."""
        narrow = self._is_narrow(train)
        if not self._is_large(train):
            return self._decompose(train, test, narrow=narrow)

        def make() -> Mapping[str, NDArray[Any]]:
            found = self._decompose(train, test, narrow=narrow)
            made = found.in_precision(namespace(found.train_basis).float32)
            return {
                "eigenvalues": host(made.eigenvalues),
                "train_basis": host(made.train_basis),
                "test_basis": host(made.test_basis),
                "complete": np.asarray(made.complete),
                "trace": np.asarray(made.trace),
            }

        if self._layer.derived is None:
            return _from_arrays(make(), self._device)
        return _from_arrays(self._layer.derived.obtain(self._name(train, test), make), self._device)

    def is_stored(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> bool:
        """Whether the spectrum of the training rows need not be made."""
        derived = self._layer.derived
        return derived is not None and self._is_large(train) and derived.has(self._name(train, test))

    def _is_narrow(self, train: Int[ndarray, " train"]) -> bool:
        features = self._layer.features
        return features is not None and features.shape[1] < len(train)

    def _is_large(self, train: Int[ndarray, " train"]) -> bool:
        return (self._layer.n_features if self._is_narrow(train) else len(train)) >= STORED_FROM

    def _name(self, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> str:
        content = np.concatenate([[SPECTRUM_VERSION, len(train)], train, test]).astype("<i8").tobytes()
        content += b"" if self._device is None else f"torch {self._device.type}".encode()
        return hashlib.sha256(content).hexdigest()[:32]

    def _decompose(self, train: Int[ndarray, " train"], test: Int[ndarray, " test"], *, narrow: bool) -> Spectrum:
        if not narrow or self._layer.features is None:
            return gram_spectrum(onto(self._layer.gram, self._device), train=train, test=test)
        with self._lock:
            self._of_features = self._of_features or FeatureSpace(onto(self._layer.features, self._device))
        return self._of_features.spectrum(train=train, test=test)


def _from_arrays(arrays: Mapping[str, NDArray[Any]], device: Device) -> Spectrum:
    bases = ("eigenvalues", "train_basis", "test_basis")
    eigenvalues, train_basis, test_basis = (onto(arrays[each], device) for each in bases)
    return Spectrum(eigenvalues, train_basis, test_basis, bool(arrays["complete"]), float(arrays["trace"]))


Space = GramSpace | FeatureSpace | LayerSpace
"""What the spectrum of any training set follows from."""


def space_of_features(features: Float[Array, "stimuli features"]) -> Space:
    """The smaller of the two."""
    wide = features.shape[1] >= len(features)
    return GramSpace(gram_matrix(features)) if wide else FeatureSpace(features)
