"""Effects of independent studies together: random effects, their heterogeneity, and what a new study would find.

tau^2 is Paule & Mandel's (1982), the interval Hartung & Knapp's (2001) and never narrower than the usual one (Röver,
Knapp & Friede 2015): with few studies the usual intervals hold too seldom.

Studies are independent in their images and subjects, not in their models: a seed that turned out well is in all of
them, and no number of studies averages it away. So the variance over models is added once, of the summary.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.claims.claim import Claim
from brainrank.benchmark.claims.effects import OPEN, Effect, told, verdict
from brainrank.benchmark.statistics.uncertainty import Spread, student_interval
from brainrank.benchmark.types.score import Interval

LARGEST = 1e3


class Summary(NamedTuple):
    """The mean effect with its interval, tau (spread of true effects), I^2, and the interval of a new study's effect.

    `prediction` is NaN below three studies. `weights` of the studies sum to one.
    """

    value: float
    interval: Interval
    spread: Spread
    weights: Float[ndarray, " studies"]
    tau: float
    i_squared: float
    prediction: Interval
    studies: int


class Together(NamedTuple):
    """What all studies say of two sets of models: their summary, and the effect with what models add to its variance.

    Interval and prediction of the summary are those of the effect.
    """

    summary: Summary
    effect: Effect


class Said(NamedTuple):
    """What all studies say of a claim; `by_each` where each of several told it, and their summary did not."""

    summary: Summary | None
    verdict: str
    by_each: bool


def all_studies(
    effects: Sequence[Effect], values: Sequence[Sequence[float]], first: Sequence[bool], claim: Claim
) -> Said:
    """Decide a claim by its effect in each study, and the `values` of all models there.

    By their summary; that it holds in each of them, or fails, is said where they are too few for its interval. A study
    without a variance over images is left out; one alone has no summary and speaks for itself.
    """
    known = [place for place, each in enumerate(effects) if each.of_data.variance > 0]
    verdicts = [verdict(each, claim.expects, claim.margin) for each in effects]
    if len(known) < 2:
        return Said(None, verdicts[known[0] if known else 0], by_each=False)
    variances = np.array([effects[place].of_data.variance for place in known])
    found = together(np.array([values[place] for place in known]).T, variances, first)
    by_all = verdict(found.effect, claim.expects, claim.margin)
    of_each = {verdicts[place] for place in known}
    by_each = len(of_each) == 1 and by_all == OPEN and OPEN not in of_each
    return Said(found.summary, of_each.pop() if by_each else by_all, by_each)


def together(
    values: Float[ndarray, "models studies"], variances: Float[ndarray, " studies"], first: Sequence[bool]
) -> Together:
    """Summarise two studies or more of the same models; `variances` are of each study's effect over its data alone."""
    sides = np.array(first)
    found = random_effects(values[sides].mean(axis=0) - values[~sides].mean(axis=0), variances)
    effect = told(found.value, found.spread, values @ found.weights, first)
    new = Spread(effect.spread.variance + found.tau**2, min(found.studies - 2, effect.spread.freedom))
    prediction = student_interval(found.value, new) if found.studies > 2 else found.prediction
    return Together(found._replace(interval=effect.interval, spread=effect.spread, prediction=prediction), effect)


def random_effects(effects: Float[ndarray, " studies"], variances: Float[ndarray, " studies"]) -> Summary:
    """Summarise two effects or more, each with the variance of its estimate."""
    k = len(effects)
    tau2 = paule_mandel(effects, variances)
    weights = 1 / (variances + tau2)
    mean = float(weights @ effects / weights.sum())
    scale = max(1.0, float(weights @ (effects - mean) ** 2 / (k - 1)))
    of = Spread(float(scale / weights.sum()), k - 1)
    fixed = 1 / variances
    q = float(fixed @ (effects - fixed @ effects / fixed.sum()) ** 2)
    i_squared = max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0
    prediction = Interval(float("nan"), float("nan"))
    if k > 2:
        prediction = student_interval(mean, Spread(of.variance + tau2, k - 2))
    shares = weights / weights.sum()
    return Summary(mean, student_interval(mean, of), of, shares, float(np.sqrt(tau2)), i_squared, prediction, k)


def paule_mandel(effects: Float[ndarray, " studies"], variances: Float[ndarray, " studies"]) -> float:
    """tau^2 at which weighted squares about the mean are as many as degrees of freedom; 0 where none is."""

    def excess(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        mean = weights @ effects / weights.sum()
        return float(weights @ (effects - mean) ** 2 - (len(effects) - 1))

    if excess(0.0) <= 0:
        return 0.0
    return float(scipy.optimize.brentq(excess, 0.0, LARGEST * float(np.ptp(effects) ** 2 + variances.max())))
