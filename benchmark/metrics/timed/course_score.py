"""The score of layers that are compared with subjects at each time, on two halves of what is compared.

The halves are of stimuli, whose pairs are compared, or of contrasts. A layer is chosen on the one half and reported on
the other, both ways, averaged, as RSA does. Draws are to first order (rdms/row_influence.py): docs/decisions/time.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, is_comparable
from brainrank.benchmark.metrics.rdms.noise_ceiling import FEWEST_SUBJECTS, normalised
from brainrank.benchmark.metrics.rdms.row_influence import (
    Units,
    compared_values,
    rows_against_models,
    rows_against_rows,
    similarity_of_rows,
)
from brainrank.benchmark.metrics.timed.layer_courses import DrawnCourse, HalfCourses, LayerChoice, chosen_course
from brainrank.benchmark.metrics.timed.window_score import (
    CeilingCourse,
    LayersOverTime,
    SubjectsOverTime,
    score_of_window,
)
from brainrank.benchmark.statistics.course_windows import window_draws
from brainrank.benchmark.statistics.courses import DrawnPeak, corrected_p, course_deviations, drawn_peak
from brainrank.benchmark.statistics.halves import STRATA, subject_weights
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.course import TOLD_P, Deviations
from brainrank.benchmark.types.score import Draws, Interval, LayerScore, NoiseCeiling, Score

PEAK_DRAWS = 400  # enough for an interval of a time; all of them would take as long as the score
NEVER_ABOVE = f"at no time above chance (p < {TOLD_P}, corrected for times), so that its peak may be one of noise"
STREAM_OF_SCORE, STREAM_OF_CEILING = 1, 2  # of the draws of units, as RSA has them


class ComparedHalf(NamedTuple):
    """Half of what is compared: subjects at each time, the units of it, and how often each unit is drawn."""

    brains: Float[ndarray, "subjects times elements"]
    units: Units
    counts: Int[ndarray, "draws units"]
    ceiling_counts: Int[ndarray, "draws units"]


@dataclass(frozen=True)
class Comparison:
    """What decides a course besides the layers: who, when, on which draws, by which rule."""

    halves: Sequence[ComparedHalf]
    subjects: Sequence[str]
    times_ms: Float[ndarray, " times"]
    window: Sequence[int]
    layer_choice: LayerChoice
    comparator: Comparator
    seed: int
    set_names: tuple[str, ...]
    """The stimuli or contrasts: comparisons of the same share draws."""

    @cached_property
    def varies(self) -> Bool[ndarray, "subjects times"]:
        """Whether a subject's values at a time are finite and differ, on both halves."""
        return np.asarray(np.logical_and(*(is_comparable(half.brains) for half in self.halves)))

    @property
    def weights(self) -> Float[ndarray, "draws subjects"] | None:
        """How often each subject is drawn."""
        return subject_weights(self.subjects, draws=len(self.halves[0].counts), seed=self.seed)


class LayersOnHalves(NamedTuple):
    """The names of layers, and what each has of what is compared, on each half."""

    names: Sequence[str]
    values: Sequence[Float[ndarray, "layers elements"]]


def ceiling_course(compared: Comparison) -> CeilingCourse:
    """How well the other subjects (lower) and all (upper) predict a subject, at each time: the mean of both halves.

    As `noise_ceiling`, at the times at which all subjects vary; NaN at the others. A window that has such a time is
    NaN, with the reason, and so is all of fewer than two subjects.
    """
    n_subjects, n_times = len(compared.subjects), len(compared.times_ms)
    lower, upper = np.full((2, n_times), np.nan)
    if n_subjects < FEWEST_SUBJECTS:
        reason = f"a noise ceiling needs at least {FEWEST_SUBJECTS} subjects, here {n_subjects}"
        return CeilingCourse(lower, upper, NoiseCeiling(np.nan, np.nan, reason))
    defined = np.flatnonzero(compared.varies.all(axis=0))
    if not defined.size:
        return CeilingCourse(lower, upper, NoiseCeiling(np.nan, np.nan, why_undefined(compared)))
    pools = [_pools(half, defined, compared) for half in compared.halves]
    of_halves = [_ceilings(half, defined, of, compared) for half, of in zip(compared.halves, pools, strict=True)]
    lower[defined], upper[defined] = np.mean(of_halves, axis=(0, 2))
    reason = why_undefined(compared)
    if reason:
        return CeilingCourse(lower, upper, NoiseCeiling(np.nan, np.nan, reason))
    window = np.asarray(compared.window)
    value = float(lower[window].mean())
    interval = student_interval(value, spread([_ceiling_draws(pools, defined, compared)]), support=CORRELATION)
    return CeilingCourse(lower, upper, NoiseCeiling(value, float(upper[window].mean()), "", interval))


