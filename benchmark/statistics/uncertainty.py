"""How sure a statistic is: its variance over new stimuli and subjects, and how well that variance is itself known.

A statistic varies with the stimuli and with the subjects it was had from. On the same draws of both it is had three
times: on the drawn stimuli alone (p), on the drawn subjects alone (r), and on both (rp). What the latter adds to the
sum of the former, e = rp - r - p, is their interaction. Over new stimuli and subjects the variance is

    V = n_r/(n_r-1) var(r) + n_p/(n_p-1) var(p) - n_r n_p/((n_r-1)(n_p-1)) var(e),

the interaction being contained in both of the first. This is the dual variance of Schütt, Kipnis, Diedrichsen &
Kriegeskorte (2023, eLife 12:e82566), with var(e) taken directly where they subtract variances, and without their upper
bound var(rp), which takes the factor n_r/(n_r-1) off again where subjects carry most of the variance. Deviations are
kept with their factors, so that those of a difference or a mean are differences and means of deviations, and V follows.

V is estimated, often from four subjects. Its degrees of freedom are Satterthwaite's (1946): the subjects' part
a = n_r/(n_r-1) var(r) has n_r - 1, the rest n_p - 1, so V has V^2 / (a^2 / (n_r - 1) + (V - a)^2 / (n_p - 1)).

A statistic of pairs of stimuli, as a comparison of RDMs is, deviates on a draw by what each stimulus does to it and by
what pairs of them do besides. The variance over new stimuli is F + S, of which the first F goes with single stimuli; a
pair's own noise is in two of them, so that the part of the deviations that is linear in the counts has F + 2 S, and the
whole of them F + 3 S. With few stimuli S is large, and the linear part is taken (Hoeffding 1948; Efron & Stein 1981 for
the same excess in the jackknife). docs/decisions/uncertainty.md has what was simulated.
Defined in docs/conventions.md#intervals.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.statistics.resampling import subject_counts
from brainrank.benchmark.statistics.variance_parts import VarianceParts
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, Interval

# A variance over fewer draws than this is no estimate of one.
MINIMUM_DRAWS = 40
MINIMUM_SUBJECTS = 3
FURTHEST = 3.0  # of t sqrt(V): how far an end of an interval lies from its estimate at most
DRAWS_A_UNIT = 0.5  # as many units as half of the draws can be told apart by them
STIMULI, SUBJECTS, BOTH = range(3)  # the rows of `Draws.deviations`
UNBOUNDED = (-np.inf, np.inf)
CORRELATION = (-1.0, 1.0)
SHARE = (0.0, 1.0)


class Spread(NamedTuple):
    """The variance of an estimate and its degrees of freedom; NaN where too few draws are defined."""

    variance: float
    freedom: float


def deviations(
    stimuli: Float[ndarray, " draws"],
    *,
    n_stimuli: int,
    stimulus_set: str,
    strata: int = 1,
    counts: Int[ndarray, "draws units"] | None = None,
    subjects: Float[ndarray, " draws"] | None = None,
    both: Float[ndarray, " draws"] | None = None,
    n_subjects: int = 1,
    subject_set: str = "",
) -> Draws:
    """Return the deviations of a statistic on draws of stimuli, of subjects, and of both together.

    `n_stimuli` are the units that were drawn, groups where stimuli have them, in `strata` each of which was drawn from
    by itself. Of a statistic of pairs of stimuli give the `counts` of each draw, too: it deviates by what is linear in
    them. Without subjects, or with one, there are only the stimuli to vary. A draw on which the statistic is undefined
    is NaN in all parts.
    """
    freedom = n_stimuli - strata
    parts = np.zeros((3, len(stimuli)))
    if freedom < 1:
        return Draws(np.full_like(parts, np.nan, dtype=np.float32), 0, 0, stimulus_set, subject_set)
    p = n_stimuli / freedom
    of_stimuli = _centred(stimuli)
    parts[STIMULI] = np.sqrt(p) * (of_stimuli if counts is None else _linear(of_stimuli, counts))
    subject_freedom = 0
    if subjects is not None and both is not None and n_subjects > 1:
        subject_freedom = n_subjects - 1
        r = n_subjects / subject_freedom
        of_subjects = _centred(subjects)
        parts[SUBJECTS] = np.sqrt(r) * of_subjects
        parts[BOTH] = np.sqrt(r * p) * (_centred(both) - of_subjects - of_stimuli)
    parts[:, ~np.isfinite(parts).all(axis=0)] = np.nan
    # As they are stored: a comparison is then the same from memory and from the database.
    return Draws(parts.astype(np.float32), freedom, subject_freedom, stimulus_set, subject_set)


def deviations_of_subject_mean(
    fixed: Float[ndarray, " subjects"],
    drawn: Float[ndarray, "draws subjects"],
    *,
    n_stimuli: int,
    stimulus_set: str,
    subjects: Sequence[str],
    rng: np.random.Generator,
    strata: int = 1,
    counts: Int[ndarray, "draws units"] | None = None,
) -> Draws:
    """Return the deviations of a mean over subjects, given each one's value and its values on draws of stimuli.

    Subjects are drawn by `rng` where there are at least three: fewer cannot tell how subjects differ. A subject whose
    value is undefined on a draw is left out of that draw.
    """
    defined = np.isfinite(drawn)
    values = np.where(defined, drawn, 0.0)
    of_subjects = both = None
    if len(fixed) >= MINIMUM_SUBJECTS:
        weights = subject_counts(len(fixed), draws=len(drawn), rng=rng)
        of_subjects = weights @ fixed / len(fixed)
        both = _ratio((weights * values).sum(axis=1), (weights * defined).sum(axis=1))
    return deviations(
        _ratio(values.sum(axis=1), defined.sum(axis=1)),
        n_stimuli=n_stimuli,
        strata=strata,
        stimulus_set=stimulus_set,
        counts=counts,
        subjects=of_subjects,
        both=both,
        n_subjects=len(fixed),
        subject_set=set_name(subjects),
    )


def spread(draws: Sequence[Draws]) -> Spread:
    """Return the variance, with its degrees of freedom, of a sum of statistics that have these deviations.

    What comes from the same stimuli, or the same subjects, is added draw by draw before variances are taken; different
    sets of them are independent.
    """
    parts = VarianceParts()
    of_stimuli, of_subjects = _by_set(draws)
    for part in of_stimuli:
        parts.add_stimuli(part.variances[STIMULI, ...], part.freedom)
    for part in of_subjects:
        parts.add_subjects(part.variances[SUBJECTS, ...], part.variances[BOTH, ...], part.freedom)
    variance, freedom = parts.total
    return Spread(float(variance), float(freedom))


def student_interval(
    estimate: float,
    of: Spread,
    *,
    support: tuple[float, float] = UNBOUNDED,
    level: float = 0.95,
) -> Interval:
    """Return estimate +- t sqrt(V), taken on a scale on which the statistic has no bounds, so that it keeps to them.

    With both bounds that is the logit of its place between them (Fisher's z for correlations), with one the logarithm
    of its distance, the standard error being multiplied by the scale's slope. Close to a bound the slope tells less and
    less, and neither end lies further from the estimate than three times t sqrt(V): means of five to sixty draws from
    Beta(20, .5), (10, .2) and (3, .3) are held as often as without that rule, within .01. An estimate that does not
    vary over draws has an interval of no width, which says that the draws cannot tell; NaN without a variance. Raises
    InvalidDataError for a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise InvalidDataError(f"Interval level {level}; it must lie between 0 and 1, for example 0.95")
    if not (np.isfinite(estimate) and np.isfinite(of.variance)):
        return Interval(float("nan"), float("nan"), level)
    reach = float(scipy.special.stdtrit(of.freedom, (1 + level) / 2)) * float(np.sqrt(of.variance))
    if not reach:
        return Interval(estimate, estimate, level)
    low, high = support
    ends = np.array([estimate - FURTHEST * reach, estimate + FURTHEST * reach])
    if low < estimate < high:
        ends = _on_unbounded_scale(estimate, reach, support).clip(*ends)
    ends = ends.clip(min(low, estimate), max(high, estimate))
    return Interval(float(min(ends[0], estimate)), float(max(ends[1], estimate)), level)


def interval_over_stimuli(
    estimate: float,
    resamples: Float[ndarray, " draws"],
    *,
    n_stimuli: int,
    strata: int = 1,
    support: tuple[float, float] = UNBOUNDED,
    level: float = 0.95,
) -> Interval:
    """Return the interval of a statistic over new stimuli (or trials, models: what was drawn), from its resamples."""
    drawn = deviations(resamples, n_stimuli=n_stimuli, stimulus_set="", strata=strata)
    return student_interval(estimate, spread([drawn]), support=support, level=level)


def times(draws: Draws, weight: float) -> Draws:
    """Return the draws of a statistic times a number."""
    return replace(draws, deviations=weight * draws.deviations)


def two_sided_p(difference: float, of: Spread) -> float:
    """Return the chance of a difference this large without one, 2 T(-|difference| / sqrt(V)).

    A difference that is the same on every draw is one, or none, without a doubt: p = 0, or 1. NaN without a variance.
    """
    if not (np.isfinite(difference) and np.isfinite(of.variance)):
        return float("nan")
    if not of.variance > 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * scipy.special.stdtr(of.freedom, -abs(difference) / np.sqrt(of.variance)))


