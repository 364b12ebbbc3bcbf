"""Scores with the subject (an animal, a person) as the random factor: what another subject would give.

The mean over subjects weighs them alike; its interval is t with one degree of freedom less than subjects, of their own
spread, and never narrower than what is not known of each over images. Three subjects have t = 4.3: an interval of them
is wide, and that is what three allow.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.claims.summary import random_effects
from brainrank.benchmark.statistics.uncertainty import Spread, spread, student_interval, times, two_sided_p
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, Interval


class OverSubjects(NamedTuple):
    """A mean over subjects with its interval and p of 0, each subject's value, and how true values differ between them.

    `tau` (Paule & Mandel) and `i_squared` are NaN where what is not known over images is not known of each subject.
    """

    value: float
    interval: Interval
    p: float
    by_subject: Mapping[str, float]
    tau: float
    i_squared: float


def over_benchmarks(
    values: Float[ndarray, "models benchmarks"],
    draws: Sequence[Sequence[Draws]],
    weights: Sequence[float],
    subjects: Sequence[str],
) -> OverSubjects:
    """A weighted sum of models (1; or 1 and -1 of a pair) over the subjects of benchmarks.

    `draws` are those of each model on each benchmark; benchmarks of one subject are averaged. Raises InvalidDataError
    for fewer than two subjects.
    """
    found, variances = dict[str, float](), list[float]()
    for subject in dict.fromkeys(subjects):
        of = [place for place, each in enumerate(subjects) if each == subject]
        found[subject] = float(np.asarray(weights) @ values[:, of].mean(axis=1))
        cells = [
            times(row[place], weight / len(of)) for row, weight in zip(draws, weights, strict=True) for place in of
        ]
        variances.append(spread(cells).variance)
    return over_subjects(found, variances)


def over_subjects(by_subject: Mapping[str, float], variances: Sequence[float] = ()) -> OverSubjects:
    """The mean of subjects' values; `variances` over images, where they are known, in the same order.

    Raises InvalidDataError for fewer than two subjects.
    """
    k, values = len(by_subject), np.array(list(by_subject.values()))
    if k < 2:
        raise InvalidDataError(f"{k} subject ({', '.join(by_subject)}): how subjects differ is told from two or more")
    mean, between = float(values.mean()), float(values.var(ddof=1) / k)
    of = Spread(max(between, sum(variances) / k**2), k - 1)
    tau = i_squared = float("nan")
    if variances and min(variances) > 0:
        pooled = random_effects(values, np.array(variances))
        tau, i_squared = pooled.tau, pooled.i_squared
    return OverSubjects(mean, student_interval(mean, of), two_sided_p(mean, of), by_subject, tau, i_squared)
