"""A model's probabilities in the order of the stimuli and categories that people saw."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import Choices


def aligned_probabilities(
    choices: Choices,
    probabilities: Float[ndarray, "stimuli names"],
    stimulus_ids: Sequence[str],
    categories: Sequence[str],
) -> Float[ndarray, "images categories"]:
    """The probabilities of these categories for these stimuli, in their order.

    Raises InvalidDataError when a stimulus has none, or the model chooses among other categories.
    """
    place = {stimulus: row for row, stimulus in enumerate(choices.stimulus_ids)}
    lacking = [each for each in stimulus_ids if each not in place]
    if lacking:
        raise InvalidDataError(
            f"The model has no probabilities for {len(lacking)} of {len(stimulus_ids)} images "
            f"(first: {', '.join(lacking[:3])}); give them for all"
        )
    if set(choices.names) != set(categories):
        raise InvalidDataError(
            f"The model chooses among {', '.join(choices.names)}; people chose among {', '.join(categories)}"
        )
    rows = [place[each] for each in stimulus_ids]
    columns = [choices.names.index(each) for each in categories]
    return np.asarray(probabilities[np.ix_(rows, columns)])
