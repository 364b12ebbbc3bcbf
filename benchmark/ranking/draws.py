"""Draws of the cells of a board, read one benchmark at a time: of 1,000 models on 100 benchmarks they are 1.2 GB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.ranking.benchmark_weights import CommonShares, shares
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.ranking.spreads import difference_variances, row_variances
from brainrank.benchmark.statistics.uncertainty import BOTH, STIMULI, SUBJECTS
from brainrank.benchmark.statistics.variance_parts import Spreads, VarianceParts
from brainrank.benchmark.types.score import Draws


@runtime_checkable
class BoardDraws(Protocol):
    """Where the draws of a board's cells are."""

    def sets(self) -> Mapping[str, Sequence[int]]:
        """Return the columns in which there are draws of each set of stimuli."""

    def read(self, column: int, stimulus_set: str) -> Iterable[tuple[int, Draws]]:
        """Return the draws of a column that are of a set of stimuli, each with its model's row."""


@dataclass(frozen=True)
class GivenDraws:
    """Draws in memory, by model's row and benchmark's column."""

    cells: Mapping[tuple[int, int], Draws]

    def sets(self) -> Mapping[str, Sequence[int]]:
        """See `BoardDraws`."""
        found: dict[str, dict[int, None]] = {}
        for (_, column), draws in self.cells.items():
            found.setdefault(draws.stimulus_set, {})[column] = None
        return {name: list(columns) for name, columns in found.items()}

    def read(self, column: int, stimulus_set: str) -> Iterator[tuple[int, Draws]]:
        """See `BoardDraws`."""
        return (
            (row, draws)
            for (row, at), draws in self.cells.items()
            if at == column and draws.stimulus_set == stimulus_set
        )


class _Cells(NamedTuple):
    """The deviations of one kind of a benchmark's cells; 0 for models without."""

    column: int
    deviations: Float[ndarray, "models draws"]


class BoardParts:
    """The parts of the variances of marginal means, and of pairs' differences on what both of two ranked models have.

    Ranked models with the commonest pattern of benchmarks (mostly all of them) are compared from one weighted sum a
    model. For the others the benchmarks of a set of stimuli are compared one by one, since each pair weighs them in its
    own way: their draws are then in memory together, and cost as many matrix products as there are pairs of benchmarks.
    """

    def __init__(self, design: Design, ranked: Bool[ndarray, " models"]) -> None:
        self._design, self._ranked = design, np.flatnonzero(ranked)
        self.means = VarianceParts(len(ranked))
        self.each_pair, self.together = (VarianceParts(self._ranked.size, self._ranked.size) for _ in range(2))
        has = design.has[ranked]
        patterns, which, counts = np.unique(has, axis=0, return_inverse=True, return_counts=True)
        commonest = int(counts.argmax()) if counts.size else 0
        self._alike = which.ravel() == commonest
        self._weights = shares(design.columns, patterns[commonest]) if counts.size else design.weights
        self._common = CommonShares(design.columns, has, ~self._alike)
        self._has, self._drawn = has, np.zeros(design.has.shape, dtype=bool)

    @property
    def pairs(self) -> Spreads:
        """The variances of all pairs' differences, and their degrees of freedom."""
        own, together = self.each_pair.total, self.together.total
        return Spreads(own.variance, np.fmin(own.freedom, together.freedom))

    def add(self, draws: BoardDraws) -> None:
        """Add up what all sets of stimuli make vary."""
        for name, columns in draws.sets().items():
            of_set = _OfSet(self._design, self._weights, keep=not self._alike.all())
            for column in columns:
                for row, each in draws.read(column, name):
                    if self._design.has[row, column]:
                        of_set.add(row, each)
                        self._drawn[row, column] = True
                of_set.end_column(column)
            self._add_set(of_set)
        self._forget_undrawn()

    def _add_set(self, of_set: "_OfSet") -> None:
        if STIMULI_KEY not in of_set.sums:
            return
        of_stimuli = of_set.sums[STIMULI_KEY]
        self.means.add_stimuli(of_stimuli.mean_variances(), of_stimuli.freedom)
        own, together = self._pair_variances(of_stimuli)
        self.each_pair.add_stimuli(own, of_stimuli.freedom)
        self.together.add_stimuli(together, of_stimuli.freedom)
        subject_sets = dict.fromkeys(name for name, part in of_set.sums if part == SUBJECTS)
        for name in subject_sets:
            subjects, both = of_set.sums[name, SUBJECTS], of_set.sums[name, BOTH]
            self.means.add_subjects(subjects.mean_variances(), both.mean_variances(), subjects.freedom)
            (own, together), (own_both, both_together) = (self._pair_variances(each) for each in (subjects, both))
            self.each_pair.add_subjects(own, own_both, subjects.freedom)
            self.together.add_subjects(together, both_together, subjects.freedom)

    def _pair_variances(self, part: "_Sums") -> tuple[Float[ndarray, "ranked ranked"], Float[ndarray, "ranked ranked"]]:
        """The variances of the pairs, and those they would have if all pairs were alike but for their weights."""
        n = self._ranked.size
        found, alike = np.zeros((n, n)), np.flatnonzero(self._alike)
        above = np.triu(np.ones((alike.size, alike.size), dtype=bool), k=1)
        one = [part.alike[self._ranked[alike]]]
        found[np.ix_(alike, alike)] = difference_variances(one, one, [np.ones(above.shape)], above)
        mass = np.zeros((n, n))
        mass[np.ix_(alike, alike)] = above * sum(self._weights[column] for column in part.columns)
        rest = np.flatnonzero(~self._alike)
        if rest.size:
            cells = [each.deviations[self._ranked] for each in part.cells]
            wanted = (np.arange(n) > rest[:, None]) | self._alike
            weights = [self._common.of(each.column) for each in part.cells]
            found[rest] += difference_variances([each[rest] for each in cells], cells, weights, wanted)
            mass[rest] += wanted * np.sum(weights, axis=0)
        # Each pair was taken once, whichever comes first.
        found, squared = found + found.T, (mass + mass.T) ** 2
        known = np.isfinite(found)
        total = squared[known].sum()
        return found, squared * (found[known].sum() / total if total > 0 else 0.0)

    def _forget_undrawn(self) -> None:
        """Nothing is known of statistics of which some cell has no draws."""
        undrawn = self._design.has & ~self._drawn
        own = undrawn.any(axis=1)
        self.means.forget(own | (undrawn.any() & ~self._design.complete))
        here = undrawn[self._ranked].astype(np.float32)
        shared = here @ self._has.T.astype(np.float32) > 0
        self.each_pair.forget(shared | shared.T)


