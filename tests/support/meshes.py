"""Small meshes: a sheet of triangles, and a sphere of nearly equilateral ones; a GIFTI file of either."""

from pathlib import Path

import nibabel
import numpy as np
from nibabel import gifti
from numpy.typing import NDArray

from brainrank.benchmark.types.brain_space import CorticalMesh


def sheet(rows: int, columns: int, *, spacing_mm: float = 2.0, rng: np.random.Generator | None = None) -> CorticalMesh:
    """A flat grid, each square cut into two triangles; with `rng` vertices lie elsewhere by up to 1 mm each way."""
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), axis=-1).reshape(-1, 2)
    points = np.column_stack([grid * spacing_mm, np.zeros(len(grid))])
    if rng is not None:
        points = points + rng.uniform(-1, 1, points.shape)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    faces = np.concatenate(
        [
            np.column_stack([corner, corner + columns, corner + 1]),
            np.column_stack([corner + 1, corner + columns, corner + columns + 1]),
        ]
    )
    return CorticalMesh(points, faces, np.arange(len(points)))


def sphere(radius_mm: float, halvings: int) -> CorticalMesh:
    """An icosahedron whose edges were halved so often, pushed out to a sphere, as FreeSurfer's average surfaces are."""
    golden = (1 + 5**0.5) / 2
    across = np.array([[0, one, other * golden] for one in (-1, 1) for other in (-1, 1)])
    points = np.concatenate([np.roll(across, turn, axis=1) for turn in range(3)])
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    near = np.isclose(apart, 2)
    faces = np.array(
        [
            t
            for t in np.ndindex(12, 12, 12)
            if t[0] < t[1] < t[2] and near[t[0], t[1]] and near[t[1], t[2]] and near[t[0], t[2]]
        ]
    )
    for _ in range(halvings):
        points, faces = _halved(points, faces)
    return CorticalMesh(
        radius_mm * points / np.linalg.norm(points, axis=1, keepdims=True), faces, np.arange(len(points))
    )


def _halved(points: NDArray[np.float64], faces: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    sides = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    edges, place = np.unique(sides.reshape(-1, 2), axis=0, return_inverse=True)
    middles = points[edges].mean(axis=1)
    a, b, c = faces.T
    ab, bc, ca = (len(points) + place.reshape(-1, 3)).T
    four = [np.column_stack(each) for each in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))]
    out = np.concatenate(
        [
            points / np.linalg.norm(points, axis=1, keepdims=True),
            middles / np.linalg.norm(middles, axis=1, keepdims=True),
        ]
    )
    return out, np.concatenate(four)


def mesh_file(
    path: Path, mesh: CorticalMesh, structure: str | None = "CortexLeft", *, kind: str | None = "Anatomical"
) -> Path:
    """A GIFTI file of a mesh; `kind` is its GeometricType."""
    about = {"AnatomicalStructurePrimary": structure, "GeometricType": kind}
    meta = gifti.GiftiMetaData({key: value for key, value in about.items() if value is not None})
    arrays = [
        gifti.GiftiDataArray(mesh.points.astype(np.float32), intent="NIFTI_INTENT_POINTSET", meta=meta),
        gifti.GiftiDataArray(mesh.faces.astype(np.int32), intent="NIFTI_INTENT_TRIANGLE"),
    ]
    nibabel.save(gifti.GiftiImage(darrays=arrays), path)
    return path
