"""Ridge with one penalty for all targets, chosen by leave-one-out: scikit-learn's RidgeCV, from a Gram matrix."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.mapping import Fit


def shared_ridge(
    gram: Float[ndarray, "stimuli stimuli"],
    responses: Float[ndarray, "stimuli targets"],
    train: Int[ndarray, " train"],
    test: Int[ndarray, " test"],
    *,
    penalties: Float[ndarray, " penalties"],
) -> Fit:
    """Predict as RidgeCV(alphas=penalties) fitted on the training stimuli, less their mean.

    The penalty is the one of the least leave-one-out squared error.
    With K = U L U' centred on the training stimuli and y about its mean, the error of leaving i out is e_i / (1 - h_i -
    1/n), e = U a / (L + a) U'y and h the diagonal of U L / (L + a) U'; of equal penalties the first is taken.
    Directions whose eigenvalues are rounding are no features.
    """
    kernel = gram[np.ix_(train, train)].astype(np.float64)
    across = gram[np.ix_(test, train)].astype(np.float64)
    means = kernel.mean(axis=0)
    across = across - across.mean(axis=1, keepdims=True) - means + means.mean()
    kernel = kernel - means - means[:, None] + means.mean()
    eigenvalues, basis = np.linalg.eigh(kernel)
    eigenvalues = np.where(eigenvalues > len(train) * np.finfo(np.float64).eps * eigenvalues.max(), eigenvalues, 0.0)
    targets = responses[train] - responses[train].mean(axis=0, dtype=np.float64)
    projections = basis.T @ targets
    errors = []
    for penalty in penalties:
        shrunk = eigenvalues / (eigenvalues + penalty)
        residuals = targets - basis @ (shrunk[:, None] * projections)
        left_out = 1 - (basis**2) @ shrunk - 1 / len(train)
        errors.append(np.mean((residuals / left_out[:, None]) ** 2))
    penalty = penalties[int(np.argmin(errors))]
    dual = basis / (eigenvalues + penalty)
    hat = across @ dual @ basis.T
    return Fit(hat @ targets, hat, targets - (basis * eigenvalues) @ (dual.T @ targets))