STIMULI_KEY = ("", STIMULI)


class _OfSet:
    """The draws of one set of stimuli: sums of their parts, those of subjects by the set of subjects."""

    def __init__(self, design: Design, weights: Float[ndarray, " benchmarks"], *, keep: bool) -> None:
        self._design, self._weights, self._keep = design, weights, keep
        self.sums: dict[tuple[str, int], _Sums] = {}
        self._column: dict[tuple[str, int], Float[ndarray, "models draws"]] = {}

    def add(self, row: int, draws: Draws) -> None:
        """Add a cell of the column that is being read."""
        self._add(STIMULI_KEY, row, draws.deviations[STIMULI], draws.stimulus_freedom)
        if draws.subject_freedom:
            for part in (SUBJECTS, BOTH):
                self._add((draws.subject_set, part), row, draws.deviations[part], draws.subject_freedom)

    def end_column(self, column: int) -> None:
        """Take the column that was read into the sums."""
        for key, found in self._column.items():
            self.sums[key].add(column, found)
        self._column.clear()

    def _add(self, key: tuple[str, int], row: int, deviations: Float[ndarray, " draws"], freedom: int) -> None:
        if key not in self.sums:
            self.sums[key] = _Sums(self._design, self._weights, keep=self._keep)
        sums = self.sums[key]
        sums.freedom = min(sums.freedom, freedom) if sums.freedom else freedom
        if key not in self._column:
            self._column[key] = np.zeros((len(self._design.has), deviations.size), dtype=np.float32)
        held = self._column[key]
        if deviations.size < held.shape[1]:
            held = self._column[key] = held[:, : deviations.size]
        held[row] = deviations[: held.shape[1]]


class _Sums:
    """Sums over the benchmarks of a set, of as many draws as all have.

    They are weighted as the board weighs benchmarks, and (`alike`) as models with the commonest pattern do.
    """

    def __init__(self, design: Design, weights: Float[ndarray, " benchmarks"], *, keep: bool) -> None:
        self._design, self._weights, self._keep = design, weights, keep
        self._same = bool((weights == design.weights).all())
        self.freedom = 0
        self.alike = self._by_model = np.zeros((len(design.has), 0))
        self._by_benchmark: dict[int, Float[ndarray, " draws"]] = {}
        self._cells: list[_Cells] = []

    def add(self, column: int, found: Float[ndarray, "models draws"]) -> None:
        """Add a benchmark."""
        exact = found.astype(np.float64)
        self._by_model = _plus(self._by_model, self._design.weights[column] * exact)
        self.alike = self._by_model if self._same else _plus(self.alike, self._weights[column] * exact)
        # What is undefined for one model is not for all others.
        self._by_benchmark[column] = np.nan_to_num(exact).sum(axis=0)
        if self._keep:
            self._cells.append(_Cells(column, found))

    @property
    def columns(self) -> Sequence[int]:
        """The benchmarks."""
        return list(self._by_benchmark)

    @property
    def cells(self) -> Sequence[_Cells]:
        """The benchmarks' own deviations."""
        length = self.alike.shape[1]
        return [_Cells(each.column, each.deviations[:, :length]) for each in self._cells]

    def mean_variances(self) -> Float[ndarray, " models"]:
        """Return what this makes the marginal means vary."""
        sums = np.zeros((len(self._design.columns), self._by_model.shape[1]))
        for column, found in self._by_benchmark.items():
            sums[column] = found[: sums.shape[1]]
        variances = row_variances(self._design.means(self._by_model, sums))
        return np.where(self._design.connected, variances, np.nan)


def _plus(sums: Float[ndarray, "models draws"], more: Float[ndarray, "models more"]) -> Float[ndarray, "models least"]:
    if not sums.shape[1]:
        return more
    length = min(sums.shape[1], more.shape[1])
    return np.asarray(sums[:, :length] + more[:, :length])