def score_of_course(layers: LayersOnHalves, compared: Comparison) -> Score:
    """The score: the mean over the window of the course of the layers chosen, with the course.

    A layer that is not finite, or does not vary on a half, is left out. A score without a value has the reason.
    """
    ceiling, models = ceiling_course(compared), layers.values
    usable = np.logical_and(*map(is_comparable, models))
    reason = why_undefined(compared)
    if not usable.any():
        reason = "every layer is undefined: its activations are constant or not finite for some stimulus"
    if reason:
        return _unscored(reason, layers.names, ceiling, compared)
    defined = np.flatnonzero(compared.varies.all(axis=0))
    halves = [
        _half_courses(each[usable], half, defined, compared) for each, half in zip(models, compared.halves, strict=True)
    ]
    by = {
        LayerChoice.WINDOW: [int(each) for each in np.searchsorted(defined, compared.window)],
        LayerChoice.ALL: list(range(len(defined))),
        LayerChoice.EACH: None,
    }[compared.layer_choice]
    found = chosen_course(halves, [half.counts for half in compared.halves], compared.weights, by)
    names = [name for name, use in zip(layers.names, usable, strict=True) if use]
    return _score(names, halves, found, defined, ceiling, compared)


def why_undefined(compared: Comparison) -> str:
    """Why the window has no value; nothing where it has one."""
    varies = compared.varies[:, compared.window]
    if varies.all():
        return ""
    subject, time = np.argwhere(~varies)[0]
    at = compared.times_ms[compared.window[time]]
    return f"what was measured of {compared.subjects[subject]} at {at:g} ms is missing or does not vary over a half"


def _half_courses(
    models: Float[ndarray, "layers elements"], half: ComparedHalf, defined: Int[ndarray, " some"], compared: Comparison
) -> HalfCourses:
    brains = half.brains[:, defined]
    shape = (len(models), *brains.shape[:2])
    found = rows_against_models(models, _rows(brains), half.units, compared.comparator)
    return HalfCourses(found.values.reshape(shape), found.influence.reshape(*shape, -1))


class _Pools(NamedTuple):
    of_others: Float[ndarray, "subjects times elements"]
    of_all: Float[ndarray, "times elements"]


def _pools(half: ComparedHalf, times: Int[ndarray, " some"], compared: Comparison) -> _Pools:
    """What is averaged over all but each subject, and over all. Sums of ranks are exact, so that ties stay ties."""
    brains = half.brains[:, times]
    parts = normalised(_rows(brains), compared.comparator).reshape(brains.shape)
    total = parts.sum(axis=0)
    return _Pools((total - parts) / (len(parts) - 1), total / len(parts))


def _ceilings(
    half: ComparedHalf, times: Int[ndarray, " some"], pools: _Pools, compared: Comparison
) -> Float[ndarray, "bounds subjects times"]:
    """How alike each subject is to the pool of the others, and to that of all, at some times."""
    brains = half.brains[:, times]
    values = compared_values(_rows(brains), compared.comparator).reshape(brains.shape)
    others = compared_values(_rows(pools.of_others), compared.comparator).reshape(brains.shape)
    everyone = np.broadcast_to(compared_values(pools.of_all, compared.comparator), brains.shape)
    return np.stack([similarity_of_rows(values, pool, compared.comparator) for pool in (others, everyone)])


