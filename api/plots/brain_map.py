"""A map as a drawing: slices of a volume, or both sides of each hemisphere of fsaverage, with its scale of colours."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import BoundaryNorm, Colormap, Normalize
from matplotlib.figure import Figure
from numpy import ndarray

from brainrank.api.plots.journal import DOUBLE_COLUMN_MM, MM, QUIET, journal
from brainrank.api.services.analysis.run_maps import DescribedMap
from brainrank.benchmark.types.brain_map import TOLD_Q, BrainMap, Quantity
from brainrank.benchmark.types.brain_space import HEMISPHERES, Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.brain_images import axial_slices
from brainrank.datasets.readers.cortex import Mesh, cortical_mesh, drawn_on, face_values

COLUMNS = 6
HEIGHT_MM = 90.0
NOT_SHOWN = np.array([0.78, 0.78, 0.78])
CORTEX = np.array([0.93, 0.91])
VIEWS = (("lateral", 1), ("medial", -1))


class Scale(NamedTuple):
    """How values become colours, and what stands beside the bar."""

    colours: Colormap
    norm: Normalize
    ticks: list[float] | None
    names: list[str] | None


def map_figure(of: DescribedMap, figure: Figure | None = None) -> Figure:
    """Draw a map for print, into an empty figure or a new one. InvalidDataError for a space that is not drawn."""
    found = of.found
    with journal():
        figure = Figure() if figure is None else figure
        figure.set_size_inches(DOUBLE_COLUMN_MM * MM, HEIGHT_MM * MM)
        figure.set_layout_engine("constrained")
        scale = _scale(found)
        if isinstance(found.space, Volume):
            _draw_slices(figure, found, scale)
        else:
            _draw_surface(figure, found, scale)
        bar = figure.colorbar(ScalarMappable(scale.norm, scale.colours), ax=figure.axes, shrink=0.6, pad=0.02)
        bar.set_label(_label(of))
        if scale.ticks is not None:
            bar.set_ticks(scale.ticks, labels=scale.names)
        figure.suptitle(f"{of.title}\n{found.space}", x=0.01, ha="left")
    return figure


def _label(of: DescribedMap) -> str:
    found = of.found
    hidden = len(found.positions) - int(found.told.sum())
    told = f"; {hidden:,} of {len(found.positions):,} not shown (grey)" if hidden else ""
    what = "difference in r" if found.is_difference and of.unit == "r" else of.unit
    return f"{what}{f', mean of {found.subjects} subjects' if found.subjects > 1 else ''}{told}"


def _scale(found: BrainMap) -> Scale:
    from matplotlib import colormaps

    if found.quantity == Quantity.LAYER:
        count = len(found.layers)
        colours = colormaps["viridis"].resampled(count)
        return Scale(
            colours, BoundaryNorm(np.arange(count + 1) + 0.5, count), list(range(1, count + 1)), list(found.layers)
        )
    if found.quantity == Quantity.Q:
        return Scale(colormaps["viridis_r"], Normalize(0, 2 * TOLD_Q), None, None)
    if found.is_difference:
        return Scale(colormaps["RdBu_r"], Normalize(-found.scale_end, found.scale_end), None, None)
    return Scale(colormaps["inferno"], Normalize(0, found.scale_end), None, None)


def _draw_slices(figure: Figure, found: BrainMap, scale: Scale) -> None:
    """Axial slices from below upwards, the left of the brain on the left, where there are values."""
    assert isinstance(found.space, Volume)
    values, inside, z_mm, aspect = axial_slices(found.space, found.positions, found.everywhere)
    columns = min(COLUMNS, len(values))
    panels = figure.subplots(-(-len(values) // columns), columns, squeeze=False).ravel()
    for panel, shown, measured, z in zip(panels, values, inside, z_mm, strict=False):
        grey = np.where(measured, 1.0, np.nan)
        panel.imshow(grey, origin="lower", cmap="Greys", vmin=0, vmax=5, aspect=aspect)
        panel.imshow(shown, origin="lower", cmap=scale.colours, norm=scale.norm, aspect=aspect)
        panel.set_title(f"z = {z:.0f} mm", pad=2)
    for panel in panels:
        panel.set_axis_off()
    panels[0].text(0, 1, "L", transform=panels[0].transAxes, va="top", color=QUIET)
    panels[0].text(1, 1, "R", transform=panels[0].transAxes, va="top", ha="right", color=QUIET)


def _draw_surface(figure: Figure, found: BrainMap, scale: Scale) -> None:
    """Both sides of each hemisphere that has values, on the inflated surface; of one hemisphere beside each other."""
    space = found.space
    if not isinstance(space, Surface):
        raise InvalidDataError(f"{space} is not drawn; write it with --out, and open it in a viewer of CIFTI files")
    values = drawn_on(space, found.everywhere)
    measured = np.full(space.size, np.nan)
    measured[found.positions] = 1
    inside = drawn_on(space, measured)
    some = [number for number in range(2) if np.isfinite(inside[number]).any()]
    shape = (1, len(VIEWS)) if len(some) == 1 else (len(VIEWS), len(some))
    panels = figure.subplots(*shape, squeeze=False).T.reshape(len(some), len(VIEWS))
    for row, hemisphere in zip(panels, some, strict=True):
        mesh = cortical_mesh(hemisphere)
        for panel, (view, side) in zip(row, VIEWS, strict=True):
            outwards = side if hemisphere else -side
            _draw_side(panel, mesh, values[hemisphere], inside[hemisphere], outwards, scale)
            panel.set_title(f"{HEMISPHERES[hemisphere]} hemisphere, {view}", pad=2)


def _draw_side(
    panel: Axes,
    mesh: Mesh,
    values: Float[ndarray, " vertices"],
    inside: Float[ndarray, " vertices"],
    outwards: int,
    scale: Scale,
) -> None:
    """The faces that look to one side, the farthest first; what is not measured shows the folds in grey."""
    points, faces = mesh.coordinates, mesh.faces
    depth = outwards * points[:, 0]
    flat = np.column_stack([outwards * points[:, 1], points[:, 2]])
    corners = points[faces]
    facing = outwards * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 0] > 0
    order = np.flatnonzero(facing)[np.argsort(depth[faces[facing]].mean(axis=1))]
    grey = CORTEX[(mesh.depth[faces].mean(axis=1) > 0).astype(int)]
    colours = np.column_stack([grey, grey, grey, np.ones(len(grey))])
    colours[np.isfinite(face_values(mesh, inside, categories=False)), :3] = NOT_SHOWN
    of_face = face_values(mesh, values, categories=isinstance(scale.norm, BoundaryNorm))
    shown = np.isfinite(of_face)
    colours[shown] = scale.colours(scale.norm(of_face[shown]))
    panel.add_collection(PolyCollection(list(flat[faces[order]]), facecolors=colours[order], edgecolors="face", lw=0.1))
    panel.autoscale_view()
    panel.set_aspect("equal")
    panel.set_axis_off()
