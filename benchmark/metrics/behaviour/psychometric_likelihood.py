"""The likelihood of a psychometric function: its maximum, and how far each parameter may move before it falls.

Positions are scaled: the middle of the measured levels is 0, their range 1. Parameters are threshold, slope and lapse
rate, in this order. The functions of the search are called thousands of times for one fit, so they carry plain array
annotations: checking shapes at each step takes a hundred times as long as the step.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

STEEPEST = 1000.0  # a rise within a thousandth of the measured range, which no design resolves
REACH = 1.0  # a threshold is looked for as far beyond the measured levels as these are apart
SURELY = 1e-9  # how near 0 and 1 the probability of a right answer may come: keeps the likelihood finite
THRESHOLD, SLOPE, LAPSE = range(3)


class Curve(StrEnum):
    """The curve F that rises from 0 to 1; F(threshold) = 1/2 for both.

    `logistic`: F = 1 / (1 + exp(-slope (x - threshold))), so dF/dx = slope / 4 at the threshold.
    `weibull`: F = 1 - 2^(-(x / threshold)^slope), for levels above zero.
    """

    LOGISTIC = "logistic"
    WEIBULL = "weibull"


class Design(NamedTuple):
    """Scaled positions, right answers and trials at each level, and what is held fixed."""

    position: NDArray[np.float64]
    right: NDArray[np.float64]
    trials: NDArray[np.float64]
    curve: Curve
    guess: float
    lapse_bounds: tuple[float, float]


class Maximum(NamedTuple):
    """Where the likelihood is greatest; `loss` is minus its logarithm, without the binomial coefficients."""

    loss: float
    at: NDArray[np.float64]


def rise(z: NDArray[np.float64], curve: Curve) -> NDArray[np.float64]:
    """F as a function of z = slope (x - threshold), x being the level, or its logarithm for the Weibull curve."""
    if curve is Curve.LOGISTIC:
        return np.asarray(scipy.special.expit(z))
    return np.asarray(-np.expm1(-np.log(2) * np.exp(np.minimum(z, 50.0))))  # beyond 50 F is 1 in double precision


def loss_of(p: NDArray[np.float64], right: NDArray[np.float64], trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the log likelihood of `right` of `trials` at probabilities `p`, summed over the last axis (levels)."""
    kept = np.clip(p, SURELY, 1 - SURELY)
    return np.asarray(-(scipy.special.xlogy(right, kept) + scipy.special.xlog1py(trials - right, -kept)).sum(axis=-1))


def bounds_of(design: Design) -> list[tuple[float, float]]:
    """Where threshold, slope and lapse rate are looked for."""
    return [(-0.5 - REACH, 0.5 + REACH), (-STEEPEST, STEEPEST), design.lapse_bounds]


def maximum(design: Design) -> Maximum:
    """The greatest likelihood, from the best points of a grid: rising and falling curves have a maximum each."""
    threshold = np.linspace(-0.6, 0.6, 25)[:, None, None]
    lapse = float(np.mean(design.lapse_bounds))
    found = []
    for slope in (np.geomspace(1, 100, 12), -np.geomspace(1, 100, 12)):
        z = slope[None, :, None] * (design.position - threshold)
        losses = loss_of(design.guess + (1 - design.guess - lapse) * rise(z, design.curve), design.right, design.trials)
        for point in np.argsort(losses, axis=None)[[0, 10]]:
            t, s = np.unravel_index(point, losses.shape)
            start = np.array([threshold[t, 0, 0], slope[s], lapse])
            found.append(_descend(start, design, bounds_of(design)))
    return min(found, key=lambda one: one.loss)


def profile_end(design: Design, best: Maximum, place: int, *, side: int, excess: float) -> float:
    """The value of one parameter at which the loss, least over the other two, is `excess` above the best.

    `side` 0 goes down from the best value, 1 up. NaN when the loss stays lower up to the bound.
    """
    bounds = bounds_of(design)
    bound = bounds[place][side]
    last = best.at

    def above(value: float) -> float:
        nonlocal last
        held = [(value, value) if here == place else limits for here, limits in enumerate(bounds)]
        starts = np.array([last, best.at])
        starts[:, place] = value
        found = min((_descend(start, design, held) for start in starts), key=lambda one: one.loss)
        last = found.at
        return found.loss - best.loss - excess

    near = float(best.at[place])
    step = (0.05, 0.1 * abs(near) + 0.1)[place] * (-1, 1)[side]
    while near != bound:
        far = max(near + step, bound) if side == 0 else min(near + step, bound)
        if above(far) > 0:
            return float(scipy.optimize.brentq(above, near, far, xtol=1e-5, rtol=1e-6))
        near, step = far, step * 1.6
    return float("nan")


# SLSQP rather than L-BFGS-B: with three parameters the latter spends its time waking the threads of the BLAS.
def _descend(start: NDArray[np.float64], design: Design, bounds: Sequence[tuple[float, float]]) -> Maximum:
    position, right, trials, curve, guess, _ = design
    total = float(trials.sum())  # the loss per trial is of order 1, as the optimiser's tolerance supposes
    right, wrong = right / total, (trials - right) / total

    def objective(at: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, list[float]]:
        threshold, slope, lapse = at.tolist()
        offset = position - threshold
        if curve is Curve.LOGISTIC:
            f = scipy.special.expit(slope * offset)
            steepness = f * (1 - f)
        else:
            power = np.log(2) * np.exp(np.minimum(slope * offset, 50.0))
            f, steepness = -np.expm1(-power), power * np.exp(-power)
        span = 1 - guess - lapse
        raw = guess + span * f
        p = np.minimum(np.maximum(raw, SURELY), 1 - SURELY)
        pull = (wrong / (1 - p) - right / p) * (raw == p)  # where p is cut off it no longer moves
        along = pull * span * steepness
        loss = -(right * np.log(p) + wrong * np.log1p(-p)).sum()
        return float(loss), [-float(along.sum()) * slope, float((along * offset).sum()), -float((pull * f).sum())]

    found = scipy.optimize.minimize(
        objective,
        start,
        jac=True,
        method="SLSQP",
        bounds=list(bounds),
        options={"ftol": 1e-16, "maxiter": 500},
    )
    return Maximum(float(found.fun) * total, found.x)
