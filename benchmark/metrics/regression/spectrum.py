"""The eigendecomposition of a training set, in the smaller of its two spaces, and what it says of held-out stimuli.

With the features X centred on the training stimuli, X = U sqrt(L) V'. U comes from the stimuli x stimuli Gram matrix
XX' and V from the features x features matrix X'X; they are the same thing, so the smaller one is decomposed. Ridge
with any penalty a is then Y_test = mean + T diag(1 / (L + a)) Z, with Z = U'Y and T = X_test V sqrt(L).

Eigendecompositions are in float64 whatever the input: small eigenvalues decide what small penalties do. They are
NumPy's and not SciPy's: each brings a BLAS of its own, whose threads spin on after a product and would fight the
other's (seen: .15 s instead of .05 s for 800 stimuli on 2 cores).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from numpy.typing import DTypeLike, NDArray

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

    eigenvalues: Float[ndarray, " components"]
    train_basis: Float[ndarray, "train components"]
    test_basis: Float[ndarray, "test components"]
    complete: bool
    trace: float

    def in_precision(self, dtype: DTypeLike) -> "Spectrum":
        """With bases of this type."""
        train_basis, test_basis = (each.astype(dtype, copy=False) for each in (self.train_basis, self.test_basis))
        return replace(self, train_basis=train_basis, test_basis=test_basis)

    def unseen(self, penalties: Float[ndarray, " penalties"]) -> Float[ndarray, "train penalties"]:
        """1 - h_ii of every training stimulus i, with h the hat matrix of each penalty a, the mean included.

        Where U spans all but the mean it is a sum of what is not negative, U^2 a / (L + a): no digit is lost.
        """
        weights = penalties / (self.eigenvalues[:, None] + penalties) - (0 if self.complete else 1)
        n_train = len(self.train_basis)
        found = np.full((n_train, len(penalties)), 0.0 if self.complete else 1 - 1 / n_train)
        for start in range(0, n_train, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            found[rows] += self.train_basis[rows].astype(np.float64) ** 2 @ weights
        return found


def outside_of(
    spectrum: Spectrum, projections: Float[ndarray, "components targets"], targets: Float[ndarray, "train targets"]
) -> Float[ndarray, "train targets"] | None:
    """The part of centred training targets outside the span of U, Y - U U'Y; None where U spans all of Y."""
    return None if spectrum.complete else targets - spectrum.train_basis @ projections


def gram_matrix(
    features: Float[ndarray, "stimuli features"], *, features_per_block: int = 16384
) -> Float[ndarray, "stimuli stimuli"]:
    """Inner products XX' of the features centred over all stimuli, block by block of features.

    Centring first costs nothing (any later centring on training rows is unchanged by it) and keeps digits: products
    are taken in the features' own precision and summed in float64.
    """
    return centred_gram_of_features(features, width=features_per_block).gram


def about_mean(features: Float[ndarray, "stimuli features"]) -> Float[ndarray, "stimuli features"]:
    """The features less their means over stimuli, in their own precision.

    The first stimulus is taken away before, which loses nothing where a feature has a large mean and varies little.
    """
    apart = features - features[:1]
    return np.asarray(apart - apart.mean(axis=0))


def gram_spectrum(
    gram: Float[ndarray, "stimuli stimuli"], *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]
) -> Spectrum:
    """Spectrum of the training rows of a Gram matrix, centred on them; all train - 1 components, some perhaps zero."""
    kernel = gram[np.ix_(train, train)].astype(np.float64, copy=False)
    held_out = gram[np.ix_(test, train)].astype(np.float64, copy=False)
    means = kernel.mean(axis=0)
    held_out -= held_out.mean(axis=1, keepdims=True)
    held_out -= means - means.mean()
    floor = len(train) * np.finfo(np.float64).eps * float(np.abs(np.diag(kernel)).max(initial=0.0))
    kernel -= means
    kernel -= means[:, None] - means.mean()
    # The constant vector is an eigenvector of the centred matrix with eigenvalue 0 and may mix with other null
    # vectors. Raised above every other eigenvalue (the Frobenius norm bounds them), it comes last, alone.
    kernel += (2 * np.linalg.norm(kernel) + floor + 1e-300) / len(train)
    eigenvalues, basis = np.linalg.eigh(kernel)
    eigenvalues, basis = eigenvalues[:-1], basis[:, :-1]
    eigenvalues = np.where(eigenvalues > floor, eigenvalues, 0.0)
    test_basis = np.where(eigenvalues > 0, held_out @ basis, 0.0)
    return Spectrum(eigenvalues, basis, test_basis, True, trace_of(gram))


