"""A claim asked again of the same recordings: of each subject, by other layers, and of benchmarks' variants.

To look at, not to count: what varies here shares images and models. Single subjects and layer rules are told by their
sign alone: stored scores have no draws of them. Variants (another dissimilarity, comparator or convention, half of the
images) have scores of their own, and intervals. As shares of the noise ceiling, or by Brain-Score's conventions, no
difference on a benchmark changes its sign.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.services.analysis.claim_cells import Cells
from brainrank.benchmark.claims.claim import Claim
from brainrank.benchmark.claims.effects import FAILS, HOLDS, effect, verdict
from brainrank.benchmark.scoring.variants import Variant
from brainrank.benchmark.types.score import Interval, LayerScore, Score


class Varied(StrEnum):
    """What is chosen otherwise than for the score."""

    SUBJECT = "subject"
    BEST_LAYER = "best layer"
    LAST_LAYER = "last layer"
    DISSIMILARITY = "dissimilarity"
    COMPARATOR = "comparator"
    SELECTION = "selection"
    CONVENTION = "convention"
    IMAGES = "images"


WORDS = {
    Varied.SUBJECT: "of single subjects",
    Varied.BEST_LAYER: "by the best layer in hindsight",
    Varied.LAST_LAYER: "by the last layer",
    Varied.DISSIMILARITY: "by another dissimilarity",
    Varied.COMPARATOR: "by another comparator",
    Varied.SELECTION: "by another choice of penalties",
    Varied.CONVENTION: "by another convention of kappa",
    Varied.IMAGES: "on half of the images",
}


class Variation(NamedTuple):
    """First models less second, asked in another way; `as_expected` is its sign, or that it lies within the margin.

    `interval` and `verdict` are those of variants, None and empty of what is told by its sign alone.
    """

    benchmark: str
    varied: Varied
    of: str
    difference: float
    as_expected: bool
    interval: Interval | None = None
    verdict: str = ""

    @property
    def name(self) -> str:
        """What is varied, as `comparator corr`."""
        return f"{self.varied} {self.of}".rstrip()


def variations(session: Session, claim: Claim, cells: Sequence[Cells]) -> list[Variation]:
    """Of every subject and layer rule there is in stored scores; what a benchmark's metric does not have is left out.

    The best layer is the one with the highest score of all, chosen on the images it is told of; the last is the last
    that is listed.
    """
    whole = runs.with_curves(session, [run.run_id for each in cells for run in each.runs])
    found = []
    for benchmark, of_models, _ in cells:
        full = [whole[run.run_id] for run in of_models]
        for varied, name, values in (*_by_subject(full), *_by_layer(full)):
            difference = float(np.mean(values[: len(claim.first)]) - np.mean(values[len(claim.first) :]))
            if np.isfinite(difference):
                expected = _as_expected(difference, claim)
                found.append(Variation(benchmark.name, varied, name, difference, expected))
    return found


def of_variants(claim: Claim, cells: Sequence[Cells]) -> list[Variation]:
    """The difference on each variant that has scores of all models, with its interval."""
    first, found = [True] * len(claim.first) + [False] * len(claim.second), []
    for each in cells:
        if isinstance(each.benchmark, Variant):
            told = effect(np.array(each.values)[:, None], [[draws] for draws in each.draws], first)
            found.append(
                Variation(
                    each.benchmark.base,
                    Varied(each.benchmark.parameter),
                    each.benchmark.value,
                    told.value,
                    _as_expected(told.value, claim),
                    told.interval,
                    verdict(told, claim.expects, claim.margin),
                )
            )
    return found


def _as_expected(difference: float, claim: Claim) -> bool:
    return difference > 0 if claim.margin is None else abs(difference) < claim.margin


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
    """Of how many differences of each kind the sign is as expected, and how many tell it; empty without any."""
    told = []
    for varied, words in WORDS.items():
        of = [each for each in found if each.varied is varied]
        if of:
            told.append(f"{words} {sum(each.as_expected for each in of)} of {len(of)}")
    if not told:
        return ""
    text = f"As expected, whether told or not: {', '.join(told)} differences."
    with_intervals = [each.verdict for each in found if each.verdict]
    if not with_intervals:
        return text
    held, failed = (sum(each == verdict for each in with_intervals) for verdict in (HOLDS, FAILS))
    return f"{text} Of the {len(with_intervals)} with an interval {held} hold and {failed or 'none'} fail."
