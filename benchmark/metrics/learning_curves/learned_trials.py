"""What a taught readout answered, as trials: in each epoch to the images of training, and to the tests after it."""

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.learning_curves.phases import TEST, TRAINING, Taught, condition
from brainrank.benchmark.metrics.learning_curves.readout import Answers
from brainrank.benchmark.types.trials import BehaviouralAssembly


def run_names(runs: int) -> tuple[str, ...]:
    """What the runs of a model are called as observers."""
    return tuple(f"run-{number:02}" for number in range(1, runs + 1))


def learned_trials(answers: Answers, taught: Taught, people: BehaviouralAssembly) -> BehaviouralAssembly:
    """The trials of each run: answers to the taught images before feedback, and to the images of each test after it.

    `answers` are about the stimulus ids of `people` in their order. A test is of every image that anybody saw in it.
    """
    ids, categories = np.asarray(people.stimulus_ids), np.asarray(people.categories)
    category = dict(zip(people.stimulus_id.tolist(), people.category.tolist(), strict=True))
    parts: list[tuple[str, Int[ndarray, " images"], Int[ndarray, "runs images"]]] = []
    for epoch in range(1, taught.epochs + 1):
        tested = np.searchsorted(ids, np.unique(people.stimulus_id[people.condition == condition(TEST, epoch)]))
        parts.append((condition(TRAINING, epoch), taught.places, answers.training[:, epoch - 1]))
        parts.append((condition(TEST, epoch), tested, answers.all_images[:, epoch - 1, tested]))
    runs = run_names(len(answers.training))
    return BehaviouralAssembly(
        observer=np.concatenate([np.repeat(runs, each.shape[1]) for _, _, each in parts]),
        stimulus_id=np.concatenate([np.tile(ids[places], len(runs)) for _, places, _ in parts]),
        condition=np.concatenate([np.full(each.size, name) for name, _, each in parts]),
        response=np.concatenate([categories[each.ravel()] for _, _, each in parts]),
        category=np.concatenate(
            [np.tile([category[name] for name in ids[places].tolist()], len(runs)) for _, places, _ in parts]
        ),
        group_of=people.group_of,
        models=frozenset(runs),
    )
