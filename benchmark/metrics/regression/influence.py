"""How much each stimulus moves the r of a target, as one that is tested and as one that is trained on.

The folds' models share their training stimuli, so the folds' r are not independent, and draws of held-out predictions
alone do not see what other training stimuli would have done. A ridge model is smooth in the weights of its training
stimuli, so both are had to first order, without a refit: with residual e_i of training stimulus i,

    d prediction_t / d weight_i = X_t (X'X + a)^-1 x_i' e_i,

features and responses about their training means; leaving i out instead divides by 1 - h_ii. A statistic of the
predictions moves by its gradient times that: two matrix products for all training stimuli and targets of a fold.
References: Hampel (1974) for influence; Efron (2014), Estimation and accuracy after model selection, for its use with
draws; docs/decisions/uncertainty.md for what was simulated.
"""

from typing import NamedTuple

from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.regression.scores import standardised
from brainrank.benchmark.metrics.regression.spectrum import Spectrum
from brainrank.benchmark.statistics.arrays import Array, beside, column_products, namespace, quotient


class HeldOutInfluence(NamedTuple):
    """Of one fold's r times its stimuli: how much each held-out stimulus moves it, and its slope in each prediction."""

    stimuli: Float[Array, "test targets"]
    slope: Float[Array, "test targets"]


def held_out_influence(
    predictions: Float[Array, "test targets"], responses: Float[Array, "test targets"]
) -> HeldOutInfluence:
    """Return the influence function of Pearson r, p y - r (p^2 + y^2) / 2, and n dr/dp = (y - r p) / sd(p).

    p and y are standardised over the fold; zero where one of them does not vary.
    """
    predicted, measured = standardised(predictions, float32=True), standardised(responses)
    p, y = predicted.values, measured.values
    r = column_products(p, y) / len(p)
    varies = (predicted.scale > 0) & (measured.scale > 0)
    stimuli = namespace(p).where(varies, p * y - r * (p**2 + y**2) / 2, 0.0)
    return HeldOutInfluence(stimuli, quotient(y - r * p, predicted.scale, where=varies, otherwise=0.0))


def training_influence(
    spectrum: Spectrum,
    projections: Float[Array, "components targets"],
    outside: Float[Array, "train targets"] | None,
    *,
    penalties: Float[ndarray, " targets"],
    slope: Float[Array, "test targets"],
) -> Float[Array, "train targets"]:
    """Return how much each training stimulus moves a statistic of the held-out predictions, given its slope in them.

    `projections` are U' of the centred training targets, `outside` is their part outside the basis (`outside_of`).
    """
    xp, dtype = namespace(projections), projections.dtype
    basis, eigenvalues, penalty = spectrum.train_basis, spectrum.eigenvalues[:, None], beside(penalties, projections)
    pulled = (xp.astype(spectrum.test_basis.T, xp.float64) @ slope) / (eigenvalues + penalty)
    residuals = basis @ xp.astype(penalty / (eigenvalues + penalty) * projections, dtype)
    if outside is not None:
        residuals += outside
    return (basis @ xp.astype(pulled, dtype)) * residuals
