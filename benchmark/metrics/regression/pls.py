"""Partial least squares in kernel form: Brain-Score's regression from a stimuli x stimuli Gram matrix."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

# scikit-learn's PLSRegression stops its power iteration here; another tolerance gives other predictions.
TOLERANCE = 1e-6
MOST_ITERATIONS = 500


class PLSPrediction(NamedTuple):
    """Held-out predictions and the power iterations each component took; fewer components when nothing was left.

    With these components, predictions are their training mean plus `hat` times the training responses about it, of
    which `residuals` are left.
    """

    predictions: Float[ndarray, "test targets"]
    iterations: tuple[int, ...]
    hat: Float[ndarray, "test train"]
    residuals: Float[ndarray, "train targets"]


class _Component(NamedTuple):
    dual_weights: Float[ndarray, " train"]
    scores: Float[ndarray, " train"]
    iterations: int


def pls(
    gram: Float[ndarray, "stimuli stimuli"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    train: Int[ndarray, " train"],
    test: Int[ndarray, " test"],
    components: int = 25,
) -> PLSPrediction:
    """Predict as scikit-learn's PLSRegression(components, scale=False) fitted on the training stimuli, from XX' alone.

    Its NIPALS iteration is followed step by step, with feature weights w = X'a kept as a: w ~ X'u, scores t = Xw = Ka,
    |w - w_old|^2 = (a - a_old)'K(a - a_old), deflation X - tt'X/t't as K - tl' - lt' + ctt'. So an iteration costs
    n x n instead of n x features, and the stop falls on the same iteration. With more targets than training stimuli YY'
    stands in for Y. Components stop early where the responses or the features are used up.

    Raises InvalidDataError for more components than training stimuli. Reference: Wegelin 2000; Lindgren et al. 1993.
    """
    if not 1 <= components <= len(train):
        raise InvalidDataError(f"{components} components; with {len(train)} training stimuli choose 1 to {len(train)}")
    kernel = gram[np.ix_(train, train)].astype(np.float64)
    held_out = gram[np.ix_(test, train)].astype(np.float64)
    means = kernel.mean(axis=0)
    held_out = held_out - held_out.mean(axis=1, keepdims=True) - means + means.mean()
    kernel = kernel - means - means[:, None] + means.mean()
    mean = responses[train].mean(axis=0, dtype=np.float64)
    targets = responses[train].astype(np.float64) - mean
    trains, tests, iterations = [], [], []
    residual, wide = targets.copy(), targets.shape[1] > len(train)
    smallest = len(train) * np.finfo(np.float64).eps * float(np.trace(kernel))
    for _ in range(components):
        start = _first_varying(residual)
        if start is None:
            break
        component = _component(kernel, start, residual @ residual.T if wide else residual, wide=wide, smallest=smallest)
        if component is None:
            break
        t, power = component.scores, component.scores @ component.scores
        s = held_out @ component.dual_weights
        loading = kernel @ t / power
        kernel += (loading @ t / power) * np.outer(t, t) - np.outer(t, loading) - np.outer(loading, t)
        held_out = held_out - np.outer(s, loading) - np.outer((held_out @ t - s * (loading @ t)) / power, t)
        residual -= np.outer(t, t @ residual / power)
        trains.append(t / power)
        tests.append(s)
        iterations.append(component.iterations)
    # Scores of different components are orthogonal, so every response loading comes from the undeflated responses.
    shape = (0, len(train)), (0, len(test))
    t, s = np.array(trains).reshape(-1, shape[0][1]), np.array(tests).reshape(-1, shape[1][1])
    predictions = (s.T @ (t @ targets) + mean).astype(responses.dtype)
    return PLSPrediction(predictions, tuple(iterations), s.T @ t, residual)


def _component(
    kernel: Float[ndarray, "train train"],
    start: Float[ndarray, " train"],
    residual: Float[ndarray, "train columns"],
    *,
    wide: bool,
    smallest: float,
) -> _Component | None:
    """Power iteration for the dominant pair of weights; `residual` is Y, or YY' where that is `wide`."""
    eps, u = np.finfo(np.float64).eps, start
    old: _Component | None = None
    for iteration in range(1, MOST_ITERATIONS + 1):
        image = kernel @ u
        norm = np.sqrt(max(float(u @ image), 0.0))
        if norm**2 <= smallest * float(u @ u):
            return old
        a, t = u / norm, image / norm
        power = t @ t
        if wide:
            image = residual @ t
            u = image / power / (t @ image / power**2 + eps)
        else:
            weights = t @ residual / power
            u = residual @ weights / (weights @ weights + eps)
        done = old is not None and (a - old.dual_weights) @ (t - old.scores) < TOLERANCE
        old = _Component(a, t, iteration)
        if done or (not wide and residual.shape[1] == 1):
            break
    return old


def _first_varying(residual: Float[ndarray, "train targets"]) -> Float[ndarray, " train"] | None:
    """Set columns used up to zero, as scikit-learn does, and give the first of the others: its starting point."""
    largest = np.abs(residual).max(axis=0)
    residual[:, largest < 10 * np.finfo(np.float64).eps] = 0.0
    varying = np.flatnonzero(np.abs(residual).max(axis=0) > np.finfo(np.float64).eps)
    return residual[:, varying[0]].copy() if varying.size else None
