"""Pseudo-trials: the trials of each stimulus put at random into a few means, each of which is left out once."""

import numpy as np
import scipy
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


def check_trials(stimulus_of: Int[ndarray, " trials"], folds: int, *, whitened: bool) -> None:
    """Raise InvalidDataError where a stimulus has no trial for some pseudo-trial, or no two outside it to whiten by."""
    fewest = int(np.bincount(stimulus_of).min())
    if fewest >= folds and not (whitened and fewest - -(-fewest // folds) < 2):
        return
    wanted = f"{folds} pseudo-trials need {folds} trials of each"
    more = ", and noise normalisation two outside each pseudo-trial" if whitened else ""
    remedy = " or no noise normalisation" if whitened else ""
    raise InvalidDataError(
        f"a stimulus has {fewest} {'trial' if fewest == 1 else 'trials'}; {wanted}{more}: leave stimuli with "
        f"fewer out, or ask for fewer pseudo-trials{remedy}"
    )


def fold_of_trials(
    stimulus_of: Int[ndarray, " trials"], folds: int, *, rng: np.random.Generator
) -> Int[ndarray, " trials"]:
    """The pseudo-trial of each trial, at random; those of a stimulus have as many trials, or one more."""
    order = np.lexsort((rng.random(len(stimulus_of)), stimulus_of))
    counts = np.bincount(stimulus_of)
    found = np.empty_like(stimulus_of)
    found[order] = (np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)) % folds
    return found


def means_of_folds(
    stimulus_of: Int[ndarray, " trials"], fold_of: Int[ndarray, " trials"], folds: int
) -> "scipy.sparse.csr_array":
    """The weight of each trial in each pseudo-trial: a row for each stimulus of the first fold, then the second."""
    stimuli = int(stimulus_of.max()) + 1
    label = fold_of * stimuli + stimulus_of
    shares = 1 / np.bincount(label)[label]
    return scipy.sparse.csr_array((shares, (label, np.arange(len(label)))), shape=(folds * stimuli, len(label)))
