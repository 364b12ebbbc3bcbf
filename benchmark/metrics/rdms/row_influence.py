"""How alike many RDMs, or contrasts, are to one or to their own counterpart each, and what each unit adds to that.

`stimulus_influence` for thousands of short RDMs at once, as time-resolved data are: rows are ranked, multiplied and
summed together. A row may be of pairs of stimuli, whose units are stimuli, or of contrasts, which are units themselves.
For comparators that are sums over elements (`OF_PAIRS`); the formulae are those of pair_influence.py.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import FEWEST_FOR_PAIRS
from brainrank.benchmark.metrics.rdms.comparators import RANKED, Comparator, centred
from brainrank.benchmark.statistics.pieces import in_pieces
from brainrank.benchmark.types.condensed import pairs_of

ELEMENTS_AT_ONCE = 2**19
"""Of rows that are worked on together."""
BYTES_OF_A_BLOCK = 16 * 8 * ELEMENTS_AT_ONCE  # so many arrays of as many numbers are in memory


class Runs(NamedTuple):
    """Where in its ascending row each element is, and, where some are equal, the first and last place of its equals."""

    order: Int[ndarray, "rows elements"]
    place: Int[ndarray, "rows elements"]
    first: Int[ndarray, "rows elements"] | None
    last: Int[ndarray, "rows elements"] | None


class ComparedRows(NamedTuple):
    """What of each row a comparator multiplies, how it is ordered where ranks are compared, and its own square."""

    values: Float[ndarray, "rows elements"]
    runs: Runs | None
    own: "Moments | None"


class Moments(NamedTuple):
    """A statistic of each row, and its derivative in the weight of each element."""

    value: Float[ndarray, " rows"]
    influence: Float[ndarray, "rows elements"]


def compared_rows(rows: Float[ndarray, "rows elements"], comparator: Comparator) -> ComparedRows:
    """Return rows as `influence_of_rows` takes them: finite numbers, and a comparator of `OF_PAIRS`."""
    compared = ComparedRows(*_values_of(rows, comparator), None)
    return compared if comparator is Comparator.RHO_A else compared._replace(own=_moments(compared, compared))


def influence_of_rows(first: ComparedRows, second: ComparedRows, comparator: Comparator) -> Moments:
    """Return `compare` of each row of the one with the same row of the other, and what each element adds to it.

    One of the two may have one row, which is compared with all of the other. NaN where a row does not vary; rho-a is
    then 0 by its formula.
    """
    between = _moments(first, second)
    own, other = first.own, second.own
    if own is None or other is None:
        n = float(between.influence.shape[1])
        scale = 12 / (n**3 - n)
        return Moments(
            scale * between.value,
            scale * (between.influence - between.value[:, None] * (3 * n**2 - 1) / (n**3 - n)),
        )
    squares = [np.where(each.value > 0, each.value, np.nan) for each in (own, other)]
    norm = np.sqrt(squares[0] * squares[1])
    value = between.value / norm
    shrinking = own.influence / squares[0][:, None] + other.influence / squares[1][:, None]
    return Moments(value, between.influence / norm[:, None] - value[:, None] / 2 * shrinking)


class Units:
    """What elements add, for each unit; of pairs of stimuli, drawn in to the variance over new units.

    `of_pairs` are of the pairs of stimuli whose units are numbered from 0 (`share_over_new_units`), `of_elements` of
    elements that are units themselves.
    """

    def __init__(self, n_units: int, of_pairs: "_UnitsOfPairs | None" = None) -> None:
        self.n_units, self._of_pairs = n_units, of_pairs

    @classmethod
    def of_pairs(cls, units: Int[ndarray, " stimuli"]) -> "Units":
        """Those of the stimuli that pairs are of."""
        n_units = int(units.max()) + 1
        first, second = (units[each] for each in pairs_of(len(units)))
        low, high = np.minimum(first, second), np.maximum(first, second)
        apart, together = np.flatnonzero(low != high), np.flatnonzero(low == high)
        pair = low * n_units - low * (low + 1) // 2 + high - low - 1
        n_pairs = n_units * (n_units - 1) // 2
        one, other = pairs_of(n_units)
        parts = _UnitsOfPairs(
            between=_ones(pair[apart], apart, (n_pairs, len(first))),
            within=_ones(low[together], together, (n_units, len(first))),
            of_unit=_ones(np.concatenate([one, other]), np.tile(np.arange(n_pairs), 2), (n_units, n_pairs)),
        )
        return cls(n_units, parts)

    @classmethod
    def of_elements(cls, n_elements: int) -> "Units":
        """Elements that are units."""
        return cls(n_elements)

    def sums(self, influence: Float[ndarray, "rows elements"]) -> Float[ndarray, "rows units"]:
        """The influence of each unit. A pair within a unit is in it twice, as it is drawn with its square."""
        if self._of_pairs is None:
            return influence
        between = self._of_pairs.between @ influence.T
        rows = self._of_pairs.of_unit @ between
        of_units = rows + 2 * (self._of_pairs.within @ influence.T)
        shares = _share_over_new_units(of_units, rows, np.einsum("pr,pr->r", between, between))
        return np.asarray((of_units * np.sqrt(shares)).T)


class _UnitsOfPairs(NamedTuple):
    """Which pairs of units, and which unit alone, pairs of stimuli are of; and which units pairs of them are of."""

    between: "scipy.sparse.csr_array"
    within: "scipy.sparse.csr_array"
    of_unit: "scipy.sparse.csr_array"


def _ones(
    rows: Int[ndarray, " ones"], columns: Int[ndarray, " ones"], shape: tuple[int, int]
) -> "scipy.sparse.csr_array":
    return scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


class RowInfluence(NamedTuple):
    """Similarities, and the influence of each unit on them (`similarity.Similarity`)."""

    values: Float[ndarray, "models rows"]
    influence: Float[ndarray, "models rows units"]


def rows_against_models(
    models: Float[ndarray, "models elements"],
    rows: Float[ndarray, "rows elements"],
    units: Units,
    comparator: Comparator,
) -> RowInfluence:
    """Return `compare` of each model with each row, and units' influences. All numbers are finite."""
    compared = [compared_rows(model[None], comparator) for model in models]
    return _in_blocks(len(models), rows, units, comparator, lambda number, _: compared[number])


