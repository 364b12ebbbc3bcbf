"""Folds over stimuli: which stimuli are held out together."""

import numpy as np
from jaxtyping import Int, Shaped
from numpy import ndarray

from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.types.errors import InvalidDataError


def assign_folds(
    stimuli: int, *, folds: int, rng: np.random.Generator, groups: Shaped[ndarray, " stimuli"] | None = None
) -> Int[ndarray, " stimuli"]:
    """Give every stimulus the number of the fold that holds it out, 0 to `folds` - 1, keeping each group in one fold.

    Groups are shuffled by `rng`, then given, the largest first, to whichever fold has the fewest stimuli; without
    groups (each stimulus its own) this is shuffled K-fold with sizes that differ by one at most.

    Raises InvalidDataError for fewer than two folds, fewer groups than folds, or groups of another length.
    """
    group_of = np.arange(stimuli) if groups is None else np.unique(groups, return_inverse=True)[1]
    if len(group_of) != stimuli:
        raise InvalidDataError(f"groups has {len(group_of)} entries for {stimuli} stimuli; give one per stimulus")
    sizes = np.bincount(group_of)
    kind = "stimuli" if groups is None else "groups"
    if folds < 2:
        raise InvalidDataError(f"{folds} folds leave nothing to train on; ask for at least 2")
    if len(sizes) < folds:
        raise InvalidDataError(
            f"{len(sizes)} {kind} cannot fill {folds} folds; ask for at most {len(sizes)} folds or give more {kind}"
        )
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of_group, filled = np.empty(len(sizes), dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for group in order:
        fold_of_group[group] = np.argmin(filled)
        filled[fold_of_group[group]] += sizes[group]
    return fold_of_group[group_of]


def identical_rows(features: Shaped[ndarray, "stimuli features"]) -> Int[ndarray, " stimuli"]:
    """Number the distinct rows of `features` in order of appearance: equal numbers are copies of one stimulus."""
    rows = np.ascontiguousarray(features) + 0.0  # + 0.0 turns -0.0 into 0.0, whose bytes differ
    return units_of([row.tobytes() for row in rows], len(rows))


def fold_splits(fold_of: Int[ndarray, " stimuli"]) -> list[tuple[Int[ndarray, " _"], Int[ndarray, " _"]]]:
    """Training and held-out rows of every fold, in order; stimuli numbered -1 are always trained on.

    Raises InvalidDataError when a fold is empty or leaves fewer than two stimuli to train on.
    """
    splits = []
    for fold in range(int(fold_of.max(initial=-1)) + 1):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        if not len(test) or len(train) < 2:
            raise InvalidDataError(
                f"Fold {fold} holds out {len(test)} stimuli and trains on {len(train)}; it needs at least 1 and 2"
            )
        splits.append((train, test))
    if not splits:
        raise InvalidDataError("No stimulus is held out: every fold number is -1; number the held-out stimuli from 0")
    return splits