def set_name(names: Sequence[str]) -> str:
    """Return what stands for a set of stimuli or subjects in their order: benchmarks that share it share draws."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


class _Part(NamedTuple):
    variances: Float[ndarray, "3"]
    freedom: int


def _by_set(draws: Sequence[Draws]) -> tuple[list[_Part], list[_Part]]:
    """The variances of sums over the same stimuli, and of sums over the same subjects."""
    length = min(each.deviations.shape[1] for each in draws)
    stimuli: dict[str, list[Draws]] = {}
    subjects: dict[tuple[str, str], list[Draws]] = {}
    for each in draws:
        stimuli.setdefault(each.stimulus_set, []).append(each)
        if each.subject_freedom:
            subjects.setdefault((each.stimulus_set, each.subject_set), []).append(each)
    of_stimuli, of_subjects = (
        [
            _Part(
                _variances(np.stack([each.deviations[:, :length] for each in same]).sum(axis=0, dtype=np.float64)),
                min(getattr(each, count) for each in same),
            )
            for same in found
        ]
        for found, count in ((stimuli.values(), "stimulus_freedom"), (subjects.values(), "subject_freedom"))
    )
    return of_stimuli, of_subjects


def _variances(parts: Float[ndarray, "3 draws"]) -> Float[ndarray, "3"]:
    defined = parts[:, np.isfinite(parts).all(axis=0)].astype(np.float64)
    return np.asarray(defined.var(axis=1, ddof=1) if defined.shape[1] >= MINIMUM_DRAWS else np.full(3, np.nan))


def _centred(values: Float[ndarray, " draws"]) -> Float[ndarray, " draws"]:
    defined = np.isfinite(values)
    return np.where(defined, values - values[defined].mean(), np.nan) if defined.any() else np.full(len(values), np.nan)


def _linear(deviating: Float[ndarray, " draws"], counts: Int[ndarray, "draws units"]) -> Float[ndarray, " draws"]:
    """The part of the deviations that is linear in the counts; all of them where draws are too few to tell it.

    With so many stimuli the pairs' part is a per cent or less.
    """
    defined = np.isfinite(deviating)
    if counts.shape[1] > DRAWS_A_UNIT * defined.sum():
        return deviating
    drawn = counts[defined] - counts[defined].mean(axis=0)
    linear = np.full(len(deviating), np.nan)
    linear[defined] = drawn @ np.linalg.lstsq(drawn, deviating[defined], rcond=None)[0]
    return linear


def _ratio(total: Float[ndarray, " draws"], count: Shaped[ndarray, " draws"]) -> Float[ndarray, " draws"]:
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def _on_unbounded_scale(estimate: float, reach: float, support: tuple[float, float]) -> Float[ndarray, "2"]:
    """The ends of estimate +- reach, added where the statistic has no bounds and taken back; an end may be infinite."""
    signs, (low, high) = np.array([-1.0, 1.0]), support
    above, below = estimate - low, high - estimate
    with np.errstate(over="ignore"):
        if np.isfinite(low) and np.isfinite(high):
            shift = reach * (1 / above + 1 / below)
            return np.asarray(low + (high - low) * scipy.special.expit(np.log(above / below) + signs * shift))
        if np.isfinite(high):
            return np.asarray(high - below * np.exp(-signs * reach / below))
        if np.isfinite(low):
            return np.asarray(low + above * np.exp(signs * reach / above))
    return estimate + signs * reach
