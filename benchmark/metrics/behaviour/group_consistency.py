"""Error consistency within and between groups of observers, such as ages and models, over people and images.

A cell of two groups has the mean kappa of their pairs and the latent correlation over them. It deviates with the images
that are drawn and with the people of either group that are drawn, all of which all cells share: each draw of people
moves a cell to first order, by what each person does to it. A mean over pairs within a group is moved by a person
twice, as in the ceiling of `error-consistency` (Hoeffding 1948).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    MINIMUM_SHARED,
    UndefinedKappa,
    all_pairs,
    kappa_of,
    pair_counts,
    resampled_counts,
)
from brainrank.benchmark.metrics.behaviour.latent_correlation import (
    ADDED,
    OddsTerms,
    latent_correlation,
    log_odds_ratio,
    odds_terms,
)
from brainrank.benchmark.metrics.behaviour.ratios import ratio
from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    MINIMUM_SUBJECTS,
    deviations,
    set_name,
    spread,
    student_interval,
    times,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, Interval

NO_PAIRS = "no two of them share enough trials, or they never err apart"
FEWEST = 5  # trials of each kind: of fewer an odds ratio varies more than draws of them do
NO_ODDS = f"both are right, both are wrong, or one of them alone is right on fewer than {FEWEST} trials"


@dataclass(frozen=True, eq=False)
class Estimate:
    """A number with its interval over new images and people, and how it deviates on draws of them.

    `value` is NaN exactly when `reason` says why.
    """

    value: float
    interval: Interval
    draws: tuple[Draws, ...]
    reason: str = ""


@dataclass(frozen=True, eq=False)
class GroupCell:
    """Two groups, or one within itself: mean kappa over `pairs` of theirs, and the latent correlation over all of them.

    `left_out` pairs share too few trials for a kappa, or have none; the latent correlation takes them in.
    """

    first: str
    second: str
    kappa: Estimate
    latent_r: Estimate
    pairs: int
    left_out: int


class _Sampled(NamedTuple):
    """All pairs of observers, on the images as they are (first row) and on draws of them (the other rows)."""

    pairs: Int[ndarray, "pairs 2"]
    kappa: Float[ndarray, "draws pairs"]
    odds: OddsTerms


class _Moved(NamedTuple):
    """A statistic by draw of the images, and what each person does to it."""

    value: Float[ndarray, " draws"]
    of_person: Float[ndarray, "draws observers"]


def group_cells(
    table: Correctness,
    groups: Mapping[str, Sequence[str]],
    *,
    units: Int[ndarray, " stimuli"],
    rng: np.random.Generator,
    draws: int = 1000,
    convention: UndefinedKappa = UndefinedKappa.RAW,
    minimum: int = MINIMUM_SHARED,
) -> dict[tuple[str, str], GroupCell]:
    """Every two groups of observers and, where a group has two, each within itself, by their names in order.

    `groups` names the observers of each; `units` are the images' groups (`units_of`), which are drawn whole. Groups of
    fewer than three observers are taken as they are, as nobody can tell how they differ. Raises InvalidDataError where
    an observer is in two groups, or in none.
    """
    _check(table.observers, groups)
    sampled = _sample(table, units, rng=rng, draws=draws, convention=convention, minimum=minimum)
    drawn = {name: _people_drawn(table.observers, who, draws, rng) for name, who in groups.items()}
    images = _Images(len(np.unique(units)), set_name(table.stimulus_ids))
    names = list(groups)
    cells = {}
    for place, first in enumerate(names):
        for second in names[place:]:
            chosen = _pairs_between(sampled.pairs, table.observers, groups[first], groups[second])
            if chosen.any():
                weights = {each: drawn[each] for each in dict.fromkeys((first, second))}
                from_second = np.isin(table.observers, list(groups[second]))[sampled.pairs[:, 0]] & (first != second)
                cells[first, second] = _cell(first, second, sampled, chosen, from_second, weights, images)
    return cells


class _Images(NamedTuple):
    number: int
    name: str


def _check(observers: Sequence[str], groups: Mapping[str, Sequence[str]]) -> None:
    listed = [who for each in groups.values() for who in each]
    faulty = sorted({who for who in listed if listed.count(who) > 1} | set(observers) ^ set(listed))
    if faulty:
        raise InvalidDataError(
            f"Observers {', '.join(faulty[:5])} are not in exactly one group; give each observer of the trials one"
        )


def _sample(
    table: Correctness,
    units: Int[ndarray, " stimuli"],
    *,
    rng: np.random.Generator,
    draws: int,
    convention: UndefinedKappa,
    minimum: int,
) -> _Sampled:
    once = np.ones((1, len(units)), dtype=np.int64)
    counts = np.vstack([once, stimulus_counts(len(units), draws=draws, rng=rng, units=units)])
    pairs = all_pairs(len(table.observers))
    kappa, *terms = (np.empty((draws + 1, len(pairs))) for _ in range(1 + len(OddsTerms._fields)))
    for block, tally in resampled_counts(table.correct, table.shown, counts=counts, pairs=pairs):
        kappa[:, block] = kappa_of(tally, convention=convention)
        for into, values in zip(terms, odds_terms(tally), strict=True):
            into[:, block] = values
    trials = pair_counts(table.correct, table.shown).trials[pairs[:, 0], pairs[:, 1]]
    kappa[:, (trials < min(minimum, len(units))) | np.isnan(kappa[0])] = np.nan
    return _Sampled(pairs, kappa, OddsTerms(*terms))


def _people_drawn(
    observers: Sequence[str], who: Sequence[str], draws: int, rng: np.random.Generator
) -> Float[ndarray, "draws observers"] | None:
    """How much more or less often than once each observer is drawn; None for a group of too few."""
    if len(who) < MINIMUM_SUBJECTS:
        return None
    more = np.zeros((draws, len(observers)))
    more[:, np.isin(observers, list(who))] = subject_counts(len(who), draws=draws, rng=rng) - 1.0
    return more


def _pairs_between(
    pairs: Int[ndarray, "pairs 2"], observers: Sequence[str], first: Sequence[str], second: Sequence[str]
) -> Bool[ndarray, " pairs"]:
    a, b = (np.isin(observers, list(each))[pairs] for each in (first, second))
    return np.asarray((a[:, 0] & b[:, 1]) | (a[:, 1] & b[:, 0]))


def _cell(
    first: str,
    second: str,
    sampled: _Sampled,
    chosen: Bool[ndarray, " pairs"],
    from_second: Bool[ndarray, " pairs"],
    drawn: Mapping[str, Float[ndarray, "draws observers"] | None],
    images: _Images,
) -> GroupCell:
    odds = OddsTerms(*(each[:, chosen] for each in sampled.odds))
    turned = (
        np.where(from_second[chosen], odds.second, odds.first),
        np.where(from_second[chosen], odds.first, odds.second),
    )
    some = _Sampled(sampled.pairs[chosen], sampled.kappa[:, chosen], odds._replace(first=turned[0], second=turned[1]))
    kappa = _estimate(_mean_kappa(some), drawn, images, NO_PAIRS)
    latent_r = _estimate(_latent_r(some), drawn, images, NO_ODDS)
    defined = int(np.isfinite(some.kappa[0]).sum())
    return GroupCell(first, second, kappa, latent_r, defined, len(some.pairs) - defined)


def _of_each(pairs: Int[ndarray, "pairs 2"]) -> Float[ndarray, "pairs observers"]:
    """Which pairs each observer is in."""
    return np.asarray((pairs[:, :, None] == np.arange(pairs.max() + 1)).any(axis=1), dtype=np.float64)


def _mean_kappa(some: _Sampled) -> _Moved:
    """The mean over pairs M; a person moves it by sum over its pairs of (kappa - M), divided by the number of pairs."""
    defined = np.isfinite(some.kappa)
    number = defined.sum(axis=1)
    mean = ratio(np.where(defined, some.kappa, 0.0).sum(axis=1), number)
    apart = np.where(defined, some.kappa - mean[:, None], 0.0)
    return _Moved(mean, (apart @ _of_each(some.pairs)) / np.maximum(number, 1)[:, None])


def _latent_r(some: _Sampled) -> _Moved:
    """That of sums over pairs; a person moves the log odds ratio by its share of `alike` less that of `apart`."""
    alike, apart, trials, first, second, both = (terms.sum(axis=1) for terms in some.odds)
    found = latent_correlation(log_odds_ratio(alike, apart), ratio(first, trials), ratio(second, trials))
    each = _of_each(some.pairs)
    moved = [
        (terms @ each) / (total + ADDED / 4)[:, None]
        for terms, total in ((some.odds.alike, alike), (some.odds.apart, apart))
    ]
    r = found.r
    if min(counts[0] for counts in (both, first - both, second - both, trials - first - second + both)) < FEWEST:
        r = np.full_like(r, np.nan)
    return _Moved(r, found.slope[:, None] * (moved[0] - moved[1]))


def _estimate(
    moved: _Moved,
    drawn: Mapping[str, Float[ndarray, "draws observers"] | None],
    images: _Images,
    why_not: str,
) -> Estimate:
    value = float(moved.value[0])
    if not np.isfinite(value):
        return Estimate(value, Interval(np.nan, np.nan), (), why_not)
    draws = _draws(moved, drawn, images)
    return Estimate(value, student_interval(value, spread(draws), support=CORRELATION), tuple(draws))


def _draws(
    moved: _Moved, drawn: Mapping[str, Float[ndarray, "draws observers"] | None], images: _Images
) -> list[Draws]:
    """Deviations due to the images, and to the people of each group with what they have in common with the images."""
    nothing = np.where(np.isfinite(moved.value[1:]), 0.0, np.nan)
    of_images = moved.value[1:]
    found = [deviations(of_images, n_stimuli=images.number, stimulus_set=images.name)]
    for name, more in drawn.items():
        if more is None:
            continue
        more = more[:, : moved.of_person.shape[1]]
        found.append(
            deviations(
                nothing,
                n_stimuli=images.number,
                stimulus_set=images.name,
                subjects=more @ moved.of_person[0],
                both=(more * moved.of_person[1:]).sum(axis=1),
                n_subjects=int((np.abs(more).sum(axis=0) > 0).sum()),
                subject_set=name,
            )
        )
    return found


def share_of(value: Estimate, ceiling: Estimate | None) -> Estimate:
    """A value as a share of a ceiling, over the same draws of both; undefined without a ceiling that is above zero.

    A draw moves value / ceiling by (moved value - share * moved ceiling) / ceiling, to first order.
    """
    if ceiling is None or not (np.isfinite(value.value) and ceiling.interval.low > 0):
        reason = value.reason or "what two people of the group have cannot be told from zero"
        return Estimate(np.nan, Interval(np.nan, np.nan), (), reason)
    share = value.value / ceiling.value
    draws = [times(each, 1 / ceiling.value) for each in value.draws]
    draws += [times(each, -share / ceiling.value) for each in ceiling.draws]
    return Estimate(share, student_interval(share, spread(draws)), tuple(draws))
