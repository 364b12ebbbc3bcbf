"""Error consistency of pairs of observers, and of groups of pairs, over several conditions, with bootstrap intervals.

Whatever is compared is a mean over conditions for each pair, then over the pairs of a group, as Geirhos et al. (2021)
average. Intervals are over draws of the stimuli within each condition; the observers are taken as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.aggregation import Consistency, consistency_of
from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    MINIMUM_SHARED,
    ErrorConsistency,
    PairDraws,
    UndefinedKappa,
    all_pairs,
    resampled_pairs,
)
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined, ratio
from brainrank.benchmark.metrics.behaviour.undefined import NO_KAPPAS, KappaCounts, counts_of
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import CORRELATION, SHARE, interval_over_stimuli
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval


class PairConsistency(NamedTuple):
    """One pair of observers: means over the conditions where each is defined; `reason` says what was left out.

    `trials` are those that the two share, over all conditions. `accuracy_difference` is squared.
    """

    first: str
    second: str
    kappa: float
    interval: Interval
    kappa_min: float
    kappa_max: float
    observed: float
    observed_interval: Interval
    expected: float
    accuracy_difference: float
    accuracy_difference_interval: Interval
    trials: int
    reason: str


class GroupConsistency(NamedTuple):
    """The means over the pairs of a group, such as a model with each person; NaN where no pair has a value.

    `unreliable` says that kappa without its undefined pairs cannot be told from zero, whatever the convention.
    """

    name: str
    pairs: int
    kappa: float
    interval: Interval
    observed: float
    observed_interval: Interval
    accuracy_difference: float
    accuracy_difference_interval: Interval
    unreliable: bool
    counts: KappaCounts


@dataclass(frozen=True, eq=False)
class Compared(Consistency):
    """All pairs of observers: under each condition, and their means over conditions on draws of the stimuli.

    `raw_kappa` are the draws of kappa under the `raw` convention; `n_stimuli` were drawn from, over all conditions.
    """

    drawn: PairDraws
    raw_kappa: Float[ndarray, "draws pairs"]
    n_stimuli: int

    def interval(
        self, value: float, drawn: Float[ndarray, " draws"], *, field: str = "kappa", level: float = 0.95
    ) -> Interval:
        """The interval of a mean over conditions (and pairs), of a field of PairDraws, over new stimuli."""
        return interval_over_stimuli(
            value,
            drawn,
            n_stimuli=self.n_stimuli,
            strata=len(self.by_condition),
            support=CORRELATION if field == "kappa" else SHARE,
            level=level,
        )

    def mean_raw_kappa(self) -> Float[ndarray, " pairs"]:
        """Each pair's mean kappa over the conditions where chance agreement is below 1."""
        i, j = self.pairs.T
        values = [np.where(each.expected == 1, np.nan, each.kappa)[i, j] for each in self.by_condition.values()]
        return mean_of_defined(np.stack(values))


def compare_pairs(
    tables: Mapping[str, Correctness],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    convention: UndefinedKappa = UndefinedKappa.RAW,
    minimum: int = MINIMUM_SHARED,
) -> Compared:
    """Compare all pairs of the observers of `tables` (one per condition, the same observers).

    A pair is compared on the trials it shares, under the conditions where it shares `minimum` of them or all there are.
    Raises InvalidDataError for fewer than two observers or tables of different observers.
    """
    observers = next(iter(tables.values())).observers
    if len(observers) < 2:
        raise InvalidDataError(f"There is one observer, {observers[0]}; error consistency compares two or more")
    if any(table.observers != observers for table in tables.values()):
        raise InvalidDataError("The conditions have different observers; give trials of all observers in each")
    found = consistency_of(tables, all_pairs(len(observers)), convention=convention, minimum=minimum)
    pairs, by_condition = found.pairs, found.by_condition
    sums = [_Sums.of(draws, len(pairs)) for _ in range(4)]
    for name, table in tables.items():
        counts = stimulus_counts(len(table.stimulus_ids), draws=draws, rng=rng)
        shown = None if table.shown.all() else table.shown
        few = np.isnan(by_condition[name].expected[pairs[:, 0], pairs[:, 1]])
        drawn = resampled_pairs(table.correct, shown, counts=counts, pairs=pairs)
        agree = (drawn.observed == 1) & (convention is UndefinedKappa.MODEL_VS_HUMAN)
        for total, values in zip(
            sums, (drawn.kappa, *drawn._replace(kappa=np.where(agree, 1.0, drawn.kappa))), strict=True
        ):
            total.add(np.where(few, np.nan, values))
    raw, *means = (each.mean() for each in sums)
    n_stimuli = sum(len(table.stimulus_ids) for table in tables.values())
    return Compared(observers, pairs, by_condition, PairDraws(*means), raw, n_stimuli)


