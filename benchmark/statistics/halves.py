"""Halves of the stimuli: what is chosen on one is reported on the other, both ways, averaged.

So the best layer is never judged on the stimuli it was chosen by. Groups of stimuli are in one half. All metrics with
the same seed on the same stimuli share halves and draws, so that models, and benchmarks, are compared on the same.
"""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts, units_of
from brainrank.benchmark.statistics.uncertainty import (
    MINIMUM_SUBJECTS,
    deviations,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.assemblies import NeuralAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, LayerScore, NoiseCeiling, Score, SubjectScore

FEWEST_UNITS = 8  # four stimuli, or groups, in a half: of fewer, hardly a draw has three that differ
STRATA = 2  # draws are of each half by itself


class Half(NamedTuple):
    """Half of the stimuli, and the unit of each among those of the half."""

    stimuli: Int[ndarray, " stimuli"]
    units: Int[ndarray, " stimuli"]

    @property
    def number_of_units(self) -> int:
        """How many units the half has."""
        return int(self.units.max()) + 1

    def of(self, matrix: Shaped[ndarray, "all all"]) -> Shaped[ndarray, "stimuli stimuli"]:
        """A matrix among the stimuli of the half."""
        among: ndarray = matrix[np.ix_(self.stimuli, self.stimuli)]
        return among


class Reported(NamedTuple):
    """Similarity to each subject on each draw, mean of the halves, and the layer chosen for each half."""

    similarity: Float[ndarray, "draws subjects"]
    layers: Int[ndarray, "halves draws"]


def split_in_halves(
    assembly: NeuralAssembly, *, seed: int, name: str, fewest: int = FEWEST_UNITS
) -> tuple[Int[ndarray, " _"], Int[ndarray, " _"]]:
    """Halves of the stimuli, groups whole (`divide_in_halves`).

    Raises InvalidDataError for fewer than `fewest` stimuli, or groups of them, in the name of the metric.
    """
    unit_of = units_of(assembly.groups, len(assembly.stimulus_ids))
    sizes = np.bincount(unit_of)
    if len(sizes) < fewest:
        what = "stimuli" if assembly.groups is None else "groups of stimuli"
        raise InvalidDataError(
            f"{len(sizes)} {what} in {assembly.region}: a layer is chosen on one half and reported on the other, "
            f"so {name} needs at least {fewest}"
        )
    return divide_in_halves(unit_of, rng=np.random.default_rng([seed, len(sizes)]))


def halves_with_units(
    assembly: NeuralAssembly, *, seed: int, name: str, fewest: int = FEWEST_UNITS
) -> tuple[Half, Half]:
    """Those halves with the units of each. Raises InvalidDataError as `split_in_halves`."""
    unit_of = units_of(assembly.groups, len(assembly.stimulus_ids))
    first, second = split_in_halves(assembly, seed=seed, name=name, fewest=fewest)
    return with_units(first, unit_of), with_units(second, unit_of)


def divide_in_halves(
    unit_of: Int[ndarray, " stimuli"], *, rng: np.random.Generator
) -> tuple[Int[ndarray, " _"], Int[ndarray, " _"]]:
    """Halves of stimuli by the unit of each, units whole: in random order, the first ones up to half of the stimuli."""
    sizes = np.bincount(unit_of)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order] / 2
    first = np.isin(unit_of, order[before <= len(unit_of) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def with_units(stimuli: Int[ndarray, " some"], unit_of: Int[ndarray, " all"]) -> Half:
    """Some of the stimuli with their units, which are numbered anew in order of appearance."""
    return Half(stimuli, units_of(unit_of[stimuli].tolist(), len(stimuli)))


def counts_of_halves(
    halves: Sequence[Int[ndarray, " _"]], assembly: NeuralAssembly, *, draws: int, seed: int, stream: int
) -> list[Int[ndarray, "draws _"]]:
    """How often each stimulus of each half occurs on each draw of as many units of that half."""
    rng = np.random.default_rng([seed, stream])
    unit_of = units_of(assembly.groups, len(assembly.stimulus_ids))
    return [stimulus_counts(len(half), draws=draws, rng=rng, units=unit_of[half]) for half in halves]


def report(halves: Sequence[Float[ndarray, "draws layers subjects"]]) -> Reported:
    """Choose each half's layer by its mean over subjects on the other half (the first of equals); average the halves.

    A draw on which some similarity is undefined is NaN.
    """
    first, second = halves
    means = [np.nan_to_num(other.mean(axis=2), nan=-np.inf) for other in (second, first)]
    choices = np.stack([np.argmax(mean, axis=1) for mean in means])
    each = np.arange(len(first))
    similarity = (first[each, choices[0]] + second[each, choices[1]]) / 2
    return Reported(similarity, choices)


def subject_weights(subjects: Sequence[str], *, draws: int, seed: int) -> Float[ndarray, "draws subjects"] | None:
    """How often each subject is drawn; None where they are too few to tell how subjects differ.

    Seeded by who the subjects are: regions of one study share draws, two studies do not.
    """
    if len(subjects) < MINIMUM_SUBJECTS:
        return None
    rng = np.random.default_rng([seed, zlib.crc32("\n".join(subjects).encode())])
    return subject_counts(len(subjects), draws=draws, rng=rng).astype(np.float64)


def draws_of_halves(
    fixed: Sequence[Float[ndarray, "1 layers subjects"]],
    drawn: Sequence[Float[ndarray, "draws layers subjects"]],
    *,
    stimulus_ids: Sequence[str],
    groups: Sequence[str] | None,
    subjects: Sequence[str],
    seed: int,
    counts: Sequence[Int[ndarray, "draws _"]] | None = None,
) -> Draws:
    """The score on draws of stimuli, of subjects, and of both; the layer is chosen anew on each draw.

    With `counts` the score deviates by what is linear in them (`deviations`).
    """
    of_stimuli = report(drawn)[0].mean(axis=1)
    units = units_of(groups, len(stimulus_ids))
    of_subjects = both = None
    weights = subject_weights(subjects, draws=len(of_stimuli), seed=seed)
    if weights is not None:
        of_subjects = report([similarity * weights[:, None] for similarity in fixed])[0].mean(axis=1)
        both = report([similarity * weights[:, None] for similarity in drawn])[0].mean(axis=1)
    return deviations(
        of_stimuli,
        n_stimuli=int(units.max()) + 1,
        strata=STRATA,
        stimulus_set=set_name(stimulus_ids),
        counts=None if counts is None else np.hstack(counts),
        subjects=of_subjects,
        both=both,
        n_subjects=len(subjects),
        subject_set=set_name(subjects),
    )


def score_of_halves(
    fixed: Sequence[Float[ndarray, "1 layers subjects"]],
    drawn: Sequence[Float[ndarray, "draws layers subjects"]],
    draws: Draws,
    *,
    layers: Sequence[str],
    defined: Bool[ndarray, " all"],
    curve: Float[ndarray, " all"],
    subjects: Sequence[str],
    unit: str,
    support: tuple[float, float],
    ceiling: NoiseCeiling,
) -> Score:
    """The score of layers that are chosen and reported on halves; `defined` are those of `layers` to choose from."""
    reported, chosen = report(fixed)
    usable = [name for name, is_defined in zip(layers, defined, strict=True) if is_defined]
    best, won = report(drawn).layers.ravel(), np.zeros(len(layers))
    won[defined] = np.bincount(best, minlength=len(usable)) / best.size
    value = float(reported.mean())
    return Score(
        value=value,
        unit=unit,
        interval=student_interval(value, spread([draws]), support=support),
        ceiling=ceiling,
        layers=tuple(usable[index] for index in chosen[:, 0]),
        layer_curve=tuple(
            LayerScore(name, float(each), float(share)) for name, each, share in zip(layers, curve, won, strict=True)
        ),
        per_subject=tuple(map(SubjectScore, subjects, reported[0].tolist())),
        draws=draws,
    )
