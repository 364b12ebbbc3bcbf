"""Maps of the parts of variance."""

import numpy as np
import pytest
from spatial_scores import NATIVE

from brainrank.api.python.feature_spaces import gram_layers
from brainrank.api.services.analysis.partition import PartitionAnalysis, analyse_partition
from brainrank.api.services.analysis.partition_maps import partition_map, partition_maps
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.datasets.memory.paired_arrays import Features


def analysis(positions: TargetPositions | None) -> PartitionAnalysis:
    """Of two spaces, the first of which is all that the first target holds."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((2, 60, 4))
    responses = np.stack([features[0] @ np.ones(4), features[1] @ np.ones(4)], axis=1)
    names = tuple(map(str, range(60)))
    assembly = ResponseAssembly("v1", names, ("x", "y"), responses[:, None], positions=positions)
    spaces = {name: gram_layers({"a": Features(each, None)}) for name, each in zip("ab", features, strict=True)}
    return analyse_partition(spaces, assembly, folds=5, draws=50, seed=0)


def test_what_is_unique_lies_where_its_targets_do() -> None:
    maps = partition_maps(analysis(TargetPositions(NATIVE, np.array([9, 2]))))
    assert list(maps) == ["unique-a", "unique-b", "shared-a-b", "r2", "ceiling"]
    unique = maps["unique-a"].found.everywhere
    assert unique[9] > 0.9
    assert abs(unique[2]) < 0.1
    assert maps["unique-a"].unit == "R2"
    assert not maps["ceiling"].found.told.any()


def test_another_name_and_targets_of_nowhere_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="unique-c"):
        partition_map(analysis(TargetPositions(NATIVE, np.array([9, 2]))), "unique-c")
    with pytest.raises(InvalidDataError, match="nobody knows where the targets of v1 lie"):
        partition_maps(analysis(None))
