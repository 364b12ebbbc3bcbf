"""Maps of stored runs: which runs fit together, and what a file says of the map that is in it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.boards.map_rows import coordinates, map_columns
from brainrank.benchmark.statistics.brain_map import brain_map
from brainrank.benchmark.types.brain_map import TOLD_Q, BrainMap, Quantity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import TargetScores

HIGHEST = 10


class DescribedMap(NamedTuple):
    """A map with the unit of its values, whose it is in a line, and what it was made of, as plain values."""

    found: BrainMap
    unit: str
    title: str
    source: Mapping[str, Any]


def map_of_runs(
    runs: Sequence[StoredRun],
    quantity: Quantity = Quantity.SCORE,
    *,
    minus: Sequence[StoredRun] = (),
    group: bool = False,
    q: float | None = None,
) -> DescribedMap:
    """The map of runs of one model (`statistics.brain_map`), less those of another.

    Raises InvalidDataError for runs without scores of targets, of several metrics, or of several models.
    """
    for several in (runs, minus):
        models = dict.fromkeys(run.model for run in several)
        if len(models) > 1:
            raise InvalidDataError(f"one map is of one model; the runs are of {', '.join(models)}")
    units = dict.fromkeys(run.score.unit for run in (*runs, *minus))
    if len(units) > 1:
        raise InvalidDataError(f"one map has one unit; the runs have {', '.join(units)}")
    for one, other in zip(runs, minus, strict=False):
        (first, version), (second, another) = ((run.benchmark, run.benchmark_version) for run in (one, other))
        if (first, version) != (second, another):
            raise InvalidDataError(
                f"run {one.run_id} is of {first} (version {version}) and run {other.run_id} of {second} (version "
                f"{another}); models are compared on one benchmark"
            )
    found = brain_map(
        [_targets_of(run) for run in runs],
        quantity,
        minus=[_targets_of(run) for run in minus],
        group=group,
        q=q,
    )
    of_scores = next(iter(units)).removeprefix("median ")
    unit = {Quantity.SHARE: "of the noise ceiling", Quantity.LAYER: "layer", Quantity.Q: "q"}.get(quantity, of_scores)
    return DescribedMap(found, unit, _title(runs, minus), _source(runs, minus))


def _title(runs: Sequence[StoredRun], minus: Sequence[StoredRun]) -> str:
    others = f" less {minus[0].model}" if minus else ""
    return f"{runs[0].model}{others} on {', '.join(dict.fromkeys(run.benchmark for run in runs))}"


def _source(runs: Sequence[StoredRun], minus: Sequence[StoredRun]) -> dict[str, Any]:
    return {
        "model": runs[0].model,
        "less": minus[0].model if minus else None,
        "benchmarks": [run.benchmark for run in runs],
        "runs": [run.run_id for run in runs],
        "runs_less": [run.run_id for run in minus],
    }


def _targets_of(run: StoredRun) -> TargetScores:
    if run.score.per_target is None:
        raise InvalidDataError(f"Run {run.run_id} ({run.benchmark}) has no scores of targets; encoding has them")
    return run.score.per_target


def map_facts(of: DescribedMap) -> dict[str, Any]:
    """What is to be known of a map beside its values, as plain values: for the file beside it, and for those who do
    not see it."""
    found = of.found
    values = found.values[np.isfinite(found.values)]
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9]).tolist() if len(values) else [None] * 3
    return {
        "quantity": "difference" if found.is_difference and found.quantity == Quantity.SCORE else found.quantity,
        "unit": of.unit,
        **of.source,
        "subjects": found.subjects,
        "space": str(found.space),
        "positions": len(found.positions),
        "shown": int(found.told.sum()),
        "told_at_q_05": int((found.q < TOLD_Q).sum()),
        "quantiles_10_50_90": [low, middle, high],
        **({"layers": dict(enumerate(found.layers, start=1))} if found.layers else {}),
        "highest": highest(found),
    }


def highest(found: BrainMap, count: int = HIGHEST) -> list[dict[str, Any]]:
    """The positions with the highest values (the lowest q), the first first, with their coordinates."""
    if found.quantity == Quantity.LAYER:
        return []
    shown = np.flatnonzero(found.told)
    order = found.values[shown] if found.quantity == Quantity.Q else -np.abs(found.values[shown])
    rows = []
    for place in shown[np.argsort(order, kind="stable")[:count]]:
        (where,) = coordinates(found.space, found.positions[place : place + 1])
        named = dict(zip(map_columns(found), where, strict=False))
        rows.append({**named, "value": float(found.values[place]), "q": float(found.q[place])})
    return rows
