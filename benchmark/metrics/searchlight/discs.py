"""Discs on the cortex: round each of some vertices, those within a radius along the edges of a mesh.

A path goes along edges (Dijkstra 1959), over every vertex of the mesh, measured or not: how far apart two places of
the cortex lie does not depend on what was measured between them. It is longer than the shortest line over the faces,
by 15 % at most on equilateral triangles, so that a disc is somewhat smaller than its radius says.
"""

from typing import Any

import numpy as np
import scipy
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.brain_space import CorticalMesh

VERTICES_AT_ONCE = 256
CLOSE_MM = 1e-6
"""What rounding may add to a distance."""


def disc_members(mesh: CorticalMesh, vertices: Int[ndarray, " targets"], radius_mm: float) -> list[Int[ndarray, " _"]]:
    """The targets, by number in order, within a radius of each along the mesh, itself included.

    A path no longer than the radius stays within it in a straight line, too. So some targets that lie near each other
    are taken at a time, and only the part of the mesh round them: lengths from all of them to all vertices are never
    in memory. Two meshes that share no edge, such as hemispheres, share no disc.
    """
    edges = _edge_lengths(mesh)
    everywhere = scipy.spatial.cKDTree(mesh.points)
    target_of = np.full(len(mesh.points), -1, dtype=np.int32)
    target_of[vertices] = np.arange(len(vertices))
    nearby = scipy.spatial.cKDTree(mesh.points[vertices]).indices
    found: list[Int[ndarray, " _"]] = [np.empty(0, dtype=np.int32)] * len(vertices)
    for start in range(0, len(vertices), VERTICES_AT_ONCE):
        centres = nearby[start : start + VERTICES_AT_ONCE]
        straight = everywhere.query_ball_point(mesh.points[vertices[centres]], radius_mm + 2 * CLOSE_MM)
        around = np.unique(np.concatenate([np.asarray(each, dtype=np.int64) for each in straight]))
        lengths = scipy.sparse.csgraph.dijkstra(
            edges[around][:, around],
            indices=np.searchsorted(around, vertices[centres]),
            limit=radius_mm + CLOSE_MM,
        )
        targets = target_of[around]
        for centre, reached in zip(centres, np.isfinite(lengths) & (targets >= 0), strict=True):
            found[centre] = np.sort(targets[reached])
    return found


def _edge_lengths(mesh: CorticalMesh) -> Any:
    """How long each edge is, in mm, as a sparse matrix of vertices x vertices, both ways."""
    pairs = np.sort(np.concatenate([mesh.faces[:, [first, second]] for first, second in ((0, 1), (1, 2), (2, 0))]))
    one, other = np.unique(pairs, axis=0).T
    lengths = np.linalg.norm(mesh.points[one] - mesh.points[other], axis=1)
    size = len(mesh.points)
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    return scipy.sparse.csr_array((np.concatenate([lengths, lengths]), both), shape=(size, size))
