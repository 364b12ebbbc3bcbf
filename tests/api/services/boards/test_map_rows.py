"""A map as a table: where each position lies, whichever its space."""

import numpy as np
import pytest
from spatial_scores import FSAVERAGE5, NATIVE

from brainrank.api.services.boards.exports import Format
from brainrank.api.services.boards.map_rows import coordinates, export_map, map_columns, place_text
from brainrank.benchmark.types.brain_map import BrainMap
from brainrank.benchmark.types.brain_space import Grayordinates, Space


@pytest.mark.parametrize(
    ("space", "columns", "where", "text"),
    [
        (NATIVE, ["i", "j", "k", "x_mm", "y_mm", "z_mm"], (1, 1, 1, 4.0, -2.0, 1.0), "4, -2, 1 mm"),
        (FSAVERAGE5, ["hemisphere", "vertex"], ("left", 9), "left vertex 9"),
        (Grayordinates("fsLR", 20, "<CIFTI/>"), ["position"], (9,), "position 9"),
    ],
)
def test_each_space_has_its_coordinates(space: Space, columns: list[str], where: tuple[object, ...], text: str) -> None:
    found = BrainMap(
        "score", space, np.array([9, 3]), np.array([0.5, 0.1]), np.array([0.01, 0.9]), np.array([True, False])
    )
    assert list(map_columns(found)) == [*columns, "score", "q_of_score"]
    assert coordinates(space, found.positions)[0] == where
    assert place_text(dict(zip(columns, where, strict=True))) == text
    lines = b"".join(export_map(found, Format.CSV)).decode().splitlines()
    assert lines[1].endswith(",0.5,0.01")
    assert lines[2].endswith(",,0.9")
