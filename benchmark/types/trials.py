"""What observers, people or models, answered: trial by trial, or as counts of labels (docs/conventions.md#trials)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.types.assemblies import check_groups
from brainrank.benchmark.types.errors import InvalidDataError

MISSING_ANSWER = "na"
NO_READOUT = "the model has no readout that chooses among the categories"
"""What the field writes when an observer gave no answer; it is never a category, so it counts as wrong."""


@dataclass(frozen=True, eq=False)
class BehaviouralAssembly:
    """Trials as columns: who saw which stimulus under which condition, what they answered and what was right.

    Columns other than `reaction_time_s` hold strings; an answer not given is MISSING_ANSWER and counts as wrong.
    `reaction_time_s` is None when it was not recorded, NaN where it is missing. `group_of` names the group of each
    stimulus that belongs to one (see `assemblies`); one without stands for itself. `models` are the observers said to
    be models.

    Raises InvalidDataError when columns differ in length, there are no trials, or an observer saw a stimulus twice
    under one condition.
    """

    observer: Shaped[ndarray, " trials"]
    stimulus_id: Shaped[ndarray, " trials"]
    condition: Shaped[ndarray, " trials"]
    response: Shaped[ndarray, " trials"]
    category: Shaped[ndarray, " trials"]
    reaction_time_s: Float[ndarray, " trials"] | None = None
    group_of: Mapping[str, str] | None = None
    models: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self._columns().items()}
        if len(set(lengths.values())) > 1:
            raise InvalidDataError(f"Trial columns have lengths {lengths}; every column needs one value per trial")
        if not len(self):
            raise InvalidDataError("There are no trials; at least one is needed")
        twice = self.repeated
        if twice.any():
            first = [f"{self.observer[t]} {self.stimulus_id[t]}" for t in np.flatnonzero(twice)[:3]]
            raise InvalidDataError(
                f"{int(twice.sum())} trials repeat an observer, stimulus and condition (first: {', '.join(first)}); "
                "keep one trial of each"
            )

    def __len__(self) -> int:
        return len(self.observer)

    def _columns(self) -> dict[str, ndarray]:
        names = ("observer", "stimulus_id", "condition", "response", "category", "reaction_time_s")
        columns = dict(zip(names, self.__dict__.values(), strict=False))
        return {name: column for name, column in columns.items() if column is not None}

    @cached_property
    def observers(self) -> tuple[str, ...]:
        """The observers, sorted."""
        return tuple(map(str, np.unique(self.observer)))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions, sorted."""
        return tuple(map(str, np.unique(self.condition)))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The true categories, sorted: what the observers chose among."""
        return tuple(map(str, np.unique(self.category)))

    @cached_property
    def stimulus_ids(self) -> tuple[str, ...]:
        """The stimulus ids, sorted."""
        return tuple(map(str, np.unique(self.stimulus_id)))

    @cached_property
    def correct(self) -> Bool[ndarray, " trials"]:
        """Whether the answer is the true category; a missing answer is not."""
        return np.asarray(self.response == self.category, dtype=bool)

    @property
    def repeated(self) -> Bool[ndarray, " trials"]:
        """The trials whose observer, stimulus and condition were there before."""
        code = np.zeros(len(self), dtype=np.int64)
        for column in (self.observer, self.stimulus_id, self.condition):
            names, codes = np.unique(column, return_inverse=True)
            code = code * len(names) + codes
        again = np.ones(len(self), dtype=bool)
        again[np.unique(code, return_index=True)[1]] = False
        return again

    def select(self, trials: Bool[ndarray, " trials"] | Int[ndarray, " chosen"]) -> "BehaviouralAssembly":
        """The assembly of some of its trials, given as a mask or as indices."""
        columns = {name: column[trials] for name, column in self._columns().items()}
        return BehaviouralAssembly(**columns, group_of=self.group_of, models=self.models)

    def within(self, conditions: Sequence[str]) -> "BehaviouralAssembly":
        """The assembly of the trials under some of its conditions."""
        return self.select(np.isin(self.condition, list(conditions)))


@dataclass(frozen=True, eq=False)
class LabelDistributions:
    """How many people gave each image each of the categories as its label.

    Raises InvalidDataError when ids repeat, shapes differ, there are fewer than two categories, a count is negative, or
    an image has fewer than two answers.
    """

    stimulus_ids: tuple[str, ...]
    categories: tuple[str, ...]
    counts: Int[ndarray, "stimuli categories"]
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_groups(self.groups, self.stimulus_ids)
        shape = (len(self.stimulus_ids), len(self.categories))
        if self.counts.shape != shape:
            raise InvalidDataError(
                f"Counts have shape {self.counts.shape}; {shape[0]} stimuli and {shape[1]} categories need {shape}"
            )
        if len(self.categories) < 2:
            raise InvalidDataError(
                f"Labels have the one category {', '.join(self.categories)}; people need two or more to choose among"
            )
        if len(set(self.stimulus_ids)) < len(self.stimulus_ids):
            twice = sorted({each for each in self.stimulus_ids if self.stimulus_ids.count(each) > 1})
            raise InvalidDataError(f"Label counts repeat the stimulus {', '.join(twice[:5])}; give one row for each")
        faulty = np.flatnonzero((self.counts < 0).any(axis=1) | (self.counts.sum(axis=1) < 2))
        if faulty.size:
            first = ", ".join(self.stimulus_ids[place] for place in faulty[:5])
            raise InvalidDataError(
                f"Label counts of {first} ({faulty.size} in all) are negative or add up to less than two; leave such "
                "stimuli out"
            )

    @property
    def shares(self) -> Float[ndarray, "stimuli categories"]:
        """The share of the answers that each category got."""
        return np.asarray(self.counts / self.counts.sum(axis=1, keepdims=True))


class Choices(NamedTuple):
    """The category a model chose for each stimulus.

    `probabilities` are those of each of `names` for each stimulus, as far as the readout gives them; recorded choices
    have none. Those of an ImageNet head need not add up to 1.
    """

    stimulus_ids: tuple[str, ...]
    categories: tuple[str, ...]
    names: tuple[str, ...] = ()
    probabilities: Float[ndarray, "stimuli names"] | None = None


def why_no_probabilities(choices: Choices | None) -> str:
    """Why there are none: the model cannot choose, or its choices were recorded."""
    return NO_READOUT if choices is None else "the choices were recorded without probabilities"


def most_probable(
    stimulus_ids: Sequence[str], names: Sequence[str], probabilities: Float[ndarray, "stimuli names"]
) -> Choices:
    """Choose the most probable category for each stimulus, the first of equals.

    Raises InvalidDataError, naming the first stimuli, where a probability is NaN: a broken model makes no choice.
    """
    undefined = np.flatnonzero(np.isnan(probabilities).any(axis=1))
    if undefined.size:
        first = ", ".join(stimulus_ids[place] for place in undefined[:5])
        raise InvalidDataError(
            f"The model's output is NaN for stimulus {first} ({undefined.size} in all); no choice is read"
        )
    categories = tuple(names[place] for place in probabilities.argmax(axis=1))
    return Choices(tuple(stimulus_ids), categories, tuple(names), probabilities)
