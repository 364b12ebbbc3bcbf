"""A map of the brain as Plotly's figures: slices of a volume side by side, or the cortex to be turned."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.api.pages.charts import figure
from brainrank.benchmark.types.brain_map import BrainMap, Quantity
from brainrank.benchmark.types.brain_space import Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError

if TYPE_CHECKING:
    from brainrank.datasets.readers.cortex import Mesh

COLUMNS, ROOM = 6, 4
INFERNO = ("#000004", "#210c4a", "#57106e", "#8a226a", "#bc3754", "#e45a31", "#f98e09", "#f9cb35", "#fcffa4")
NOT_SHOWN, CORTEX, GAP_MM = "#c4c9d0", "#ececec", 30.0
HEIGHT_OF_ROW = 120


def brain_map(found: BrainMap, unit: str) -> dict[str, Any]:
    """A map's figure. Raises InvalidDataError for a space that is not drawn on pages."""
    if isinstance(found.space, Volume):
        return _slices(found, found.space, unit)
    if isinstance(found.space, Surface):
        return _cortex(found, found.space, unit)
    raise InvalidDataError(f"{found.space} is not drawn; download the map, and open it in a viewer of CIFTI files")


def _slices(found: BrainMap, space: Volume, unit: str) -> dict[str, Any]:
    """Axial slices from below upwards, the left of the brain on the left, as one picture of tiles."""
    from brainrank.datasets.brain_images import axial_slices

    found_slices = axial_slices(space, found.positions, found.everywhere)
    values, inside = found_slices.values, found_slices.inside
    count, height, width = values.shape
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    tiles = np.full((2, rows * (height + ROOM), columns * (width + 1)), np.nan)
    titles = []
    for number, z in enumerate(found_slices.z_mm):
        row, column = divmod(number, columns)
        low, left = (rows - 1 - row) * (height + ROOM), column * (width + 1)
        window = (slice(low, low + height), slice(left, left + width))
        tiles[0][window], tiles[1][window] = values[number], np.where(inside[number], 1.0, np.nan)
        titles.append(
            {
                "x": left + width / 2,
                "y": low + height - 0.5,
                "text": f"z = {z:.0f} mm",
                "showarrow": False,
                "yanchor": "bottom",
            }
        )
    grey = {"colorscale": [[0, NOT_SHOWN], [1, NOT_SHOWN]], "showscale": False, "hoverinfo": "skip"}
    data = [
        {"type": "heatmap", "z": _rows(tiles[1]), **grey},
        {"type": "heatmap", "z": _rows(tiles[0]), **_scale(found, unit), "hovertemplate": "%{z:.3f}<extra></extra>"},
    ]
    axis = {"visible": False, "zeroline": False, "showgrid": False}
    return figure(
        data,
        xaxis={**axis, "scaleanchor": "y", "constrain": "domain"},
        yaxis={**axis, "range": [-0.5, rows * (height + ROOM)]},
        annotations=titles,
        height=60 + HEIGHT_OF_ROW * rows,
        margin={"l": 5, "r": 5, "t": 5, "b": 5},
    )


def _cortex(found: BrainMap, space: Surface, unit: str) -> dict[str, Any]:
    """Both hemispheres of fsaverage5, inflated and apart, to be turned."""
    from brainrank.datasets.readers.cortex import cortical_mesh, drawn_on, face_values

    values = drawn_on(space, found.everywhere)
    measured = np.full(space.size, np.nan)
    measured[found.positions] = 1
    inside, scale = drawn_on(space, measured), _scale(found, unit)
    data = list[dict[str, Any]]()
    for number in range(2):
        mesh = cortical_mesh(number)
        of_face = face_values(mesh, values[number], categories=found.quantity == Quantity.LAYER)
        shown, known = np.isfinite(of_face), np.isfinite(face_values(mesh, inside[number], categories=False))
        # What has no value would have the lowest colour of the scale: it is a surface of its own, in grey.
        data += _faces(mesh, number, ~shown & ~known, {"color": CORTEX, "hoverinfo": "skip"})
        data += _faces(mesh, number, ~shown & known, {"color": NOT_SHOWN, "hoverinfo": "skip"})
        coloured = {
            "intensity": of_face[shown].round(4).tolist(),
            "intensitymode": "cell",
            **{"cmin" if key == "zmin" else "cmax" if key == "zmax" else key: each for key, each in scale.items()},
            "hovertemplate": "%{intensity:.3f}<extra></extra>",
        }
        data += _faces(mesh, number, shown, coloured)
    for each in [each for each in data if "intensity" in each][1:]:
        each["showscale"] = False  # one bar is of both hemispheres
    axis = {"visible": False}
    scene = {
        **{"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "data"},
        "camera": {"eye": {"x": 0, "y": -1.6, "z": 0.4}},
    }
    return figure(data, scene=scene, height=420, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def _faces(mesh: "Mesh", number: int, some: Bool[ndarray, " faces"], style: dict[str, Any]) -> list[dict[str, Any]]:
    """Some of the faces of a hemisphere, with their corners alone; nothing where there are none."""
    if not some.any():
        return []
    corners, faces = np.unique(mesh.faces[some], return_inverse=True)
    apart = np.array([GAP_MM if number else -GAP_MM, 0.0, 0.0])
    points = (mesh.coordinates[corners] + apart).round(1)
    return [
        {
            "type": "mesh3d",
            **dict(zip("xyz", points.T.tolist(), strict=True)),
            **dict(zip("ijk", faces.reshape(-1, 3).T.tolist(), strict=True)),
            "lighting": {"ambient": 0.75, "diffuse": 0.4, "specular": 0.05},
            **style,
        }
    ]


def _scale(found: BrainMap, unit: str) -> dict[str, Any]:
    bar: dict[str, Any] = {"title": {"text": unit}, "thickness": 12}
    if found.quantity == Quantity.LAYER:
        count = len(found.layers)
        bar |= {"tickvals": list(range(1, count + 1)), "ticktext": list(found.layers)}
        return {"colorscale": "Viridis", "zmin": 0.5, "zmax": count + 0.5, "colorbar": bar}
    stops = [[place / (len(INFERNO) - 1), colour] for place, colour in enumerate(INFERNO)]
    return {"colorscale": stops, "zmin": 0, "zmax": found.scale_end, "colorbar": bar}


def _rows(values: Float[ndarray, "rows columns"]) -> list[list[float | None]]:
    return [[None if np.isnan(each) else round(each, 4) for each in row] for row in values.tolist()]