def _ceiling_draws(pools: Sequence[_Pools], times: Int[ndarray, " some"], compared: Comparison) -> Draws:
    """How the lower ceiling of the window deviates: each subject against the pool of the others, which stay.

    `pools` are of some times, among them the window's.
    """
    within, halves = np.searchsorted(times, compared.window), []
    for half, of_half in zip(compared.halves, pools, strict=True):
        brains, others = half.brains[:, np.asarray(compared.window)], of_half.of_others[:, within]
        found = rows_against_rows(_rows(brains), _rows(others), half.units, compared.comparator)
        shape = (1, *brains.shape[:2])
        halves.append(HalfCourses(found.values.reshape(shape), found.influence.reshape(*shape, -1)))
    counts = [half.ceiling_counts for half in compared.halves]
    weights = subject_weights(compared.subjects, draws=len(counts[0]), seed=compared.seed)
    drawn = _deviations(chosen_course(halves, counts, weights, None), compared)
    return window_draws(drawn, range(len(within)))


def _rows(brains: Float[ndarray, "subjects times elements"]) -> Float[ndarray, "rows elements"]:
    return brains.reshape(-1, brains.shape[2])


def _deviations(found: DrawnCourse, compared: Comparison) -> Deviations:
    return course_deviations(
        found.stimuli,
        n_units=sum(half.units.n_units for half in compared.halves),
        strata=STRATA,
        stimulus_set=set_name(compared.set_names),
        subjects=found.subjects,
        both=found.both,
        n_subjects=len(compared.subjects),
        subject_set=set_name(compared.subjects),
    )


def _score(
    names: Sequence[str],
    halves: Sequence[HalfCourses],
    found: DrawnCourse,
    defined: Int[ndarray, " some"],
    ceiling: CeilingCourse,
    compared: Comparison,
) -> Score:
    n_times = len(compared.times_ms)
    subject_values = _at_all_times(found.subject_values, defined, n_times)
    of = _deviations(found, compared)
    chosen = np.full((len(halves), n_times), -1)
    chosen[:, defined] = found.chosen
    layer_values = _at_all_times(np.mean([half.values.mean(axis=1) for half in halves], axis=0), defined, n_times)
    return score_of_window(
        compared.times_ms,
        subject_values.mean(axis=0),
        replace(of, parts=_at_all_times(of.parts, defined, n_times)),
        window=compared.window,
        layer_choice=compared.layer_choice,
        layers=LayersOverTime(
            names, layer_values, _layer_peaks(layer_values, halves, defined, compared), chosen, found.won
        ),
        subjects=SubjectsOverTime(compared.subjects, subject_values),
        ceiling=ceiling,
        unit=compared.comparator,
    )


def _layer_peaks(
    values: Float[ndarray, "layers times"],
    halves: Sequence[HalfCourses],
    defined: Int[ndarray, " some"],
    compared: Comparison,
) -> list[DrawnPeak]:
    """When each layer's course is highest, on the first PEAK_DRAWS draws, which are the same for all of them."""
    counts, times = [half.counts[:PEAK_DRAWS] for half in compared.halves], compared.times_ms[defined]
    weights = None if compared.weights is None else compared.weights[:PEAK_DRAWS]
    peaks = []
    for layer, course in enumerate(values[:, defined]):
        alone = [HalfCourses(half.values[[layer]], half.influence[[layer]]) for half in halves]
        # Of one layer there is nothing to choose: by the first time, which costs least.
        of = _deviations(chosen_course(alone, counts, weights, [0]), compared)
        found = drawn_peak(times, course, of)
        if found.drawn.size and not (corrected_p(course, of, two_sided=False) < TOLD_P).any():
            found = found._replace(latency=found.latency._replace(reason=NEVER_ABOVE))
        peaks.append(found)
    return peaks


def _at_all_times(
    of_defined: Float[ndarray, "*any some"], defined: Int[ndarray, " some"], n_times: int
) -> Float[ndarray, "*any times"]:
    """What is known at some times, NaN at the others."""
    found = np.full((*of_defined.shape[:-1], n_times), np.nan, dtype=of_defined.dtype)
    found[..., defined] = of_defined
    return found


def _unscored(reason: str, layers: Sequence[str], ceiling: CeilingCourse, compared: Comparison) -> Score:
    nothing = tuple(LayerScore(name, np.nan) for name in layers)
    return Score(
        np.nan, compared.comparator, Interval(np.nan, np.nan), ceiling.of_window, layer_curve=nothing, reason=reason
    )
