"""Where two models disagree: on targets or subjects by their scores, on images by what was chosen for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import ShownRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition, join
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.behaviour.pair_consistency import PairConsistency, pair_consistency
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices


class PairedScores(NamedTuple):
    """Two models' scores on the same targets or subjects (`kind`)."""

    kind: str
    names: Sequence[str]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


@dataclass(frozen=True)
class DisputedImage:
    """An image that one model got right and the other wrong; `people` is the share of people who were right."""

    stimulus_id: str
    condition: str
    category: str
    first: str
    second: str
    people: float


@dataclass(frozen=True)
class Disagreement:
    """How many images both models, one or neither got right; the disputed ones, those most people see first."""

    both: int
    neither: int
    only_first: Sequence[DisputedImage]
    only_second: Sequence[DisputedImage]
    consistency: PairConsistency

    @property
    def images(self) -> int:
        """How many images both models chose for."""
        return self.both + self.neither + len(self.only_first) + len(self.only_second)


def paired_scores(first: ShownRun, second: ShownRun) -> PairedScores | None:
    """The scores of two runs target by target, else subject by subject; None where they have neither in common.

    Raises NotFoundError for a run without a score.
    """
    one, other = (_score(run) for run in (first, second))
    for kind, read in (("target", _by_target), ("subject", _by_subject)):
        x, y = read(one), read(other)
        names = [name for name in x if name in y]
        if len(names) > 1:
            return PairedScores(
                kind, names, np.array([x[name] for name in names]), np.array([y[name] for name in names])
            )
    return None


def _score(run: ShownRun) -> Score:
    if run.stored is None:
        raise NotFoundError(f"Run {run.run_id} has no score")
    return run.stored.score


def _by_target(score: Score) -> Mapping[str, float]:
    found = score.per_target
    return {} if found is None else dict(zip(found.targets, found.values.tolist(), strict=True))


def _by_subject(score: Score) -> Mapping[str, float]:
    return {each.subject: each.value for each in score.per_subject}


def disagreement(session: Session, run_ids: tuple[int, int], humans: BehaviouralAssembly) -> Disagreement:
    """What two runs' models chose for the images that people saw.

    Raises NotFoundError where a run's choices are not stored: before they were kept, or without a readout.
    """
    stored = runs.choices(session, run_ids)
    missing = [each for each in run_ids if each not in stored]
    if missing:
        raise NotFoundError(
            f"Choices of run {' and '.join(map(str, missing))} are not stored (the model could not choose, or it was "
            "scored before choices were kept; brainrank score --again stores them)"
        )
    return between(stored[run_ids[0]], stored[run_ids[1]], humans)


def between(first: Choices, second: Choices, humans: BehaviouralAssembly) -> Disagreement:
    """What two models chose for the images that people saw, over the images that all have."""
    one, other = (
        replace(trials, observer=np.full(len(trials), name))
        for name, trials in (("first", model_trials(first, humans)), ("second", model_trials(second, humans)))
    )
    tables = {
        condition: join(table, correctness_by_condition(other)[condition])
        for condition, table in correctness_by_condition(one).items()
    }
    (consistency,) = pair_consistency(tables, rng=np.random.default_rng(0))
    right = np.hstack([table.correct for table in tables.values()])
    shown = [(condition, each) for condition, table in tables.items() for each in table.stimulus_ids]
    described = _describe(shown, first, second, humans)
    only_first, only_second = (
        _clearest_first([described[place] for place in np.flatnonzero(right[winner] & ~right[1 - winner]).tolist()])
        for winner in (0, 1)
    )
    both, neither = int(right.all(axis=0).sum()), int((~right).all(axis=0).sum())
    return Disagreement(both, neither, only_first, only_second, consistency)


def _clearest_first(images: Sequence[DisputedImage]) -> Sequence[DisputedImage]:
    """Those that most people see first; of equals one of each category in turn."""
    seen = Counter[tuple[float, str]]()
    order = []
    for each in sorted(images, key=lambda image: image.stimulus_id):
        order.append((-each.people, seen[each.people, each.category], each.category, each))
        seen[each.people, each.category] += 1
    return [each for *_, each in sorted(order, key=lambda entry: entry[:3])]


def _describe(
    shown: Sequence[tuple[str, str]], first: Choices, second: Choices, humans: BehaviouralAssembly
) -> Sequence[DisputedImage]:
    one, other = (dict(zip(each.stimulus_ids, each.categories, strict=True)) for each in (first, second))
    category: dict[tuple[str, str], str] = {}
    right: dict[tuple[str, str], list[bool]] = {}
    columns = (humans.condition, humans.stimulus_id, humans.category, humans.correct)
    for condition, stimulus, true, correct in zip(*(each.tolist() for each in columns), strict=True):
        category[condition, stimulus] = true
        right.setdefault((condition, stimulus), []).append(correct)
    return [
        DisputedImage(
            each, condition, category[condition, each], one[each], other[each], float(np.mean(right[condition, each]))
        )
        for condition, each in shown
    ]
