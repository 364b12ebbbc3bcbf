"""Discs on a mesh against all paths by brute force, great circles on a sphere, and folds that straight lines cross."""

import numpy as np
import pytest
from meshes import sheet, sphere
from numpy.typing import NDArray

from brainrank.benchmark.metrics.searchlight import discs
from brainrank.benchmark.metrics.searchlight.discs import disc_members
from brainrank.benchmark.types.brain_space import CorticalMesh


def all_paths(mesh: CorticalMesh) -> NDArray[np.float64]:
    """Floyd and Warshall's shortest paths from every vertex to every other, along the sides of triangles."""
    size = len(mesh.points)
    lengths = np.full((size, size), np.inf)
    np.fill_diagonal(lengths, 0)
    for face in mesh.faces:
        for one in face:
            for other in face:
                lengths[one, other] = np.sqrt(((mesh.points[one] - mesh.points[other]) ** 2).sum())
    for over in range(size):
        lengths = np.minimum(lengths, lengths[:, over, None] + lengths[over])
    return lengths


@pytest.mark.parametrize("at_once", [5, 256])
@pytest.mark.parametrize("radius_mm", [2.5, 6.0, 100.0])
def test_a_disc_has_the_targets_within_the_radius(
    monkeypatch: pytest.MonkeyPatch, at_once: int, radius_mm: float
) -> None:
    """Some vertices are no targets, and paths go over them; targets come in any order."""
    monkeypatch.setattr(discs, "VERTICES_AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    mesh = sheet(9, 8, rng=rng)
    targets = rng.permutation(72)[:50]
    near = all_paths(mesh)[np.ix_(targets, targets)] <= radius_mm
    for members, expected in zip(disc_members(mesh, targets, radius_mm), near, strict=True):
        np.testing.assert_array_equal(members, np.flatnonzero(expected))


def test_on_a_sphere_a_disc_is_a_cap_of_nearly_its_radius() -> None:
    """Paths along edges are longer than great circles by up to 15 % on equilateral triangles, here by up to a fifth."""
    mesh, radius_mm = sphere(50.0, 4), 12.0
    assert mesh.points.shape == (2_562, 3)
    every = np.arange(2_562)
    arcs = 50 * np.arccos(np.clip(mesh.points @ mesh.points.T / 50**2, -1, 1))
    edge = np.linalg.norm(mesh.points[mesh.faces[:, 0]] - mesh.points[mesh.faces[:, 1]], axis=1).max()
    cords = edge / (100 * np.arcsin(edge / 100))  # an edge cuts its arc short
    sizes = []
    for vertex, members in zip(every, disc_members(mesh, every, radius_mm), strict=True):
        inside = np.isin(every, members)
        assert inside[arcs[vertex] <= radius_mm / 1.2].all()
        assert not inside[arcs[vertex] > radius_mm / cords].any()
        sizes.append(len(members))
    cap = np.mean((arcs <= radius_mm).sum(axis=1))
    assert 0.75 * cap < np.mean(sizes) < cap


def test_a_disc_does_not_cross_a_fold() -> None:
    """Two banks of a sulcus, 1 mm apart and 40 mm deep."""
    flat = sheet(41, 7)
    deep = np.abs(flat.points[:, 0] - 40)
    folded = CorticalMesh(
        np.column_stack([np.where(flat.points[:, 0] < 40, 0.0, 1.0), flat.points[:, 1], deep]),
        flat.faces,
        flat.positions,
    )
    bank = folded.points[:, 0]
    top = np.flatnonzero(folded.points[:, 2] > 30)
    for centre, members in zip(top, disc_members(folded, top, 8.0), strict=True):
        assert (bank[top[members]] == bank[centre]).all()
        assert len(members) > 10


def test_hemispheres_share_no_disc_wherever_they_lie() -> None:
    half = sheet(6, 6)
    both = CorticalMesh(
        np.concatenate([half.points, half.points]), np.concatenate([half.faces, half.faces + 36]), np.arange(72)
    )
    alone = disc_members(half, np.arange(36), 4.5)
    for vertex, members in enumerate(disc_members(both, np.arange(72), 4.5)):
        np.testing.assert_array_equal(members, alone[vertex % 36] + 36 * (vertex // 36))


def test_a_vertex_of_no_triangle_has_itself() -> None:
    mesh = sheet(3, 3)
    more = CorticalMesh(np.concatenate([mesh.points, [[2.0, 2.0, 0.1]]]), mesh.faces, np.arange(10))
    assert disc_members(more, np.arange(10), 100.0)[9].tolist() == [9]
    assert len(disc_members(more, np.arange(10), 100.0)[0]) == 9
