"""Encoding of one's own arrays: how well features predict responses, by ridge on held-out stimuli."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.ceiling import prediction_ceilings
from brainrank.benchmark.metrics.regression.explainable_variance import ExplainableVariance, explainable_variance
from brainrank.benchmark.metrics.regression.folds import assign_folds, identical_rows
from brainrank.benchmark.metrics.regression.interval import MedianCorrelation, median_correlation
from brainrank.benchmark.metrics.regression.layers import r_slope
from brainrank.benchmark.metrics.regression.prediction import FEWEST_IN_A_FOLD
from brainrank.benchmark.metrics.regression.ridge import ridge
from brainrank.benchmark.metrics.regression.scores import TargetFits, standardised
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import NoiseCeiling


class EncodingData(NamedTuple):
    """Features and responses on the same stimuli; those of one group are held out, and drawn, together."""

    features: Float[ndarray, "stimuli features"]
    responses: Float[ndarray, "stimuli repeats targets"]
    groups: Int[ndarray, " stimuli"]


class EncodingAnalysis(NamedTuple):
    """Predictions of held-out stimuli with their scores, and what repeats say of the responses (None without any)."""

    data: EncodingData
    responses: Float[ndarray, "stimuli targets"]
    predictions: Float[ndarray, "stimuli targets"]
    fold_of: Int[ndarray, " stimuli"]
    scores: TargetFits
    median: MedianCorrelation
    ceiling: NoiseCeiling
    explainable: ExplainableVariance | None


def encoding_data(
    features: Float[ndarray, "stimuli features"],
    responses: Float[ndarray, "stimuli repeats targets"],
    groups: Int[ndarray, " stimuli"] | None,
) -> EncodingData:
    """Features and responses in the same order; without groups, stimuli with identical features are together."""
    return EncodingData(features, responses, identical_rows(features) if groups is None else groups)


def analyse_encoding(data: EncodingData, *, folds: int, selection: str, draws: int, seed: int) -> EncodingAnalysis:
    """Predict each target from features by ridge, one penalty per target, and score what was held out.

    Responses are averaged over repeats, which also give the noise ceiling and the explainable variance. Raises
    InvalidDataError for folds too small for an r, which of two stimuli is always 1 or -1.
    """
    # One stream for the folds, one for the resamples: more draws never change the folds.
    for_folds, for_draws, for_halves = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(3))
    several = data.responses.shape[1] > 1
    measured = data.responses.mean(axis=1)
    # As the benchmarks do: neither r nor R2 depends on a target's mean or unit, and no digit is lost to them.
    responses = standardised(measured).values.astype(measured.dtype)
    fold_of = assign_folds(len(data.features), folds=folds, rng=for_folds, groups=data.groups)
    _check_folds(folds, int(data.groups.max()) + 1)
    held_out = ridge(data.features, responses, fold_of=fold_of, selection=Selection(selection), slope=r_slope)
    median = median_correlation(
        held_out.predictions,
        responses,
        fold_of=fold_of,
        influence=held_out.influence,
        rng=for_draws,
        units=data.groups,
        draws=draws,
    )
    return EncodingAnalysis(
        data,
        responses,
        held_out.predictions,
        fold_of,
        median.targets,
        median,
        prediction_ceilings(data.responses, units=data.groups, rng=for_halves).of_median,
        explainable_variance(data.responses) if several else None,
    )


def _check_folds(folds: int, units: int) -> None:
    if units < FEWEST_IN_A_FOLD * folds:
        most = units // FEWEST_IN_A_FOLD
        enough = f"give {2 * FEWEST_IN_A_FOLD} different stimuli, or groups of them, and 2 folds"
        remedy = f"give {most} folds or fewer" if most > 1 else enough
        raise InvalidDataError(
            f"{units} different stimuli, or groups of them, in {folds} folds; r is taken within each fold, of "
            f"{FEWEST_IN_A_FOLD} or more: {remedy}"
        )