def of_pairs(found: Compared, *, level: float = 0.95) -> tuple[PairConsistency, ...]:
    """Each pair by itself. NaN with the reason where no condition has a kappa; the mean of bounds bounds the mean."""
    means = {name: found.per_pair(name) for name in ErrorConsistency._fields if name not in ("trials", "reasons")}
    trials = np.sum([each.trials for each in found.by_condition.values()], axis=0)
    intervals = {
        field: [
            found.interval(float(value), drawn, field=field, level=level)
            for value, drawn in zip(means[field], getattr(found.drawn, field).T, strict=True)
        ]
        for field in PairDraws._fields
    }
    return tuple(
        PairConsistency(
            first=found.observers[a],
            second=found.observers[b],
            kappa=float(means["kappa"][k]),
            interval=intervals["kappa"][k],
            kappa_min=float(means["kappa_min"][k]),
            kappa_max=float(means["kappa_max"][k]),
            observed=float(means["observed"][k]),
            observed_interval=intervals["observed"][k],
            expected=float(means["expected"][k]),
            accuracy_difference=float(means["accuracy_difference"][k]),
            accuracy_difference_interval=intervals["accuracy_difference"][k],
            trials=int(trials[a, b]),
            reason=_reason({name: part.reasons.get((a, b), "") for name, part in found.by_condition.items()}),
        )
        for k, (a, b) in enumerate(found.pairs.tolist())
    )


def of_group(found: Compared, name: str, chosen: Bool[ndarray, " pairs"], *, level: float = 0.95) -> GroupConsistency:
    """The means over some of the pairs, with how many kappas are undefined or of too few trials."""
    values: dict[str, float] = {}
    intervals: dict[str, Interval] = {}
    for field in PairDraws._fields:
        values[field] = _mean(found.per_pair(field)[chosen])
        drawn = mean_of_defined(getattr(found.drawn, field)[:, chosen].T)
        intervals[field] = found.interval(values[field], drawn, field=field, level=level)
    raw_kappa = mean_of_defined(found.raw_kappa[:, chosen].T)
    raw = found.interval(_mean(found.mean_raw_kappa()[chosen]), raw_kappa, level=level)
    return GroupConsistency(
        name,
        int(chosen.sum()),
        values["kappa"],
        intervals["kappa"],
        values["observed"],
        intervals["observed"],
        values["accuracy_difference"],
        intervals["accuracy_difference"],
        unreliable=not raw.low > 0,
        counts=sum((counts_of(each, found.pairs[chosen]) for each in found.by_condition.values()), NO_KAPPAS),
    )


def pair_consistency(
    tables: Mapping[str, Correctness],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    convention: UndefinedKappa = UndefinedKappa.RAW,
    minimum: int = MINIMUM_SHARED,
) -> tuple[PairConsistency, ...]:
    """Error consistency of all unordered pairs of observers: `of_pairs` of `compare_pairs`."""
    return of_pairs(compare_pairs(tables, rng=rng, draws=draws, convention=convention, minimum=minimum))


class _Sums(NamedTuple):
    """Sums over conditions of what is defined."""

    total: Float[ndarray, "draws pairs"]
    defined: Float[ndarray, "draws pairs"]

    @classmethod
    def of(cls, draws: int, pairs: int) -> "_Sums":
        return cls(np.zeros((draws, pairs)), np.zeros((draws, pairs)))

    def add(self, values: Float[ndarray, "draws pairs"]) -> None:
        has = ~np.isnan(values)
        self.total[has] += values[has]
        self.defined[has] += 1

    def mean(self) -> Float[ndarray, "draws pairs"]:
        return ratio(self.total, self.defined)


def _mean(values: Float[ndarray, " pairs"]) -> float:
    return float(mean_of_defined(values[:, None])[0])


def _reason(by_condition: Mapping[str, str]) -> str:
    missing = {condition: why for condition, why in by_condition.items() if why}
    if not missing:
        return ""
    if len(by_condition) == 1:
        return next(iter(missing.values()))
    return "left out: " + "; ".join(f"condition {condition}, {why}" for condition, why in missing.items())
