"""Scores of targets as rows of the database's table, and back, with what maps are made of."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainrank.api.db.score_tables import TargetScoresRow
from brainrank.api.repositories.archives import archive, arrays
from brainrank.benchmark.types.brain_space import Grayordinates, Space, Surface, TargetPositions, Volume
from brainrank.benchmark.types.score import SpatialScores, TargetScores


def target_scores_row(run_id: int, scores: TargetScores) -> TargetScoresRow:
    """The row that holds a run's scores of targets. Raises ValueError for what maps are made of without deviations."""
    row = TargetScoresRow(run_id=run_id, targets=list(scores.targets), values=scores.values.astype("<f8").tobytes())
    found = scores.spatial
    if found is None:
        return row
    if found.deviations is None:
        raise ValueError(f"the scores of targets of run {run_id} have no deviations")
    row.spatial_about = {
        "layers": list(found.layers),
        "freedom": found.freedom,
        "stimulus_set": found.stimulus_set,
        "space": None if found.positions is None else _space_values(found.positions.space),
    }
    positions = {} if found.positions is None else {"positions": found.positions.positions}
    row.spatial_numbers = archive(ceilings=found.ceilings, layer_values=found.layer_values, **positions)
    row.spatial_deviations = archive(deviations=found.deviations)
    return row


def target_scores_of(row: TargetScoresRow, *, spatial: bool = False) -> TargetScores:
    """The scores of targets in their row; what maps are made of only where it is asked for, as it has to be read."""
    values = np.frombuffer(row.values, dtype="<f8").astype(np.float64)
    return TargetScores(tuple(row.targets), values, _spatial(row) if spatial else None)


def _spatial(row: TargetScoresRow) -> SpatialScores | None:
    about = row.spatial_about
    if about is None or row.spatial_numbers is None or row.spatial_deviations is None:
        return None
    numbers = arrays(row.spatial_numbers)
    space = None if about["space"] is None else _space(about["space"])
    return SpatialScores(
        ceilings=numbers["ceilings"],
        layers=tuple(about["layers"]),
        layer_values=numbers["layer_values"],
        deviations=arrays(row.spatial_deviations)["deviations"],
        freedom=about["freedom"],
        stimulus_set=about["stimulus_set"],
        positions=None if space is None else TargetPositions(space, numbers["positions"]),
    )


def _space_values(space: Space) -> dict[str, Any]:
    if isinstance(space, Volume):
        return {"name": space.name, "shape": list(space.shape), "affine": [list(row) for row in space.affine]}
    if isinstance(space, Surface):
        return {"name": space.name, "vertices": space.vertices}
    return {"name": space.name, "size": space.size, "header": space.header}


def _space(values: Mapping[str, Any]) -> Space:
    if "shape" in values:
        i, j, k = values["shape"]
        return Volume(values["name"], (i, j, k), tuple(tuple(row) for row in values["affine"]))
    if "vertices" in values:
        return Surface(values["name"], values["vertices"])
    return Grayordinates(values["name"], values["size"], values["header"])
