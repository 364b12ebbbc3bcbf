"""Learning curves: accuracy by phase and epoch, and what is read from them."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.confusion import confusion_matrix
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness_by_condition
from brainrank.benchmark.metrics.learning_curves.phases import PHASES, TEST, condition, epochs_of
from brainrank.benchmark.types.trials import BehaviouralAssembly

TRAINING_ROW, TEST_ROW = range(2)


def learning_curves(trials: BehaviouralAssembly) -> Float[ndarray, "observers phases epochs"]:
    """The accuracy of each observer in training and in the test of each epoch; NaN where it has no trials.

    Raises InvalidDataError as `epochs_of`.
    """
    epochs, tables = epochs_of(trials), correctness_by_condition(trials)
    return np.stack(
        [
            np.stack([_accuracy(tables[condition(phase, epoch)]) for epoch in range(1, epochs + 1)], axis=1)
            for phase in PHASES
        ],
        axis=1,
    )


def _accuracy(table: Correctness) -> Float[ndarray, " observers"]:
    return accuracy(table.correct, table.shown).value


def area(curve: Float[ndarray, "*any epochs"]) -> Float[ndarray, "*any"]:
    """The area under a curve: its mean over epochs, as each epoch is one number."""
    return np.asarray(curve.mean(axis=-1))


def epochs_to(curve: Float[ndarray, " epochs"], criterion: float) -> float:
    """The epoch, counted from 1, at which a curve first comes to a criterion; between epochs it is a straight line.

    1 where it begins there, and infinite where it never comes there.
    """
    reached = np.flatnonzero(curve >= criterion)
    if not reached.size:
        return float("inf")
    first = int(reached[0])
    if first == 0:
        return 1.0
    below, above = curve[first - 1], curve[first]
    return float(first + (criterion - below) / (above - below))


def accuracy_lag(curves: Float[ndarray, "*any phases epochs"]) -> Float[ndarray, "*any"]:
    """By how much accuracy on new images is below that of training in the same epoch, mean over epochs."""
    return np.asarray((curves[..., TRAINING_ROW, :] - curves[..., TEST_ROW, :]).mean(axis=-1))


def epoch_lag(curves: Float[ndarray, "phases epochs"]) -> float:
    """By how many epochs the test trails: how much earlier training came to the accuracy of each test, mean over tests.

    Where training began above that accuracy it is taken to have come there in epoch 1, and where it never came there
    in the last, so that a lag of one test lies between -(epochs - 1) and epochs - 1.
    """
    last = curves.shape[1]
    came = [min(epochs_to(curves[TRAINING_ROW], each), last) for each in curves[TEST_ROW]]
    return float(np.mean(np.arange(1, last + 1) - came))


def confusion_asymmetry(trials: BehaviouralAssembly) -> Float[ndarray, " observers"]:
    """How one-sided confusions in tests are: sum |c_ij - c_ji| / sum (c_ij + c_ji) over pairs of categories.

    c_ij is the share of trials of category i that were answered with j. 0 where i is taken for j as often as j for i,
    1 where each two categories are confused one way only; NaN for an observer without such errors. Few errors are
    one-sided by chance, so that only observers with as many trials and errors are to be compared.
    """
    tests = trials.select(np.char.startswith(trials.condition.astype(str), f"{TEST}-"))
    found = np.full(len(trials.observers), np.nan)
    for place, observer in enumerate(trials.observers):
        own = tests.observer == observer
        counts = confusion_matrix(tests.category[own], tests.response[own], categories=trials.categories)
        share = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[:, :-1]
        i, j = np.triu_indices(len(share), 1)
        total = (share[i, j] + share[j, i]).sum()
        if total > 0:
            found[place] = np.abs(share[i, j] - share[j, i]).sum() / total
    return found