def rows_against_rows(
    first: Float[ndarray, "rows elements"],
    second: Float[ndarray, "rows elements"],
    units: Units,
    comparator: Comparator,
) -> RowInfluence:
    """Return `compare` of each row with its counterpart, as of one model, and units' influences."""
    return _in_blocks(1, first, units, comparator, lambda _, block: compared_rows(second[block], comparator))


def similarity_of_rows(
    first: Float[ndarray, "*any elements"], second: Float[ndarray, "*any elements"], comparator: Comparator
) -> Float[ndarray, "*any"]:
    """Return `compare` of what was made of rows by `compared_values`, row by row."""
    n = float(first.shape[-1])
    between = np.einsum("...e,...e->...", first, second)
    if comparator is Comparator.RHO_A:
        return np.asarray(12 / (n**3 - n) * between)
    own, other = (np.einsum("...e,...e->...", each, each) for each in (first, second))
    return np.asarray(between / np.sqrt(np.where((own > 0) & (other > 0), own * other, np.nan)))


def compared_values(rows: Float[ndarray, "rows elements"], comparator: Comparator) -> Float[ndarray, "rows elements"]:
    """What of each row a comparator multiplies."""
    values = np.empty(rows.shape)

    def piece(block: slice) -> None:
        values[block] = _values_of(rows[block], comparator)[0]

    in_pieces([partial(piece, block) for block in blocks_of_rows(*rows.shape)], bytes_each=BYTES_OF_A_BLOCK)
    return values


def _in_blocks(
    n_models: int,
    rows: Float[ndarray, "rows elements"],
    units: Units,
    comparator: Comparator,
    model: Callable[[int, slice], ComparedRows],
) -> RowInfluence:
    values = np.empty((n_models, len(rows)))
    influence = np.empty((*values.shape, units.n_units))

    def piece(block: slice) -> None:
        brains = compared_rows(rows[block], comparator)
        for number in range(n_models):
            found = influence_of_rows(model(number, block), brains, comparator)
            values[number, block], influence[number, block] = found.value, units.sums(found.influence)

    in_pieces([partial(piece, block) for block in blocks_of_rows(*rows.shape)], bytes_each=BYTES_OF_A_BLOCK)
    return RowInfluence(values, influence)


