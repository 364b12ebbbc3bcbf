"""Maps of a partition of variance: what is unique to each feature space, shared, and explained by all."""

from collections.abc import Mapping

import numpy as np

from brainrank.api.services.analysis.partition import PartitionAnalysis, PartitionRow
from brainrank.api.services.analysis.run_maps import DescribedMap
from brainrank.benchmark.types.brain_map import BrainMap
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError


def partition_maps(found: PartitionAnalysis) -> Mapping[str, DescribedMap]:
    """The map of each part and of the R2 of all spaces, by name: `unique-NAME`, `shared-NAME-NAME`, `r2`, `ceiling`.

    Raises InvalidDataError where nobody knows where the targets lie.
    """
    positions = found.assembly.positions
    if positions is None:
        raise InvalidDataError(
            f"nobody knows where the targets of {found.assembly.region} lie; of one's own data, give a mask "
            "(brainrank dataset init --mask)"
        )
    unknown = np.full(len(positions.positions), np.nan)
    maps = {}
    for row in found.main_rows:
        values = np.array([each.value for each in row.targets])
        of_row = BrainMap(row.label, positions.space, positions.positions, values, unknown, np.isfinite(values))
        title = f"{row.label}, {found.assembly.region}"
        maps[_name(row)] = DescribedMap(of_row, "R2", title, {"spaces": list(found.spaces), "model": row.label})
    return maps


def partition_map(found: PartitionAnalysis, name: str) -> DescribedMap:
    """One of the maps. Raises UnknownNameError for another name, and as `partition_maps`."""
    maps = partition_maps(found)
    if name not in maps:
        raise UnknownNameError("map of a partition", name, maps)
    return maps[name]


def _name(row: PartitionRow) -> str:
    of_one = ("r2", "ceiling")
    return row.quantity if row.quantity in of_one else "-".join((row.quantity, *row.spaces))
