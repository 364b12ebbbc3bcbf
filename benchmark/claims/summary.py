"""Effects of independent studies together: random effects, their heterogeneity, and what a new study would find.

tau^2 is Paule & Mandel's (1982), the interval Hartung & Knapp's (2001) and never narrower than the usual one (Röver,
Knapp & Friede 2015): with few studies the usual intervals hold too seldom.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.uncertainty import Spread, student_interval
from brainrank.benchmark.types.score import Interval

LARGEST = 1e3


class Summary(NamedTuple):
    """The mean effect with its interval, tau (spread of true effects), I^2, and the interval of a new study's effect.

    `prediction` is NaN below three studies.
    """

    value: float
    interval: Interval
    spread: Spread
    tau: float
    i_squared: float
    prediction: Interval
    studies: int


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
    return Summary(mean, student_interval(mean, of), of, float(np.sqrt(tau2)), i_squared, prediction, k)


def paule_mandel(effects: Float[ndarray, " studies"], variances: Float[ndarray, " studies"]) -> float:
    """tau^2 at which weighted squares about the mean are as many as degrees of freedom; 0 where none is."""

    def excess(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        mean = weights @ effects / weights.sum()
        return float(weights @ (effects - mean) ** 2 - (len(effects) - 1))

    if excess(0.0) <= 0:
        return 0.0
    return float(scipy.optimize.brentq(excess, 0.0, LARGEST * float(np.ptp(effects) ** 2 + variances.max())))
