"""Accuracy and error consistency as functions of presentation time: of people, and of models with people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, UndefinedKappa
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate, GroupCell, group_cells
from brainrank.benchmark.metrics.behaviour.ratios import ratio
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import (
    SHARE,
    UNBOUNDED,
    deviations_of_subject_mean,
    set_name,
    spread,
    student_interval,
    times,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval
from brainrank.benchmark.types.trials import BehaviouralAssembly

DRAWS = 400
PEOPLE = "people"
NO_KAPPA = "no two people share enough trials at this time, or they never err apart"


@dataclass(frozen=True, eq=False)
class AtTime:
    """What people, and models with them, did with images shown for `duration_ms`.

    `kappa` and `latent_r` are of people with each other. `change` is kappa less that at the longest time.
    """

    duration_ms: float
    people: int
    images: int
    accuracy: Estimate
    kappa: Estimate
    latent_r: Estimate
    change: Estimate
    models: Mapping[str, GroupCell]
    model_accuracy: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class TimeCourse:
    """One kind of images at each presentation time, the shortest first.

    `stable_from_ms` is the shortest time from which on kappa of people is surely within the margin of that at the
    longest; None where none is.
    """

    condition: str
    times: Sequence[AtTime]
    stable_from_ms: float | None


def analyse_presentation_times(
    by_condition: Mapping[str, BehaviouralAssembly],
    *,
    models: frozenset[str] = frozenset(),
    margin: float,
    convention: UndefinedKappa = UndefinedKappa.RAW,
    minimum: int = MINIMUM_SHARED,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[TimeCourse, ...]:
    """Compare people with each other, and models with them, at each presentation time of each kind of images.

    The condition of each assembly's trials is the time in ms. Intervals are over images and people; people of two times
    are drawn independently, which makes the interval of a change too wide where they are the same people.

    Raises InvalidDataError for a margin that is not above zero, one presentation time alone, or one person.
    """
    if not margin > 0:
        raise InvalidDataError(f"A margin of {margin}; give how much kappa may differ and still be the same, as .1")
    courses = []
    for condition, assembly in by_condition.items():
        durations = sorted(assembly.conditions, key=float)
        if len(durations) < 2:
            raise InvalidDataError(
                f"Images of {condition} have one presentation time, {durations[0]} ms; give trials of two or more"
            )
        cells = {}
        for duration in durations:
            some = assembly.within([duration])
            who = tuple(each for each in some.observers if each not in models)
            if len(who) < 2:
                raise InvalidDataError(
                    f"Images of {condition} shown for {duration} ms were seen by {len(who)} people; two are needed"
                )
            table = correctness(some, condition=duration)
            own = sorted(models & set(some.observers))
            found = group_cells(
                table,
                {PEOPLE: who, **{each: (each,) for each in own}},
                units=np.arange(len(table.stimulus_ids)),
                rng=np.random.default_rng(seed),
                draws=draws,
                convention=convention,
                minimum=minimum,
            )
            cells[duration] = table, who, own, found
        longest = cells[durations[-1]][3][PEOPLE, PEOPLE].kappa
        at = [_at_time(duration, *cells[duration], longest, draws, seed) for duration in durations]
        courses.append(TimeCourse(condition, at, _stable_from(at, margin)))
    return tuple(courses)


def _at_time(
    duration: str,
    table: Correctness,
    who: Sequence[str],
    models: Sequence[str],
    cells: Mapping[tuple[str, str], GroupCell],
    longest: Estimate,
    draws: int,
    seed: int,
) -> AtTime:
    people = cells[PEOPLE, PEOPLE]
    right = dict(zip(table.observers, accuracy(table.correct, table.shown).value.tolist(), strict=True))
    return AtTime(
        duration_ms=float(duration),
        people=len(who),
        images=len(table.stimulus_ids),
        accuracy=_accuracy(table, who, draws, seed),
        kappa=people.kappa,
        latent_r=people.latent_r,
        change=_difference(people.kappa, longest),
        models={each: cells[PEOPLE, each] for each in models},
        model_accuracy={each: right[each] for each in models},
    )


def _accuracy(table: Correctness, who: Sequence[str], draws: int, seed: int) -> Estimate:
    """The mean over people of their shares of right answers, over new images and people."""
    rng = np.random.default_rng([seed, 1])
    rows = np.isin(table.observers, list(who))
    correct, shown = (table.correct & table.shown)[rows].astype(float), table.shown[rows].astype(float)
    fixed = ratio(correct.sum(axis=1), shown.sum(axis=1))
    counts = stimulus_counts(correct.shape[1], draws=draws, rng=rng).astype(float)
    drawn = ratio(counts @ correct.T, counts @ shown.T)
    found = deviations_of_subject_mean(
        fixed,
        drawn,
        n_stimuli=correct.shape[1],
        stimulus_set=set_name(table.stimulus_ids),
        subjects=[name for name, chosen in zip(table.observers, rows, strict=True) if chosen],
        rng=rng,
    )
    value = float(fixed.mean())
    return Estimate(value, student_interval(value, spread([found]), support=SHARE), (found,))


def _difference(of: Estimate, longest: Estimate) -> Estimate:
    if not (np.isfinite(of.value) and np.isfinite(longest.value)):
        return Estimate(np.nan, Interval(np.nan, np.nan), (), of.reason or longest.reason or NO_KAPPA)
    value = of.value - longest.value
    draws = (*of.draws, *(times(each, -1.0) for each in longest.draws))
    return Estimate(value, student_interval(value, spread(draws), support=UNBOUNDED), draws)


def _stable_from(at: Sequence[AtTime], margin: float) -> float | None:
    """The shortest time from which on every change but that of the longest itself is within the margin for sure."""
    found = None
    for each in reversed(at[:-1]):
        low, high = each.change.interval.low, each.change.interval.high
        if not (-margin < low and high < margin):
            break
        found = each.duration_ms
    return found
