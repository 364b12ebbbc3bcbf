"""How sure a course is: bands over all its times at once, p corrected for them, onset and peak with intervals.

A course deviates on each draw as a whole, so that its times vary together as they do in the data. At each time the
variance is that of `uncertainty`; what is simultaneous is had from the largest standardised deviation of each draw over
all times. Of a course in Gaussian noise z(t) with a known variance, 95 % stay within c sd(t) where c is the quantile of
max |z(t)|; the variance has few degrees of freedom where subjects are few, so the tail beyond c is taken of Student's t
instead. References: Westfall & Young 1993 for p; Montiel Olea & Plagborg-Møller 2019 for the band.
Defined in docs/conventions.md#courses.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.statistics.uncertainty import (
    BOTH,
    MINIMUM_DRAWS,
    STIMULI,
    SUBJECTS,
    Spread,
    student_interval,
)
from brainrank.benchmark.statistics.variance_parts import Spreads, VarianceParts
from brainrank.benchmark.types.course import TOLD_P, Band, Deviations, Latency
from brainrank.benchmark.types.score import Interval

LEVEL = 0.95
ONSET_LASTS_MS = 20.0
NO_ONSET = f"the course is not above chance (p < {TOLD_P}, corrected for times) for {ONSET_LASTS_MS:g} ms on end"
NOTHING_DRAWN = Interval(np.nan, np.nan)


class DrawnPeak(NamedTuple):
    """When a course is highest, and when it is on each draw; nothing drawn where the latency has no interval."""

    latency: Latency
    drawn: Float[ndarray, " draws"]


class Sureness(NamedTuple):
    """The bands of a course, and at each time the p that it is no more than chance, corrected for all times."""

    pointwise: Band
    simultaneous: Band
    above: Float[ndarray, " times"]


def course_deviations(
    stimuli: Float[ndarray, "draws times"],
    *,
    n_units: int,
    strata: int,
    stimulus_set: str,
    subjects: Float[ndarray, "draws times"] | None = None,
    both: Float[ndarray, "draws times"] | None = None,
    n_subjects: int = 1,
    subject_set: str = "",
) -> Deviations:
    """Return how a course deviates on draws of stimuli, of subjects and of both, as `uncertainty.deviations` of each
    of its times; what is linear in the draws already needs no counts."""
    freedom = n_units - strata
    parts, subject_freedom = np.zeros((3, *stimuli.shape), dtype=np.float32), 0
    p = n_units / freedom
    of_stimuli = stimuli - stimuli.mean(axis=0)
    parts[STIMULI] = np.sqrt(p) * of_stimuli
    if subjects is not None and both is not None and n_subjects > 1:
        subject_freedom = n_subjects - 1
        r = n_subjects / subject_freedom
        of_subjects = subjects - subjects.mean(axis=0)
        parts[SUBJECTS] = np.sqrt(r) * of_subjects
        parts[BOTH] = np.sqrt(r * p) * (both - both.mean(axis=0) - of_subjects - of_stimuli)
    return Deviations(parts, freedom, subject_freedom, stimulus_set, subject_set)


def difference(first: Deviations, second: Deviations) -> Deviations:
    """How the difference of two courses deviates that were had from the same stimuli and subjects, draw by draw."""
    return Deviations(
        first.parts - second.parts,
        min(first.stimulus_freedom, second.stimulus_freedom),
        min(first.subject_freedom, second.subject_freedom),
        first.stimulus_set,
        first.subject_set,
    )


def spreads(of: Deviations) -> Spreads:
    """The variance at each time with its degrees of freedom; NaN with too few draws."""
    n_draws, n_times = of.parts.shape[1:]
    if n_draws < MINIMUM_DRAWS:
        return Spreads(np.full(n_times, np.nan), np.full(n_times, np.nan))
    variances = of.parts.astype(np.float64).var(axis=1, ddof=1)
    parts = VarianceParts(n_times)
    parts.add_stimuli(variances[STIMULI], of.stimulus_freedom)
    if of.subject_freedom:
        parts.add_subjects(variances[SUBJECTS], variances[BOTH], of.subject_freedom)
    return parts.total


def sureness(values: Float[ndarray, " times"], of: Deviations, support: tuple[float, float]) -> Sureness:
    """Bands of a course, and the p of its values above 0. A time whose value is NaN has none of them."""
    found = spreads(of)
    defined = np.isfinite(values) & np.isfinite(found.variance)
    largest = _largest(of, defined)
    beyond = 2 * scipy.special.ndtr(-np.quantile(np.abs(largest[1]), LEVEL)) if defined.any() else np.nan
    return Sureness(
        _band(values, found, support, LEVEL, defined),
        _band(values, found, support, max(1 - float(beyond), LEVEL), defined),
        _corrected(values, found, largest[0], defined, two_sided=False),
    )


def corrected_p(
    values: Float[ndarray, " times"], of: Deviations, *, two_sided: bool = True
) -> Float[ndarray, " times"]:
    """The p of values other than 0, or above it, corrected for all times."""
    found = spreads(of)
    defined = np.isfinite(values) & np.isfinite(found.variance)
    return _corrected(values, found, _largest(of, defined)[int(two_sided)], defined, two_sided=two_sided)


def onset(times_ms: Float[ndarray, " times"], values: Float[ndarray, " times"], of: Deviations) -> Latency:
    """The first time from which the course stays above chance for ONSET_LASTS_MS or longer, with its interval.

    Above chance is a p below TOLD_P, corrected for times. The interval is over courses drawn about this one, each held
    against the same height; where a tenth of them or more has no onset there is none. A weaker course is seen to begin
    later: onsets of unlike heights cannot be compared.
    """
    found = spreads(of)
    defined = np.isfinite(values) & np.isfinite(found.variance)
    if not defined.any():
        return Latency(np.nan, NOTHING_DRAWN, NO_ONSET)
    height = _height_above_chance(found, _largest(of, defined)[0], defined)
    begins = _first_lasting(values[None] > height, times_ms)[0]
    if np.isnan(begins):
        return Latency(np.nan, NOTHING_DRAWN, NO_ONSET)
    drawn = _first_lasting(values + _joint(of, found) > height, times_ms)
    if np.isnan(drawn).mean() > 0.1:
        return Latency(float(begins), Interval(np.nan, np.nan), "a tenth of the drawn courses or more has no onset")
    return Latency(float(begins), interval_of(float(begins), drawn))


def peak(times_ms: Float[ndarray, " times"], values: Float[ndarray, " times"], of: Deviations) -> Latency:
    """The time of the highest value from the onset of the stimulus on, with its interval over drawn courses.

    Between times it is that of the parabola through the highest value and its neighbours.
    """
    return drawn_peak(times_ms, values, of).latency


def drawn_peak(times_ms: Float[ndarray, " times"], values: Float[ndarray, " times"], of: Deviations) -> DrawnPeak:
    """`peak`, and that of each drawn course."""
    latency = undrawn_peak(times_ms, values, "the draws are too few for an interval")
    after = (times_ms >= 0) & np.isfinite(values)
    found = spreads(of)
    if np.isnan(latency.ms) or not np.isfinite(found.variance[after]).all():
        return DrawnPeak(latency, np.empty(0))
    drawn = _highest(times_ms[after], (values + _joint(of, found))[:, after])
    return DrawnPeak(Latency(latency.ms, interval_of(latency.ms, drawn)), drawn)


def undrawn_peak(times_ms: Float[ndarray, " times"], values: Float[ndarray, " times"], reason: str) -> Latency:
    """The time of `peak` without an interval, for which there is a reason."""
    after = np.flatnonzero((times_ms >= 0) & np.isfinite(values))
    if not after.size:
        return Latency(np.nan, NOTHING_DRAWN, "no time after the onset of the stimulus has a value")
    return Latency(float(_highest(times_ms[after], values[None, after])[0]), NOTHING_DRAWN, reason)


def _band(
    values: Float[ndarray, " times"],
    found: Spreads,
    support: tuple[float, float],
    level: float,
    defined: Bool[ndarray, " times"],
) -> Band:
    low, high = np.full((2, len(values)), np.nan)
    for time in np.flatnonzero(defined):
        spread = Spread(float(found.variance[time]), float(found.freedom[time]))
        ends = student_interval(float(values[time]), spread, support=support, level=level)
        low[time], high[time] = ends.low, ends.high
    return Band(low, high)


def _joint(of: Deviations, found: Spreads) -> Float[ndarray, "draws times"]:
    """Drawn deviations that vary together over times as stimuli and subjects make them, with the variance of each."""
    both = of.parts[STIMULI].astype(np.float64) + of.parts[SUBJECTS]
    scale = both.std(axis=0, ddof=1)
    return np.asarray(both * np.sqrt(found.variance) / np.where(scale > 0, scale, 1))


def _largest(of: Deviations, defined: Bool[ndarray, " times"]) -> Float[ndarray, "2 draws"]:
    """Of each draw the largest standardised deviation over times: upwards, and either way."""
    both = of.parts[STIMULI, :, defined].astype(np.float64) + of.parts[SUBJECTS, :, defined]  # times x draws
    scale = both.std(axis=1, ddof=1, keepdims=True)
    standardised = both / np.where(scale > 0, scale, np.inf)
    if not len(standardised):
        return np.zeros((2, of.parts.shape[1]))
    return np.stack([standardised.max(axis=0), np.abs(standardised).max(axis=0)])


def _corrected(
    values: Float[ndarray, " times"],
    found: Spreads,
    largest: Float[ndarray, " draws"],
    defined: Bool[ndarray, " times"],
    *,
    two_sided: bool,
) -> Float[ndarray, " times"]:
    """How often a course without a value would reach this far at some time, its own draw among the draws."""
    p = np.full(len(values), np.nan)
    away = np.abs(values[defined]) if two_sided else values[defined]
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = away / np.sqrt(found.variance[defined])
    z = -scipy.special.ndtri(scipy.special.stdtr(found.freedom[defined], -reached))
    least = np.sort(largest)
    beyond = len(least) - np.searchsorted(least, z, side="left")
    p[defined] = np.where(np.isnan(z), 1.0, (1 + beyond) / (1 + len(least)))
    return p


def _height_above_chance(
    found: Spreads, largest: Float[ndarray, " draws"], defined: Bool[ndarray, " times"]
) -> Float[ndarray, " times"]:
    """How high a value is whose corrected p is just TOLD_P; out of reach where the course is undefined."""
    height = np.full(len(defined), np.inf)
    tail = scipy.special.ndtr(-np.quantile(largest, 1 - TOLD_P))
    height[defined] = -scipy.special.stdtrit(found.freedom[defined], tail) * np.sqrt(found.variance[defined])
    return height


def _first_lasting(above: Bool[ndarray, "courses times"], times_ms: Float[ndarray, " times"]) -> Float[ndarray, " _"]:
    """The first time of each course from which it stays above for ONSET_LASTS_MS; NaN where it never does."""
    n_times = len(times_ms)
    # The first time at or after each that is not above, where the last run that is cut off by the end counts whole.
    ends = np.minimum.accumulate(np.where(above, n_times, np.arange(n_times))[:, ::-1], axis=1)[:, ::-1]
    step = np.diff(times_ms).mean() if n_times > 1 else ONSET_LASTS_MS
    until = np.append(times_ms, times_ms[-1] + step)[ends]
    lasting = above & (until - times_ms >= min(ONSET_LASTS_MS, float(times_ms[-1] - times_ms[0]) + step))
    return np.where(lasting.any(axis=1), times_ms[np.argmax(lasting, axis=1)], np.nan)


def _highest(times_ms: Float[ndarray, " times"], courses: Float[ndarray, "courses times"]) -> Float[ndarray, " _"]:
    """The time of each course's top: of the parabola through its highest value and the neighbours of that."""
    top = np.argmax(courses, axis=1)
    found = times_ms[top].astype(np.float64)
    inner = np.flatnonzero((top > 0) & (top < len(times_ms) - 1))
    at = top[inner]
    before, here, after = (courses[inner, at + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend < 0, (before - after) / np.where(bend < 0, 2 * bend, 1), 0.0)
    width = np.where(shift < 0, times_ms[at] - times_ms[at - 1], times_ms[at + 1] - times_ms[at])
    found[inner] += shift * width
    return np.asarray(found)


def interval_of(estimate: float, drawn: Float[ndarray, " draws"]) -> Interval:
    """The middle 95 % of what was drawn, as far as the estimate at least."""
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(min(float(low), estimate), max(float(high), estimate), LEVEL)
