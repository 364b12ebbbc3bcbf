"""Phases: which conditions of trials are training with feedback, which are tests after it, epoch by epoch."""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

TRAINING, TEST = "training", "test"
PHASES = (TRAINING, TEST)
CONDITION = re.compile(r"(training|test)-([1-9]\d*)")


class Taught(NamedTuple):
    """The images of training as places among all, their categories as places among the categories, and how often."""

    places: Int[ndarray, " training"]
    labels: Int[ndarray, " training"]
    epochs: int


def condition(phase: str, epoch: int) -> str:
    """What trials of a phase in an epoch, counted from 1, have as their condition."""
    return f"{phase}-{epoch}"


def epochs_of(trials: BehaviouralAssembly) -> int:
    """The number of epochs, each of which has training and a test.

    Raises InvalidDataError where the conditions of the trials are not `training-1`, `test-1`, `training-2` and so on,
    of at least two epochs.
    """
    matched = [CONDITION.fullmatch(each) for each in trials.conditions]
    epochs = max((int(each[2]) for each in matched if each), default=0)
    wanted = {condition(phase, epoch) for phase in PHASES for epoch in range(1, epochs + 1)}
    if epochs < 2 or wanted != set(trials.conditions):
        told = ", ".join(trials.conditions[:5]) + (", ..." if len(trials.conditions) > 5 else "")
        raise InvalidDataError(
            f"Trials have the conditions {told}; learning is measured over two epochs or more, each with "
            f"{TRAINING}-EPOCH and {TEST}-EPOCH, such as {TRAINING}-1, {TEST}-1: give each trial its phase and epoch"
        )
    return epochs


def taught_images(trials: BehaviouralAssembly) -> Taught:
    """The images of training, in the order of the stimulus ids.

    Raises InvalidDataError as `epochs_of`, and where an image of training is shown in a test.
    """
    epochs = epochs_of(trials)
    of_phase = [
        set(trials.stimulus_id[np.char.startswith(trials.condition.astype(str), f"{phase}-")]) for phase in PHASES
    ]
    both = sorted(map(str, of_phase[0] & of_phase[1]))
    if both:
        raise InvalidDataError(
            f"{len(both)} images are both taught and tested (first: {', '.join(both[:3])}); a test is of new images: "
            "leave those out of it"
        )
    category = dict(zip(trials.stimulus_id.tolist(), trials.category.tolist(), strict=True))
    places = np.array([place for place, name in enumerate(trials.stimulus_ids) if name in of_phase[0]])
    labels = [trials.categories.index(str(category[trials.stimulus_ids[place]])) for place in places]
    return Taught(places, np.array(labels), epochs)
