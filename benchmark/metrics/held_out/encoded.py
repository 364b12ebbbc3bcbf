"""Responses to one half of the stimuli, predicted by ridge from the other half."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.held_out.division import Division
from brainrank.benchmark.metrics.regression.ridge import default_penalties, ridge_from_gram
from brainrank.benchmark.metrics.regression.selection import Selection


def encoded(
    gram: Float[ndarray, "all all"], responses: Float[ndarray, "all targets"], divided: Division
) -> Float[ndarray, "test targets"]:
    """Predict the responses to the test stimuli by ridge on the training stimuli, from the Gram matrix of all.

    mean(Y) + K_test,train (K_train + a)^-1 (Y - mean(Y)), K centred on the training stimuli and a penalty a for each
    target, of `default_penalties` of the training stimuli: the one with the least squared error where each of these, or
    each of their groups, is left out.
    """
    train, test = divided
    rows = np.concatenate([train.stimuli, test.stimuli])
    fitted = np.arange(len(rows)) < len(train.stimuli)
    among = gram[np.ix_(train.stimuli, train.stimuli)]
    single = train.number_of_units == len(train.units)
    inner = np.concatenate([train.units, np.full(len(test.stimuli), -1)])[None]
    return ridge_from_gram(
        gram[np.ix_(rows, rows)],
        responses[rows],
        fold_of=np.where(fitted, -1, 0),
        penalties=default_penalties(float(np.trace(among) - among.sum() / len(among)), len(among)),
        selection=Selection("loo") if single else Selection("cv", inner=inner),
    ).predictions[~fitted]