def trace_of(gram: Float[ndarray, "stimuli stimuli"]) -> float:
    """The trace of a Gram matrix, centred on all stimuli."""
    return float(np.trace(gram) - gram.sum() / len(gram))


class GramSpace:
    """The Gram matrix XX', centred or not."""

    def __init__(self, gram: Float[ndarray, "stimuli stimuli"]) -> None:
        self._gram, self.n_stimuli = gram, len(gram)

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """As `gram_spectrum`."""
        return gram_spectrum(self._gram, train=train, test=test)


class FeatureSpace:
    """Features and their X'X, from which that of each training set follows, less the held-out block.

    Where features are fewer than stimuli, it is the smaller one to decompose.
    """

    def __init__(self, features: Float[ndarray, "stimuli features"]) -> None:
        self._features = about_mean(features.astype(np.float64))
        self._whole, self._total = self._features.T @ self._features, self._features.sum(axis=0)
        self.n_stimuli, self._trace = len(features), float(np.trace(self._whole))
        eps, scale = np.finfo(np.float64).eps, float(np.abs(self._features).max(initial=0.0))
        self._rounding = self._features.size * (4 * eps * scale) ** 2

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """Spectrum of the training rows, found in the features' space; U = X V / sqrt(L) does not span all of Y."""
        left_out = np.delete(self._features, train, axis=0)
        mean = (self._total - left_out.sum(axis=0)) / len(train)
        scatter = self._whole - left_out.T @ left_out - len(train) * np.outer(mean, mean)
        eigenvalues, vectors = np.linalg.eigh(scatter)
        # Below this an eigenvalue is rounding error of the sums above; its direction says nothing.
        relative = 10 * max(self._features.shape) * np.finfo(np.float64).eps * eigenvalues[-1]
        remaining = eigenvalues > max(relative, self._rounding)
        eigenvalues, vectors = eigenvalues[remaining], vectors[:, remaining]
        scale = np.sqrt(eigenvalues)
        test_basis = (self._features[test] - mean) @ vectors * scale
        train_basis = about_mean(self._features[train]) @ vectors / scale
        return Spectrum(eigenvalues, train_basis, test_basis, False, self._trace)


class LayerSpace:
    """The smaller space of a layer: of its features where they are fewer than training stimuli.

    Neither Gram matrix nor X'X is made before something is to be decomposed. What takes long to decompose is stored
    beside the layer, and found there: its bases are float32, stored or not.
    """

    def __init__(self, layer: LayerGram) -> None:
        self._layer, self.n_stimuli, self._lock = layer, len(layer.row_lengths), Lock()
        self._of_features: FeatureSpace | None = None

    def spectrum(self, *, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> Spectrum:
        """The spectrum of the training rows."""
        features = self._layer.features
        narrow = features is not None and features.shape[1] < len(train)
        if (self._layer.n_features if narrow else len(train)) < STORED_FROM:
            return self._decompose(train, test, narrow=narrow)

        def make() -> Mapping[str, NDArray[Any]]:
            made = self._decompose(train, test, narrow=narrow).in_precision(np.float32)
            return {name: np.asarray(value) for name, value in vars(made).items()}

        if self._layer.derived is None:
            return _from_arrays(make())
        content = np.concatenate([[SPECTRUM_VERSION, len(train)], train, test]).astype("<i8").tobytes()
        return _from_arrays(self._layer.derived.obtain(hashlib.sha256(content).hexdigest()[:32], make))

    def _decompose(self, train: Int[ndarray, " train"], test: Int[ndarray, " test"], *, narrow: bool) -> Spectrum:
        if not narrow or self._layer.features is None:
            return gram_spectrum(self._layer.gram, train=train, test=test)
        with self._lock:
            self._of_features = self._of_features or FeatureSpace(self._layer.features)
        return self._of_features.spectrum(train=train, test=test)


def _from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Spectrum:
    eigenvalues, train_basis, test_basis = (arrays[each] for each in ("eigenvalues", "train_basis", "test_basis"))
    return Spectrum(eigenvalues, train_basis, test_basis, bool(arrays["complete"]), float(arrays["trace"]))


Space = GramSpace | FeatureSpace | LayerSpace
"""What the spectrum of any training set follows from."""


def space_of_features(features: Float[ndarray, "stimuli features"]) -> Space:
    """The smaller of the two."""
    wide = features.shape[1] >= len(features)
    return GramSpace(gram_matrix(features)) if wide else FeatureSpace(features)
