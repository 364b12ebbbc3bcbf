"""Meshes of masks on surfaces and in grayordinates, and those that are refused."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import marks, surface, volume
from meshes import mesh_file, sheet
from nibabel import cifti2
from nilearn.datasets import load_fsaverage

from brainrank.benchmark.types.brain_space import CorticalMesh, Surface, TargetPositions
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.masks import read_mask
from brainrank.datasets.readers.meshes import on_mesh, read_mesh

MESH = sheet(3, 4)
RIGHT = TargetPositions(Surface("sub-01", 12), 12 + np.array([1, 5, 6]))


def test_a_gifti_surface_is_the_mesh_of_its_hemisphere(tmp_path: Path) -> None:
    found = read_mesh(mesh_file(tmp_path / "mesh.surf.gii", MESH, "CortexRight"), RIGHT)
    assert found.mesh is not None
    np.testing.assert_allclose(found.mesh.points, MESH.points, rtol=1e-6)
    np.testing.assert_array_equal(found.mesh.faces, MESH.faces)
    np.testing.assert_array_equal(found.mesh.vertices_of(found.positions), [1, 5, 6])
    np.testing.assert_array_equal(found.positions, RIGHT.positions)
    named = read_mesh(mesh_file(tmp_path / "rh.midthickness.surf.gii.gz", MESH, None, kind=None), RIGHT)
    assert named.mesh is not None
    alone = on_mesh(RIGHT, MESH.points, MESH.faces, what="mesh")
    assert alone.mesh is not None
    np.testing.assert_array_equal(alone.mesh.positions, 12 + np.arange(12))


def test_nilearns_surfaces_are_read(tmp_path: Path) -> None:
    """As it carries them in files, and in memory."""
    mask = read_mask(surface(tmp_path / "lh.gii", np.ones((1, 10_242), np.float32)), "")
    part = load_fsaverage("fsaverage5")["pial"].parts["left"]
    of_file = read_mesh(Path(part.file_path), mask).mesh
    in_memory = on_mesh(mask, part.coordinates, part.faces, what="mesh").mesh
    assert of_file is not None
    assert in_memory is not None
    np.testing.assert_array_equal(of_file.points, in_memory.points)
    np.testing.assert_array_equal(of_file.faces, in_memory.faces)
    inflated = Path(load_fsaverage("fsaverage5")["inflated"].parts["left"].file_path)
    with pytest.raises(InvalidDataError, match="is of the kind Inflated, whose edges .* give the midthickness"):
        read_mesh(inflated, mask)


def cortex_of(path: Path, *, voxels: bool = False) -> TargetPositions:
    """Three vertices of the left cortex, ten of twelve of the right, and voxels if told; marked from the sixth on."""
    inside = np.ones(12, bool)
    inside[[0, 7]] = False
    models = cifti2.BrainModelAxis.from_mask(np.ones(3, bool), name="cortex_left")
    models += cifti2.BrainModelAxis.from_mask(inside, name="cortex_right")
    if voxels:
        models += cifti2.BrainModelAxis.from_mask(np.ones((1, 1, 2), bool), name="thalamus_left", affine=np.eye(4))
    values = (np.arange(len(models)) >= 5).astype(np.float32)[None]
    axes = (cifti2.ScalarAxis(["map"]), models)
    nibabel.save(cifti2.Cifti2Image(values, header=cifti2.Cifti2Header.from_axes(axes)), path)
    return read_mask(path, "fsLR")


def test_grayordinates_of_one_cortex_have_its_mesh(tmp_path: Path) -> None:
    """CIFTI leaves out vertices, over which paths go all the same."""
    targets = cortex_of(tmp_path / "mask.dscalar.nii")
    found = read_mesh(mesh_file(tmp_path / "rh.surf.gii", MESH, None), targets).mesh
    assert found is not None
    np.testing.assert_array_equal(found.vertices_of(targets.positions), [3, 4, 5, 6, 8, 9, 10, 11])
    np.testing.assert_array_equal(found.positions, [-1, 3, 4, 5, 6, 7, 8, -1, 9, 10, 11, 12])
    with pytest.raises(InvalidDataError, match=r"lh.surf.gii has 12 vertices, and the left hemisphere of fsLR.* has 3"):
        read_mesh(mesh_file(tmp_path / "lh.surf.gii", MESH, None), targets)
    both = cortex_of(tmp_path / "more.dscalar.nii", voxels=True)
    with pytest.raises(InvalidDataError, match="is of the right hemisphere, and 2 of 10 targets lie elsewhere"):
        read_mesh(tmp_path / "rh.surf.gii", both)
    inside = both.of(both.positions > 12)
    with pytest.raises(
        InvalidDataError, match="first target lies in CIFTI_STRUCTURE_THALAMUS_LEFT; leave the mesh out"
    ):
        on_mesh(inside, MESH.points, MESH.faces, what="mesh")


@pytest.mark.parametrize(
    ("mesh", "structure", "problem"),
    [
        (MESH, "CortexLeft", "is of the left hemisphere, and 3 of 3 targets lie elsewhere; give the mesh of theirs"),
        (MESH, None, "does not say which hemisphere"),
        (
            sheet(3, 5),
            "CortexRight",
            "has 15 vertices, and the right hemisphere of sub-01, .* has 12; give the mesh of",
        ),
        (
            CorticalMesh(MESH.points / 1000, MESH.faces, MESH.positions),
            "CortexRight",
            "is 0.006 mm long; points are in mm: multiply metres by 1000",
        ),
    ],
)
def test_another_mesh_is_refused(tmp_path: Path, mesh: CorticalMesh, structure: str | None, problem: str) -> None:
    with pytest.raises(InvalidDataError, match=problem):
        read_mesh(mesh_file(tmp_path / "mesh.surf.gii", mesh, structure), RIGHT)


def test_what_is_no_mesh_is_refused(tmp_path: Path) -> None:
    mask = surface(tmp_path / "rh.gii", np.ones((1, 12), np.float32), "CortexRight")
    with pytest.raises(InvalidDataError, match="has 0 arrays of points and 0 of triangles; give the GIFTI file of"):
        read_mesh(mask, RIGHT)
    whole = volume(tmp_path / "mask.nii.gz", marks())
    with pytest.raises(InvalidDataError, match="is no surface; give a GIFTI file"):
        read_mesh(whole, RIGHT)
    file = mesh_file(tmp_path / "mesh.surf.gii", MESH, "CortexRight")
    with pytest.raises(
        InvalidDataError, match=r"is of a surface, and the mask of a volume \(sub-01, 4 x 3 x 2 voxels\)"
    ):
        read_mesh(file, read_mask(whole, "sub-01"))
    (tmp_path / "lh.broken.gii").write_text("<GIFTI")
    with pytest.raises(InvalidDataError, match="is not a readable file of a brain image"):
        read_mesh(tmp_path / "lh.broken.gii", RIGHT)
    for points, faces, problem in (
        (MESH.points[:, :2], MESH.faces, r"mesh has points of shape \(12, 2\)"),
        (MESH.points, MESH.faces.astype(float), r"mesh has triangles of shape \(12, 3\)"),
        (MESH.points, MESH.faces + 1, "mesh: a triangle of a mesh has vertex 12, and there are 12"),
    ):
        with pytest.raises(InvalidDataError, match=problem):
            on_mesh(RIGHT, points, faces, what="mesh")


def test_numbers_in_another_file_are_not_read(tmp_path: Path) -> None:
    """A package is what its files hold: one that points elsewhere is refused."""
    np.arange(36, dtype="<f4").tofile(tmp_path / "elsewhere.bin")
    text = mesh_file(tmp_path / "mesh.surf.gii", MESH, "CortexRight").read_text()
    start, end = text.index("<Data>"), text.index("</Data>")
    outside = f"{text[:start]}<Data></Data>{text[end + 7 :]}".replace(
        'Encoding="GZipBase64Binary"', 'Encoding="ExternalFileBinary"', 1
    ).replace('ExternalFileName=""', f'ExternalFileName="{tmp_path / "elsewhere.bin"}"', 1)
    (tmp_path / "mesh.surf.gii").write_text(outside)
    with pytest.raises(
        InvalidDataError, match="has its numbers in another file, .*elsewhere.bin; save it with its data"
    ):
        read_mesh(tmp_path / "mesh.surf.gii", RIGHT)
