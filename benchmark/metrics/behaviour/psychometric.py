"""Psychometric functions: accuracy against the level of a condition, fitted by maximum likelihood."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import brentq, minimize
from scipy.special import expit, xlog1py, xlogy
from scipy.stats import chi2

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval

STEEPEST = 200.0  # in units of the measured range: a rise within half a percent of it, which no design resolves
REACH = 1.0  # a threshold is looked for as far beyond the measured levels as these are apart
SURELY = 1e-9  # how near 0 and 1 the probability of a right answer may come: keeps the likelihood finite
UNDEFINED = Interval(np.nan, np.nan)


class Curve(StrEnum):
    """The curve F that rises from 0 to 1; F(threshold) = 1/2 for both.

    `logistic`: F = 1 / (1 + exp(-slope (x - threshold))), so dF/dx = slope / 4 at the threshold.
    `weibull`: F = 1 - 2^(-(x / threshold)^slope), for levels above zero.
    """

    LOGISTIC = "logistic"
    WEIBULL = "weibull"


class PsychometricFit(NamedTuple):
    """A fitted function. `reasons` says for each name of a NaN number, or of an interval's open end, why.

    A negative slope means that accuracy falls with the level. `deviance` compares with the accuracy at each level
    itself and has `degrees_of_freedom`.
    """

    curve: Curve
    threshold: float
    slope: float
    lapse: float
    guess: float
    threshold_interval: Interval
    slope_interval: Interval
    deviance: float
    degrees_of_freedom: int
    reasons: dict[str, str]


class _Counts(NamedTuple):
    position: Float[ndarray, " levels"]
    right: Float[ndarray, " levels"]
    trials: Float[ndarray, " levels"]
    curve: Curve
    guess: float
    lapse_bounds: tuple[float, float]


class _Maximum(NamedTuple):
    loss: float
    at: Float[ndarray, " parameters"]


def fit_psychometric(
    levels: Float[ndarray, " levels"],
    right: Float[ndarray, " levels"],
    *,
    trials: Float[ndarray, " levels"],
    curve: Curve = Curve.LOGISTIC,
    guess: float = 1 / 16,
    lapse_bounds: tuple[float, float] = (0.0, 0.2),
    level: float = 0.95,
) -> PsychometricFit:
    """Fit P(right | x) = guess + (1 - guess - lapse) F(x) to `right` of `trials` answers at each level.

    Threshold, slope and lapse are free, the lapse within its bounds; intervals hold the values whose profile likelihood
    ratio stays below the chi-squared quantile with one degree of freedom (Wichmann and Hill 2001 discuss the model).
    Undefined (NaN with the reason): all with fewer than three levels; threshold and slope when accuracy does not change
    with the level (likelihood ratio below the quantile with two degrees of freedom), the threshold beyond the levels by
    more than their range, the slope of a step. Raises InvalidDataError for counts or rates that cannot be.
    """
    _check(levels, right, trials, curve=curve, guess=guess, lapse_bounds=lapse_bounds)
    used = trials > 0
    x, k, n = levels[used], right[used], trials[used]
    if len(np.unique(x)) < 3:
        few = f"{len(np.unique(x))} levels with trials; three are needed for threshold, slope and lapse"
        names = ("threshold", "slope", "lapse", "deviance")
        return PsychometricFit(
            curve, np.nan, np.nan, np.nan, guess, UNDEFINED, UNDEFINED, np.nan, 0, dict.fromkeys(names, few)
        )
    abscissa = np.log(x) if curve is Curve.WEIBULL else x
    centre, width = (abscissa.max() + abscissa.min()) / 2, float(np.ptp(abscissa))
    counts = _Counts((abscissa - centre) / width, k, n, curve, guess, lapse_bounds)
    best = _maximum(counts)
    deviance = 2 * (best.loss - _loss_of(np.clip(k / n, SURELY, 1 - SURELY), k, n))
    reasons = _reasons(best, _constant_loss(counts), level=level)
    ends = {name: _profile(counts, best, axis, level=level) for axis, name in enumerate(("threshold", "slope"))}
    threshold_ends, slope_ends = centre + width * ends["threshold"], ends["slope"] / width
    value = centre + width * best.at[0]
    if curve is Curve.WEIBULL:
        threshold_ends, value = np.exp(threshold_ends), np.exp(value)
    for name in ends:
        if name not in reasons and np.isnan(ends[name]).any():
            reasons[f"{name}_interval"] = "the likelihood stays high up to the bound of the search: that end is open"
    undefined = "threshold" in reasons
    return PsychometricFit(
        curve,
        np.nan if undefined else float(value),
        np.nan if "slope" in reasons else float(best.at[1] / width),
        float(best.at[2]),
        guess,
        UNDEFINED if undefined else Interval(float(threshold_ends[0]), float(threshold_ends[1]), level),
        UNDEFINED if "slope" in reasons else Interval(float(slope_ends[0]), float(slope_ends[1]), level),
        float(max(deviance, 0.0)),
        max(len(np.unique(x)) - 3, 0),
        reasons,
    )


def psychometric_function(levels: Float[ndarray, " levels"], fit: PsychometricFit) -> Float[ndarray, " levels"]:
    """P(right | x) of a fit at `levels`; NaN where the fit has no threshold or slope."""
    if fit.curve is Curve.WEIBULL:
        with np.errstate(divide="ignore"):  # level 0 is minus infinity on the logarithmic axis, where F is 0 or 1
            z = fit.slope * (np.log(levels) - np.log(fit.threshold))
    else:
        z = fit.slope * (levels - fit.threshold)
    return fit.guess + (1 - fit.guess - fit.lapse) * _curve(z, fit.curve)[0]


def _curve(z: Float[ndarray, " levels"], curve: Curve) -> tuple[Float[ndarray, " levels"], Float[ndarray, " levels"]]:
    if curve is Curve.LOGISTIC:
        rise = expit(z)
        return rise, rise * (1 - rise)
    power = np.log(2) * np.exp(np.minimum(z, 50.0))  # beyond 50 F is 1 in double precision
    return -np.expm1(-power), power * np.exp(-power)


def _loss(at: Float[ndarray, " parameters"], counts: _Counts) -> tuple[float, Float[ndarray, " parameters"]]:
    threshold, slope, lapse = at
    rise, steepness = _curve(slope * (counts.position - threshold), counts.curve)
    span = 1 - counts.guess - lapse
    raw = counts.guess + span * rise
    p = np.clip(raw, SURELY, 1 - SURELY)
    # the clip's own derivative is 0 where it holds
    pull = np.where(raw == p, (counts.trials - counts.right) / (1 - p) - counts.right / p, 0.0)
    gradient = np.array(
        [
            -(pull * span * steepness).sum() * slope,
            (pull * span * steepness * (counts.position - threshold)).sum(),
            -(pull * rise).sum(),
        ]
    )
    return _loss_of(p, counts.right, counts.trials), gradient


def _loss_of(
    p: Float[ndarray, " levels"], right: Float[ndarray, " levels"], trials: Float[ndarray, " levels"]
) -> float:
    return float(-(xlogy(right, p) + xlog1py(trials - right, -p)).sum())


def _constant_loss(counts: _Counts) -> float:
    lowest, highest = counts.guess, 1 - counts.lapse_bounds[0]
    share = np.clip(counts.right.sum() / counts.trials.sum(), max(lowest, SURELY), min(highest, 1 - SURELY))
    return _loss_of(np.full(len(counts.right), share), counts.right, counts.trials)


def _bounds(counts: _Counts) -> list[tuple[float, float]]:
    return [(-0.5 - REACH, 0.5 + REACH), (-STEEPEST, STEEPEST), counts.lapse_bounds]


def _maximum(counts: _Counts) -> _Maximum:
    # Several maxima are possible (rising and falling, near a step): start from a grid and keep the best.
    lapse = float(np.mean(counts.lapse_bounds))
    starts = [(t, s, lapse) for t in (-0.4, -0.15, 0.15, 0.4) for s in (-20.0, -5.0, 5.0, 20.0)]
    return min((_descend(np.array(start), counts, _bounds(counts)) for start in starts), key=lambda found: found.loss)


def _descend(start: Float[ndarray, " parameters"], counts: _Counts, bounds: Sequence[tuple[float, float]]) -> _Maximum:
    found = minimize(
        lambda at: _loss(at, counts),
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=list(bounds),
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )
    return _Maximum(float(found.fun), found.x)


def _profile(counts: _Counts, best: _Maximum, axis: int, *, level: float) -> Float[ndarray, " ends"]:
    # The two values of one parameter at which twice the loss of likelihood reaches the quantile; NaN for an open end.
    limit = float(chi2.ppf(level, 1)) / 2
    bounds = _bounds(counts)

    def excess(value: float) -> float:
        held = [(value, value) if place == axis else bound for place, bound in enumerate(bounds)]
        starts = [np.where(np.arange(3) == axis, value, best.at)]
        starts += [
            np.where(np.arange(3) == axis, value, (t, s, best.at[2]))
            for t, s in ((0.0, best.at[1]), (best.at[0], 3.0 * np.sign(best.at[1])))
        ]
        return min(_descend(start, counts, held).loss for start in starts) - best.loss - limit

    ends = np.full(2, np.nan)
    for side, bound in enumerate(bounds[axis]):
        step = (0.05, 0.1 * abs(float(best.at[1])) + 0.1)[axis] * (-1, 1)[side]
        near = float(best.at[axis])
        while near != bound and np.isnan(ends[side]):
            far = max(near + step, bound) if side == 0 else min(near + step, bound)
            if excess(far) > 0:
                ends[side] = brentq(excess, near, far, xtol=1e-5, rtol=1e-6)
            near, step = far, step * 1.6
    return ends


def _reasons(best: _Maximum, constant: float, *, level: float) -> dict[str, str]:
    ratio, needed = 2 * (constant - best.loss), float(chi2.ppf(level, 2))
    if ratio < needed:
        flat = f"accuracy does not change with the level (likelihood ratio {max(ratio, 0.0):.2f}, {needed:.2f} needed)"
        return {"threshold": flat, "slope": flat}
    reasons = {}
    if abs(best.at[0]) >= 0.5 + REACH - 1e-6:
        reasons["threshold"] = "the threshold lies beyond the levels by more than their range"
    if abs(best.at[1]) >= STEEPEST * (1 - 1e-6):
        reasons["slope"] = "accuracy changes in one step between two levels, which sets no slope"
    return reasons


def _check(
    levels: Float[ndarray, " levels"],
    right: Float[ndarray, " levels"],
    trials: Float[ndarray, " levels"],
    *,
    curve: Curve,
    guess: float,
    lapse_bounds: tuple[float, float],
) -> None:
    if not (np.isfinite(levels).all() and (right >= 0).all() and (right <= trials).all()):
        raise InvalidDataError("Right answers must lie between 0 and the number of trials, at finite levels")
    if curve is Curve.WEIBULL and (levels <= 0).any():
        raise InvalidDataError(
            f"Level {levels.min():g} is not above zero, as the Weibull function needs; use the logistic one"
        )
    low, high = lapse_bounds
    if not (0 <= guess < 1 and 0 <= low <= high and guess + high < 1):
        raise InvalidDataError(
            f"Guess rate {guess:g} and lapse bounds {low:g} to {high:g} must be shares that add up to less than 1"
        )
