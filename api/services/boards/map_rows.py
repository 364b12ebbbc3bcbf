"""A map of the brain as a table: a row for each position, with its coordinates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from brainrank.api.json_text import number_or_null
from brainrank.api.services.boards.exports import REAL, TEXT, WHOLE, Columns, Format, Pieces, export
from brainrank.benchmark.types.brain_space import HEMISPHERES, Space, Surface, Volume

if TYPE_CHECKING:
    from brainrank.benchmark.types.brain_map import BrainMap

OF_VOLUME: Columns = {**dict.fromkeys(("i", "j", "k"), WHOLE), **dict.fromkeys(("x_mm", "y_mm", "z_mm"), REAL)}
OF_SURFACE: Columns = {"hemisphere": TEXT, "vertex": WHOLE}


def map_columns(found: "BrainMap") -> Columns:
    """The columns of a map's table: where, what, and the q of its score."""
    of_space = OF_VOLUME if isinstance(found.space, Volume) else OF_SURFACE
    where = {"position": WHOLE} if not isinstance(found.space, Volume | Surface) else of_space
    return {**where, str(found.quantity): REAL, "q_of_score": REAL, **({"name": TEXT} if found.layers else {})}


def map_rows(found: "BrainMap") -> Iterator[Sequence[Any]]:
    """A row for each position; an empty cell where nothing is shown."""
    values = np.where(found.told, found.values, np.nan)
    where = coordinates(found.space, found.positions)
    for place, value, q in zip(where, values.tolist(), found.q.tolist(), strict=True):
        name = (found.layers[int(value) - 1] if np.isfinite(value) else None,) if found.layers else ()
        yield (*place, number_or_null(value), number_or_null(q), *name)


def coordinates(space: Space, positions: "np.ndarray[Any, Any]") -> list[tuple[Any, ...]]:
    """Where each position lies: voxel and mm of a volume, hemisphere and vertex of a surface, or its number."""
    if isinstance(space, Volume):
        voxels = np.stack(np.unravel_index(positions, space.shape), axis=1)
        affine = np.array(space.affine)
        mm = voxels @ affine[:3, :3].T + affine[:3, 3]
        return [(*voxel, *at) for voxel, at in zip(voxels.tolist(), mm.round(3).tolist(), strict=True)]
    if isinstance(space, Surface):
        return [(HEMISPHERES[each // space.vertices], each % space.vertices) for each in positions.tolist()]
    return [(each,) for each in positions.tolist()]


def export_map(found: "BrainMap", to: Format) -> Pieces:
    """The table in a format."""
    return export(map_rows(found), map_columns(found), to)


def place_text(place: Mapping[str, Any]) -> str:
    """Where a position lies, in words, given by the columns of a map's table."""
    if "x_mm" in place:
        return ", ".join(f"{place[each]:g}" for each in ("x_mm", "y_mm", "z_mm")) + " mm"
    return f"{place['hemisphere']} vertex {place['vertex']}" if "vertex" in place else f"position {place['position']}"
