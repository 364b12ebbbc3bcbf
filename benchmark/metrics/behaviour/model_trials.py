"""A model's choices as trials: what it answered to the stimuli that people saw, condition by condition."""

import numpy as np

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

MODEL = "the model"


def model_trials(choices: Choices, humans: BehaviouralAssembly) -> BehaviouralAssembly:
    """The trials of an observer, the model, on every stimulus and condition of the humans' that it has a choice for.

    A condition is what was done to the image, which is in the image already, so one choice for each stimulus is all
    there is. Raises InvalidDataError when a stimulus has several choices, or the model has none in some condition.
    """
    choice_of = dict(zip(choices.stimulus_ids, choices.categories, strict=True))
    if len(choice_of) < len(choices.stimulus_ids):
        twice = sorted({each for each in choices.stimulus_ids if choices.stimulus_ids.count(each) > 1})
        raise InvalidDataError(f"The model chose more than once for {', '.join(twice[:5])}; give one choice for each")
    (condition, stimulus_id), first = np.unique(
        np.stack([humans.condition, humans.stimulus_id]), axis=1, return_index=True
    )
    known = np.array([each in choice_of for each in stimulus_id.tolist()])
    lacking = sorted(set(condition) - set(condition[known]))
    if lacking:
        raise InvalidDataError(
            f"The model chose for no stimulus of condition {', '.join(lacking[:5])} (its first: "
            f"{', '.join(choices.stimulus_ids[:3])}; people's: {', '.join(stimulus_id[:3])}); give choices for the "
            "same stimuli"
        )
    return BehaviouralAssembly(
        observer=np.full(int(known.sum()), MODEL),
        stimulus_id=stimulus_id[known],
        condition=condition[known],
        response=np.array([choice_of[each] for each in stimulus_id[known].tolist()]),
        category=humans.category[first][known],
        group_of=humans.group_of,
    )
