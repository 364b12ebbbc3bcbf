"""Centred kernel alignment (CKA) of two representations, from their Gram matrices (docs/conventions.md#cka).

Those of a LayerGram are of features centred before they were multiplied. Others will do; but where features have means
much larger than their spread, a matrix of uncentred products has lost the digits that centring it now would need.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.unbiased_hsic import unbiased_hsic
from brainrank.benchmark.types.errors import InvalidDataError


class Alignment(NamedTuple):
    """A similarity of two representations; `reason` says why when it is NaN."""

    value: float
    reason: str = ""


def linear_cka(first: Float[ndarray, "stimuli stimuli"], second: Float[ndarray, "stimuli stimuli"]) -> Alignment:
    """Return biased linear CKA: <H K H, H L H> / (|H K H| |H L H|), H the centring, K = X X' and L = Y Y'.

    NaN with a reason when either representation is the same for all stimuli. Raises InvalidDataError for Gram matrices
    of fewer than two stimuli or not finite. Reference: Kornblith, Norouzi, Lee & Hinton (2019).
    """
    k, l_ = _check_gram(first, least=2), _check_gram(second, least=2)
    centred_k, centred_l = centred_gram(k), centred_gram(l_)
    for name, gram, centred in (("first", k, centred_k), ("second", l_, centred_l)):
        if not varies(gram, centred):
            return Alignment(float("nan"), f"the {name} representation is the same for all stimuli")
    norms = np.linalg.norm(centred_k) * np.linalg.norm(centred_l)
    return Alignment(float((centred_k * centred_l).sum() / norms))


def debiased_cka(first: Float[ndarray, "stimuli stimuli"], second: Float[ndarray, "stimuli stimuli"]) -> Alignment:
    """Return CKA with the unbiased HSIC: h(K, L) / sqrt(h(K, K) h(L, L)); see `unbiased_hsic`.

    Independent representations have 0 on average, and a value may be negative. NaN with a reason when an h of a
    representation with itself is not positive. Raises InvalidDataError for fewer than four stimuli. Reference: Nguyen,
    Raghu & Kornblith (2021).
    """
    # HSIC does not depend on the origin; centring first leaves less to cancel.
    raw_k, raw_l = _check_gram(first, least=4), _check_gram(second, least=4)
    k, l_ = centred_gram(raw_k), centred_gram(raw_l)
    units = np.arange(len(k))
    own_k, own_l = unbiased_hsic(k, k, units).value, unbiased_hsic(l_, l_, units).value
    for name, own, raw, centred in (("first", own_k, raw_k, k), ("second", own_l, raw_l, l_)):
        if own <= 0 or not varies(raw, centred):
            return Alignment(float("nan"), f"the {name} representation varies too little for an unbiased HSIC")
    return Alignment(float(unbiased_hsic(k, l_, units).value / np.sqrt(own_k * own_l)))


def centred_gram(gram: Float[ndarray, "stimuli stimuli"]) -> Float[ndarray, "stimuli stimuli"]:
    """Return H K H in float64, the Gram matrix of features less their mean over stimuli."""
    gram = gram.astype(np.float64)
    rows = gram.mean(axis=1, keepdims=True)
    return np.asarray(gram - rows - rows.T + rows.mean())


def varies(gram: Float[ndarray, "stimuli stimuli"], centred: Float[ndarray, "stimuli stimuli"]) -> bool:
    """Return whether the centred lengths are more than what float64 products and sums leave of the original ones."""
    rounding = 8 * len(gram) * np.finfo(np.float64).eps
    return bool(np.trace(centred) > rounding * np.trace(gram))


def _check_gram(gram: Float[ndarray, "stimuli stimuli"], *, least: int) -> Float[ndarray, "stimuli stimuli"]:
    if len(gram) < least:
        raise InvalidDataError(f"A Gram matrix of {len(gram)} stimuli; this needs at least {least}")
    if not np.isfinite(gram).all():
        raise InvalidDataError("The Gram matrix holds NaN or infinite values; leave those stimuli or features out")
    return gram
