"""Marginal means: a model's mean over benchmarks as if all models had all of them.

Model and benchmark effects are fitted to the cells there are by weighted least squares,

    minimise the sum over cells of w_k (y_mk - a_m - b_k)^2, with the sum over benchmarks of w_k b_k at 0,

w_k being what a benchmark weighs on the board. A model's marginal mean is a_m. With complete cells it is the mean
sum_k w_k y_mk; a model that has only easy benchmarks is not put above others for that. Reference: Searle, Speed &
Milliken (1980), Population marginal means in the linear model, The American Statistician 34.
Defined in docs/conventions.md#means-over-benchmarks.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.ranking.benchmark_weights import Column, shares

CHOSEN = 0.5  # docs/decisions/ranks.md: tried on three tables


class Effects(NamedTuple):
    """Marginal means of models, and what each benchmark adds to them; NaN without a common scale."""

    models: Float[ndarray, " models"]
    benchmarks: Float[ndarray, " benchmarks"]


class Design:
    """Which models have which benchmarks, and what follows from that for any values.

    `connected` are the models of the largest part of the table that is linked by benchmarks which models have in
    common; the others have no common scale with them and no marginal mean. `weights` are those of the benchmarks.
    """

    def __init__(self, columns: Sequence[Column], has: Bool[ndarray, "models benchmarks"]) -> None:
        self.columns = columns
        self.connected, linked = _largest_part(has)
        self.has = has & self.connected[:, None]
        self.weights = shares(columns, linked)
        self.complete = self.connected & (self.has | ~linked).all(axis=1)
        self._linked, cells = linked, self.has[:, linked].astype(np.float64)
        weights = self.weights[linked]
        self._weighted = cells * weights
        self._mass = np.where(self.connected, self._weighted.sum(axis=1), 1.0)
        # The equations of the models are solved for them; those of the benchmarks remain, as many as there are.
        equations = np.diag(weights * cells.sum(axis=0)) - self._weighted.T @ (self._weighted / self._mass[:, None])
        self._inverse = np.linalg.inv(equations + np.outer(weights, weights)) if linked.any() else np.zeros((0, 0))

    def effects(self, values: Float[ndarray, "models benchmarks"]) -> Effects:
        """Fit values; those of cells that are not there are not read."""
        cells = np.where(self.has, values, 0.0)
        by_model, by_benchmark = cells @ self.weights, cells.sum(axis=0)
        benchmarks = np.full(len(self.columns), np.nan)
        benchmarks[self._linked] = self._benchmark_effects(by_model[:, None], by_benchmark[:, None])[:, 0]
        return Effects(self.means(by_model[:, None], by_benchmark[:, None])[:, 0], benchmarks)

    def means(
        self, by_model: Float[ndarray, "models draws"], by_benchmark: Float[ndarray, "benchmarks draws"]
    ) -> Float[ndarray, "models draws"]:
        """Return marginal means from sums over cells, of each model weighted by benchmark, of each benchmark plain.

        The fit is linear: from sums of the deviations on draws it makes those of the marginal means.
        """
        found = by_model.copy()
        rest = self.connected & ~self.complete
        if rest.any():
            benchmarks = self._benchmark_effects(by_model, by_benchmark)
            found[rest] = (by_model[rest] - self._weighted[rest] @ benchmarks) / self._mass[rest, None]
        found[~self.connected] = np.nan
        return found

    @property
    def freedom(self) -> int:
        """How many more cells there are than effects."""
        return int(self.has.sum() - self.connected.sum() - self._linked.sum() + 1) if self.connected.any() else 0

    def errors_of_lacking(self, values: Float[ndarray, "models benchmarks"]) -> Float[ndarray, " models"]:
        """Return how unsure each marginal mean is because of the benchmarks that the model lacks: a standard error.

        Models are good at different benchmarks. With residuals of variance s^2 about the fit (of `freedom`) and the
        model's own weights u_k on the benchmarks it has, the mean over these differs from that over all by
        s sqrt(sum_k (u_k - w_k)^2), as benchmarks that are lacking at random. It is 0 for models with all benchmarks,
        and where there are no more cells than effects, so that nothing can be told of s.
        """
        patterns, which = np.unique(self.has, axis=0, return_inverse=True)
        lacking = np.array([((shares(self.columns, each) - self.weights) ** 2).sum() for each in patterns])
        return np.where(self._incomplete, self._residual_deviation(values) * np.sqrt(lacking[which.ravel()]), 0.0)

    def deductions(self, values: Float[ndarray, "models benchmarks"]) -> Float[ndarray, " models"]:
        """Return what a model may have gained in its marginal mean by lacking just what it stands worst on: half of it.

        Of normal residuals of standard deviation s the highest 1 - f have the mean s phi(z) / (1 - f), with
        z = Phi^-1(f) and f the weight of what the model lacks: the selection differential of truncation (Falconer &
        Mackay 1996, Introduction to quantitative genetics, chapter 11). It does not shrink with the number of
        benchmarks, as the standard error of those lacking at random does, and as what is gained by choosing does not.
        `CHOSEN` of it is deducted: with one benchmark kept in each group, choosing gains no line then.
        """
        lacking = np.clip((~self.has & self._linked) @ self.weights, 0.0, 1.0)
        chosen = np.where(self._incomplete & (lacking > 0) & (lacking < 1), lacking, 0.5)
        height = np.exp(-(scipy.special.ndtri(chosen) ** 2) / 2) / np.sqrt(2 * np.pi)
        return np.where(self._incomplete, CHOSEN * self._residual_deviation(values) * height / (1 - chosen), 0.0)

    @property
    def _incomplete(self) -> Bool[ndarray, " models"]:
        return np.asarray(self.connected & ~self.complete)

    def _residual_deviation(self, values: Float[ndarray, "models benchmarks"]) -> float:
        """How models differ on a benchmark beyond their effects and its own; 0 where nothing can be told of it."""
        effects = self.effects(values)
        residuals = np.where(self.has, values - effects.models[:, None] - effects.benchmarks, 0.0)
        return float(np.sqrt((residuals**2).sum() / self.freedom)) if self.freedom > 0 else 0.0

    def _benchmark_effects(
        self, by_model: Float[ndarray, "models draws"], by_benchmark: Float[ndarray, "benchmarks draws"]
    ) -> Float[ndarray, "linked draws"]:
        weighted = self.weights[self._linked, None] * by_benchmark[self._linked]
        return np.asarray(self._inverse @ (weighted - self._weighted.T @ (by_model / self._mass[:, None])))


def _largest_part(
    has: Bool[ndarray, "models benchmarks"],
) -> tuple[Bool[ndarray, " models"], Bool[ndarray, " benchmarks"]]:
    """The models and benchmarks of the part that has most models; of equal ones the first."""
    left = has.any(axis=1)
    nothing = np.zeros(len(has), dtype=bool), np.zeros(has.shape[1], dtype=bool)
    best: tuple[Bool[ndarray, " models"], Bool[ndarray, " benchmarks"]] = nothing
    while left.any():
        models = np.asarray(np.arange(len(has)) == np.argmax(left))
        while True:
            benchmarks = np.asarray(has[models].any(axis=0))
            grown = np.asarray(has[:, benchmarks].any(axis=1))
            if (grown == models).all():
                break
            models = grown
        if models.sum() > best[0].sum():
            best = models, benchmarks
        left &= ~models
    return best