def blocks_of_rows(n_rows: int, n_elements: int) -> Iterator[slice]:
    """Rows that are worked on together."""
    width = max(ELEMENTS_AT_ONCE // n_elements, 1)
    return (slice(start, min(start + width, n_rows)) for start in range(0, n_rows, width))


def _share_over_new_units(
    influence: Float[ndarray, "units rows"], rows: Float[ndarray, "units rows"], squares: Float[ndarray, " rows"]
) -> Float[ndarray, " rows"]:
    """`stimulus_influence.share_over_new_units` of each column."""
    n = len(rows)
    total = np.einsum("ur,ur->r", influence, influence)
    if n < FEWEST_FOR_PAIRS:
        return np.ones_like(total)
    alone = (rows - rows.sum(axis=0) / (2 * (n - 1))) / (n - 2)
    both_alone = (n - 2) * np.einsum("ur,ur->r", alone, alone) + alone.sum(axis=0) ** 2
    own = np.maximum(squares - 2 * np.einsum("ur,ur->r", alone, rows) + both_alone, 0)
    of_pairs = own * (n - 1) / (n - 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(np.maximum(total - of_pairs, of_pairs) / total, 1)
    return np.where(total == 0, 1.0, share)


def _values_of(
    rows: Float[ndarray, "rows elements"], comparator: Comparator
) -> tuple[Float[ndarray, "rows elements"], Runs | None]:
    values = rows.astype(np.float64)
    if comparator in RANKED:
        return _midranks(values)
    return (centred(values) if comparator is Comparator.CORR else values), None


def _midranks(values: Float[ndarray, "rows elements"]) -> tuple[Float[ndarray, "rows elements"], Runs]:
    """Midranks less their mean, and how rows are ordered."""
    n = values.shape[1]
    order = np.argsort(values, axis=1, kind="stable")
    ascending = np.take_along_axis(values, order, axis=1)
    numbers = np.broadcast_to(np.arange(n), values.shape)
    place = np.empty_like(order)
    np.put_along_axis(place, order, numbers, axis=1)
    changes = ascending[:, 1:] != ascending[:, :-1]
    if changes.all():
        return place - (n - 1) / 2, Runs(order, place, None, None)
    begins = np.hstack([np.ones((len(values), 1), bool), changes])
    ends = np.hstack([changes, np.ones((len(values), 1), bool)])
    first = np.maximum.accumulate(np.where(begins, numbers, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, numbers, n - 1)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.take_along_axis((first + last) / 2, place, axis=1)
    return ranks - (n - 1) / 2, Runs(order, place, first, last)


def _moments(x: ComparedRows, y: ComparedRows) -> Moments:
    influence = x.values * y.values
    value = influence.sum(axis=1)
    if x.runs is not None and y.runs is not None:
        influence = influence + _sum_above(x.runs, y.values) + _sum_above(y.runs, x.values)
    return Moments(value, influence)


def _sum_above(runs: Runs, values: Float[ndarray, "_ elements"]) -> Float[ndarray, "_ elements"]:
    """For each element the sum of values over those that rank above it, and half of those that rank as it does."""
    in_order = _taken(values, runs.order)
    running = np.cumsum(in_order, axis=1)
    total = running[:, -1:]
    if runs.first is None or runs.last is None:
        above = total - running + in_order / 2
    else:
        above = total - (_taken(running, runs.last) + _taken(running - in_order, runs.first)) / 2
    return _taken(above, runs.place)


def _taken(values: Float[ndarray, "_ elements"], places: Int[ndarray, "_ elements"]) -> Float[ndarray, "_ elements"]:
    """`take_along_axis`, where either may have one row for all."""
    if len(places) == 1:
        return np.asarray(values[:, places[0]])
    return np.asarray(values[0][places] if len(values) == 1 else np.take_along_axis(values, places, axis=1))
