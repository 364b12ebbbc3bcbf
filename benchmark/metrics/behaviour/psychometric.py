"""Psychometric functions: accuracy against the level of a condition, fitted by maximum likelihood.

Defined in docs/conventions.md#psychometric-functions.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.psychometric_likelihood import (
    REACH,
    SLOPE,
    THRESHOLD,
    Curve,
    Design,
    Maximum,
    loss_of,
    maximum,
    profile_end,
    rise,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval

UNDEFINED = Interval(np.nan, np.nan)
PARAMETERS = {"threshold": THRESHOLD, "slope": SLOPE}


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
    centre, width = float(abscissa.max() + abscissa.min()) / 2, float(np.ptp(abscissa))
    design = Design((abscissa - centre) / width, k, n, curve, guess, lapse_bounds)
    best = maximum(design)
    reasons = _reasons(design, best, level=level)
    threshold, slope = (_estimate(design, best, axis, reasons=reasons, level=level) for axis in PARAMETERS)
    at_levels = centre + width * threshold
    if curve is Curve.WEIBULL:
        at_levels = np.exp(at_levels)
    low, value, high = at_levels.tolist()
    flat, steepness, steep = (slope / width).tolist()
    perfect = float(loss_of(k / n, k, n))
    return PsychometricFit(
        curve,
        value,
        steepness,
        float(best.at[2]),
        guess,
        Interval(low, high, level),
        Interval(flat, steep, level),
        max(2 * (best.loss - perfect), 0.0),
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
    return fit.guess + (1 - fit.guess - fit.lapse) * rise(z, fit.curve)


def _estimate(
    design: Design, best: Maximum, axis: str, *, reasons: dict[str, str], level: float
) -> Float[ndarray, " low_value_high"]:
    # Low end, value and high end of one parameter, in scaled units; adds to `reasons` what has no value.
    if axis in reasons:
        return np.full(3, np.nan)

    place, excess = PARAMETERS[axis], float(scipy.stats.chi2.ppf(level, 1)) / 2
    low, high = (profile_end(design, best, place, side=side, excess=excess) for side in (0, 1))
    value = float(best.at[place])
    if axis == "slope" and np.isnan(high if value > 0 else low):
        reasons["slope"] = "accuracy changes in one step between two levels, which sets no upper limit to the slope"
        value = np.nan
    elif np.isnan(low) or np.isnan(high):
        reasons[f"{axis}_interval"] = "the likelihood stays high up to the bound of the search: that end is open"
    return np.array([low, value, high])


def _reasons(design: Design, best: Maximum, *, level: float) -> dict[str, str]:

    share = np.clip(design.right.sum() / design.trials.sum(), design.guess, 1 - design.lapse_bounds[0])
    constant = float(loss_of(np.full(len(design.right), share), design.right, design.trials))
    ratio, needed = 2 * (constant - best.loss), float(scipy.stats.chi2.ppf(level, 2))
    if ratio < needed:
        flat = f"accuracy does not change with the level (likelihood ratio {max(ratio, 0.0):.2f}, {needed:.2f} needed)"
        return {"threshold": flat, "slope": flat}
    if abs(best.at[THRESHOLD]) >= 0.5 + REACH - 1e-6:
        return {"threshold": "the threshold lies beyond the levels by more than their range"}
    return {}


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
