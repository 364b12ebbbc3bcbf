"""Intervals from bootstrap resamples (docs/decisions/bootstrap-intervals.md)."""

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval, Resamples

# A 2.5 % quantile of fewer resamples than this is the smallest of them: no interval.
MINIMUM_RESAMPLES = 40


def dual_variance(v_stimuli: float, v_subjects: float, v_both: float, *, n_stimuli: int, n_subjects: int) -> float:
    """Return the variance over new stimuli and new subjects from the three bootstrap variances.

    (n_r/(n_r-1)) v_r + (n_p/(n_p-1)) v_p - (n_p n_r / ((n_p-1)(n_r-1))) (v_rp - v_r - v_p), with r subjects and p
    stimuli, then at least max(v_r, v_p) and at most v_rp. NaN variances give NaN. Raises InvalidDataError for fewer
    than two stimuli or subjects. rsatoolbox 0.3.2 differs in the lower bound only, max(r v_r, p v_p) with the factors.
    Reference: Schütt, Kipnis, Diedrichsen & Kriegeskorte (2023), eLife 12:e82566.
    """
    if n_stimuli < 2 or n_subjects < 2:
        raise InvalidDataError(
            f"The dual variance of {n_stimuli} stimuli and {n_subjects} subjects: it needs at least 2 of each"
        )
    r, p = n_subjects / (n_subjects - 1), n_stimuli / (n_stimuli - 1)
    variance = r * v_subjects + p * v_stimuli - r * p * (v_both - v_subjects - v_stimuli)
    return float(np.minimum(np.maximum(variance, np.maximum(v_subjects, v_stimuli)), v_both))


def bias_corrected_interval(estimate: float, resamples: Float[ndarray, " draws"], *, level: float = 0.95) -> Interval:
    """Return Efron's bias-corrected percentile interval.

    With z0 = Phi^-1(share of resamples below the estimate, ties half), the bounds are the resamples' quantiles at
    Phi(2 z0 +- z), z the normal quantile of the level. NaN resamples are left out; with fewer than 40 others, or a NaN
    estimate, both bounds are NaN. Resamples that all equal the estimate give an interval of no width.
    Raises InvalidDataError for a level outside (0, 1). Reference: Efron & Tibshirani (1993), chapter 14.
    """
    if not 0 < level < 1:
        raise InvalidDataError(f"Interval level {level}; it must lie between 0 and 1, for example 0.95")
    values = resamples[np.isfinite(resamples)]
    if values.size < MINIMUM_RESAMPLES or not np.isfinite(estimate):
        return Interval(float("nan"), float("nan"), level)
    below = ((values < estimate).sum() + (values == estimate).sum() / 2) / values.size
    # An estimate outside all resamples would put z0 at infinity; half a resample is as far as they can tell.
    z0 = scipy.special.ndtri(np.clip(below, 0.5 / values.size, 1 - 0.5 / values.size))
    z = scipy.special.ndtri((1 + level) / 2)
    low, high = np.quantile(values, scipy.special.ndtr([2 * z0 - z, 2 * z0 + z]))
    return Interval(float(low), float(high), level)


def calibrated_resamples(
    resamples: Resamples, estimate: float, n_stimuli: int, n_subjects: int
) -> Float[ndarray, " draws"]:
    """Return the resamples from which a 95 % interval over new stimuli and new subjects is taken.

    With at least 3 subjects these are the two-factor resamples, their deviations from their mean scaled to the dual
    variance; otherwise the resamples of stimuli, scaled by sqrt(n / (n - 1)). Either way the deviations are then
    scaled by t / z, the 97.5 % quantiles of Student's and the normal distribution, because the variance itself is
    estimated from few subjects and stimuli. The degrees of freedom are n - 1, and for two factors
    (a + b)^2 / (a^2 / (n_r - 1) + b^2 / (n_p - 1)) with a = v_r n_r/(n_r-1) and b = v_p n_p/(n_p-1). An estimate that
    is NaN has NaN resamples; so has a single stimulus. Reference: Satterthwaite (1946); coverage was simulated,
    docs/decisions/bootstrap-intervals.md.
    """
    if n_stimuli < 2 or not np.isfinite(estimate):
        return np.full(resamples.stimuli.shape, np.nan)
    p = n_stimuli / (n_stimuli - 1)
    if resamples.subjects is None or resamples.both is None or n_subjects < 3:
        return _scaled(resamples.stimuli, float(np.sqrt(p)) * _student_factor(float(n_stimuli - 1)))
    v_stimuli, v_subjects, v_both = (_variance(r) for r in (resamples.stimuli, resamples.subjects, resamples.both))
    if not v_both > 0:
        return resamples.both
    variance = dual_variance(v_stimuli, v_subjects, v_both, n_stimuli=n_stimuli, n_subjects=n_subjects)
    a, b = v_subjects * n_subjects / (n_subjects - 1), v_stimuli * p
    doubt = a**2 / (n_subjects - 1) + b**2 / (n_stimuli - 1)
    freedom = (a + b) ** 2 / doubt if doubt > 0 else np.inf
    return _scaled(resamples.both, float(np.sqrt(variance / v_both)) * _student_factor(freedom))


def _student_factor(freedom: float) -> float:
    return float(scipy.special.stdtrit(freedom, 0.975) / scipy.special.ndtri(0.975))


def _variance(resamples: Float[ndarray, " draws"]) -> float:
    values = resamples[np.isfinite(resamples)]
    return float(values.var(ddof=1)) if values.size > 1 else float("nan")


def _scaled(resamples: Float[ndarray, " draws"], factor: float) -> Float[ndarray, " draws"]:
    values = resamples[np.isfinite(resamples)]
    centre = values.mean() if values.size else np.nan
    return np.asarray(centre + factor * (resamples - centre))
