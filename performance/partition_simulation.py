"""How far a partition of variance can be believed: simulated studies in which the parts are known.

Run as `python -m performance.partition_simulation [CASE ...]`. Each case is 60 experiments of 150 stimuli and 20
targets, the same targets seeing other stimuli in each. Printed are, for each part: the mean over experiments of its
median over targets; the standard deviation of that; how often its interval holds that mean, and lies above zero; and of
single targets, how often an interval lies above zero.
"""

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.metrics.regression.folds import assign_folds
from brainrank.benchmark.metrics.regression.interval import counts_within_folds
from brainrank.benchmark.metrics.regression.quantity_intervals import Drawn, QuantityEstimates, estimate_quantity
from brainrank.benchmark.metrics.regression.spectrum import gram_matrix
from brainrank.benchmark.metrics.regression.variance_partitioning import variance_partition

STIMULI, TARGETS, TIMES, FOLDS, DRAWS, IN_A_GROUP = 150, 20, 60, 5, 400, 3
WIDTHS, WIDE = (30, 60), (5, 400)
Reals = NDArray[np.float64]
UNBOUNDED, BELOW_ONE = (-np.inf, np.inf), (-np.inf, 1.0)


class Case(NamedTuple):
    """What a study is: the widths of A and B, whether stimuli come in triplets, and what targets respond to."""

    words: str
    signal: Callable[[Reals, Reals, Reals, Reals], Reals | float]
    widths: tuple[int, int] = WIDTHS
    groups: bool = False
    nested: bool = False
    overlapping: bool = False


CASES = {
    "no-signal": Case("noise alone", lambda _a, _b, _u, _v: 0.0),
    "nested": Case("A is B with 60 columns of noise", lambda _a, b, _u, v: b @ v[: b.shape[1]], nested=True),
    "one": Case("all is B's (60 columns), A (30) is noise", lambda _a, b, _u, v: b @ v[: b.shape[1]]),
    "wide": Case("B of 400 columns has a little, A of 5 nothing", lambda _a, b, _u, v: 0.3 * b @ v[:400], WIDE),
    "both": Case("A and B independent, both used", lambda a, b, u, v: a @ u[: a.shape[1]] + b @ v[: b.shape[1]]),
    "groups": Case("as `one`, stimuli in triplets", lambda _a, b, _u, v: b @ v[: b.shape[1]], groups=True),
    "overlap": Case(
        "all is A's, B has half of A's columns", lambda a, _b, u, _v: 0.7 * a @ u[: a.shape[1]], overlapping=True
    ),
    "slight": Case(
        "much is of columns that both have, a little of A's own",
        lambda a, _b, u, _v: a[:, :15] @ u[:15] + 0.3 * a[:, 15:] @ u[15 : a.shape[1]],
        overlapping=True,
    ),
}


def experiment(case: Case, seed: int, weights: tuple[Reals, Reals]) -> dict[str, QuantityEstimates]:
    """The parts of one experiment."""
    rng = np.random.default_rng([seed, STIMULI])
    units = np.arange(STIMULI)
    if case.groups:
        n_groups = STIMULI // IN_A_GROUP
        units = np.repeat(np.arange(n_groups), IN_A_GROUP)
        a, b = (
            rng.standard_normal((n_groups, p))[units] + 0.1 * rng.standard_normal((STIMULI, p)) for p in case.widths
        )
        shared_noise = 0.7 * rng.standard_normal((n_groups, TARGETS))
        noise = shared_noise[units] + 0.7 * rng.standard_normal((STIMULI, TARGETS))
    else:
        a, b = (rng.standard_normal((STIMULI, p)) for p in case.widths)
        noise = rng.standard_normal((STIMULI, TARGETS))
    if case.nested:
        b, a = a, np.hstack([a, rng.standard_normal((STIMULI, 60))])
    if case.overlapping:
        b = np.hstack([a[:, :15], b])
    responses = noise + case.signal(a, b, *weights)
    fold_of = assign_folds(STIMULI, folds=FOLDS, rng=np.random.default_rng(0), groups=units)
    grams = [[gram_matrix(a), gram_matrix(b)]] * FOLDS
    found = variance_partition(grams, responses, fold_of=fold_of, units=units)
    counts = counts_within_folds(fold_of, units, DRAWS, np.random.default_rng(1))
    drawn = Drawn(counts, len(np.unique(units)), FOLDS)
    parts = {"unique A": (0,), "unique B": (1,), "shared": (0, 1)}
    estimates = {name: estimate_quantity(found.parts[each], drawn, support=UNBOUNDED) for name, each in parts.items()}
    return estimates | {"R2 of both": estimate_quantity(found.r2[0, 1], drawn, support=BELOW_ONE)}


def rows(name: str) -> list[str]:
    """A row of the table for each part of a case."""
    fixed = np.random.default_rng(99)
    weights = tuple(fixed.standard_normal((500, TARGETS)) / np.sqrt(30) for _ in range(2))
    found = [experiment(CASES[name], seed, (weights[0], weights[1])) for seed in range(TIMES)]
    return [f"| {name}: {CASES[name].words} | {part} | {_told([each[part] for each in found])} |" for part in found[0]]


def _told(found: list[QuantityEstimates]) -> str:
    medians = np.array([each.median.value for each in found])
    mean = medians.mean()
    held = np.mean([each.median.interval.low <= mean <= each.median.interval.high for each in found])
    above = np.mean([each.median.interval.low > 0 for each in found])
    of_targets = np.mean([target.interval.low > 0 for each in found for target in each.targets])
    return f"{mean:.4f} | {medians.std():.4f} | {held:.3f} | {above:.3f} | {of_targets:.3f}"


def main() -> None:
    """Print the table of the cases named, or of all."""
    print("| case | part | mean of medians | their sd | intervals that hold it | above 0 | targets above 0 |")
    print("|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or CASES:
        print("\n".join(rows(name)), flush=True)


if __name__ == "__main__":
    main()
