"""A claim asked again of the same scores: of each subject, and by another choice of layers.

To look at, not to count: what varies here shares all images and models. There is no interval of these differences. As
shares of the noise ceiling, or by Brain-Score's conventions, no difference on a benchmark changes its sign.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.scores import StoredScore
from brainrank.benchmark.claims.claim import Claim
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.score import LayerScore, Score

Scored = Mapping[Benchmark, Sequence[StoredScore]]
"""Runs of the first models, then of the second, on each benchmark."""


class Varied(StrEnum):
    """What is chosen otherwise than for the score."""

    SUBJECT = "subject"
    BEST_LAYER = "best layer"
    LAST_LAYER = "last layer"


WORDS = {
    Varied.SUBJECT: "of single subjects",
    Varied.BEST_LAYER: "by the best layer in hindsight",
    Varied.LAST_LAYER: "by the last layer",
}


class Variation(NamedTuple):
    """First models less second, asked in another way; `as_expected` is its sign, or that it lies within the margin."""

    benchmark: str
    varied: Varied
    of: str
    difference: float
    as_expected: bool


def variations(session: Session, claim: Claim, scored: Scored) -> list[Variation]:
    """Every variation there is in stored scores; what a benchmark's metric does not have is left out.

    The best layer is the one with the highest score of all, chosen on the images it is told of; the last is the last
    that is listed.
    """
    whole = runs.with_curves(session, [run.run_id for each in scored.values() for run in each])
    found = []
    for benchmark, of_models in scored.items():
        full = [whole[run.run_id] for run in of_models]
        for varied, name, values in (*_by_subject(full), *_by_layer(full)):
            difference = float(np.mean(values[: len(claim.first)]) - np.mean(values[len(claim.first) :]))
            if np.isfinite(difference):
                expected = difference > 0 if claim.margin is None else abs(difference) < claim.margin
                found.append(Variation(benchmark.name, varied, name, difference, expected))
    return found


class _Asked(NamedTuple):
    varied: Varied
    of: str
    values: Sequence[float]


def _by_subject(full: Sequence[Score]) -> Iterator[_Asked]:
    of_models = [{each.subject: each.value for each in score.per_subject} for score in full]
    for subject in of_models[0]:
        if all(subject in each for each in of_models):
            yield _Asked(Varied.SUBJECT, subject, [each[subject] for each in of_models])


def _by_layer(full: Sequence[Score]) -> Iterator[_Asked]:
    rules: Mapping[Varied, Callable[[Sequence[LayerScore]], float]] = {
        Varied.BEST_LAYER: lambda curve: max(each.value for each in curve),
        Varied.LAST_LAYER: lambda curve: curve[-1].value,
    }
    curves = [[each for each in score.layer_curve if np.isfinite(each.value)] for score in full]
    if all(curves):
        for varied, rule in rules.items():
            yield _Asked(varied, "", [rule(each) for each in curves])


def agreement_text(found: Sequence[Variation]) -> str:
    """Of how many differences of each kind the sign is as expected; empty without any."""
    told = []
    for varied, words in WORDS.items():
        of = [each.as_expected for each in found if each.varied is varied]
        if of:
            told.append(f"{words} {sum(of)} of {len(of)}")
    return f"As expected, whether told or not: {', '.join(told)} differences." if told else ""
