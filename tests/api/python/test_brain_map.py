"""Maps in a notebook: from data with a mask to a file and a figure."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import AFFINE, SHAPE, marks, surface, volume
from meshes import mesh_file, sphere
from nilearn.surface import InMemoryMesh
from PIL import Image

import brainrank as br
from brainrank.benchmark.types.brain_space import CorticalMesh


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)) for _ in range(24)]


def test_scores_of_data_in_memory_lie_where_its_mask_says(images: list[Image.Image], tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pixels = np.stack([np.asarray(each, dtype=float).mean(axis=2).ravel() for each in images])
    responses = pixels @ rng.standard_normal((64, 10)) / 200 + rng.standard_normal((24, 10))
    lab = br.data(images, responses, mask=marks(), affine=AFFINE, space="MNI152NLin6Asym", name="lab")
    scores = br.score(["pixels", "gabor"], lab, progress=False)
    found = scores[0].map()
    assert found.space == "MNI152NLin6Asym, 4 x 3 x 2 voxels"
    (path,) = found.save(tmp_path / "r.nii.gz")
    per_target = scores[0].per_target
    assert per_target is not None
    values = np.asarray(nibabel.load(path).dataobj)
    np.testing.assert_allclose(values[marks() > 0], per_target, rtol=1e-6)
    np.testing.assert_array_equal(found.image.affine, AFFINE)
    assert list(found.frame().columns) == ["i", "j", "k", "x_mm", "y_mm", "z_mm", "score", "q_of_score"]
    assert "10 positions" in repr(found)
    apart = br.brain_map(scores[0], minus=scores[1])
    assert "pixels less gabor" in repr(apart)
    assert apart.plot().axes
    parts = br.partition({"pixels": "pixels", "gabor": "gabor"}, lab, draws=50)
    assert parts.map("unique-pixels").unit == "R2"
    with pytest.raises(br.BrainrankError, match="kind of map 'colour'"):
        scores[0].map("colour")


def test_a_mask_may_be_a_file_or_an_image_and_needs_a_space(images: list[Image.Image], tmp_path: Path) -> None:
    responses, path = np.random.default_rng(0).standard_normal((24, 10)), volume(tmp_path / "mask.nii.gz", marks())
    names = {
        br.data(images, responses, mask=mask, affine=affine, name="lab").catalogue.datasets["lab"].version
        for mask, affine in ((path, None), (nibabel.load(path), None), (marks(), AFFINE))
    }
    assert len(names) == 1
    moved = br.data(images, responses, mask=marks(), affine=AFFINE * [[2], [1], [1], [1]], name="lab")
    assert moved.catalogue.datasets["lab"].version not in names
    with pytest.raises(br.BrainrankError, match="mask is an array without a space; give affine"):
        br.data(images, responses, mask=marks())
    with pytest.raises(br.BrainrankError, match="affine says where a mask lies"):
        br.data(images, responses, affine=AFFINE)
    with pytest.raises(br.BrainrankError, match="there are 24 stimuli, and the mask marks 24"):
        br.data(images, responses, mask=np.ones(SHAPE), affine=AFFINE)


def test_a_surface_has_a_mesh_for_searchlights(images: list[Image.Image], tmp_path: Path) -> None:
    """As a file, as nilearn has it, or as points and triangles: the same data; another mesh makes others."""
    mesh = sphere(20.0, 2)
    mask = surface(tmp_path / "lh.gii", np.ones((1, 162), np.float32))
    file = mesh_file(
        tmp_path / "lh.surf.gii", CorticalMesh(mesh.points.astype("f4").astype(float), mesh.faces, mesh.positions)
    )
    points = mesh.points.astype("f4")
    given = (file, InMemoryMesh(points, mesh.faces), (points, mesh.faces), (2 * points, mesh.faces), None)
    responses = np.random.default_rng(0).standard_normal((24, 162))
    own = [br.data(images, responses, mask=mask, mesh=each, name="lab") for each in given]
    assert [each.catalogue.datasets["lab"].version == own[0].catalogue.datasets["lab"].version for each in own] == [
        True,
        True,
        True,
        False,
        False,
    ]
    few = {"metric": "searchlight-rsa", "parameters": {"fewest_voxels": 5}}
    lab = br.data(images, responses, mask=mask, mesh=file, name="lab", **few)  # type: ignore[arg-type]
    (score,) = br.score("pixels", lab, progress=False)
    assert score.map().save(tmp_path / "s.func.gii")[0].name == "s.lh.func.gii"
    for wrong, problem in (
        ({"mask": mask, **few}, "without a mesh: give the mesh of their hemisphere"),
        ({"mesh": file}, "mesh is the surface of a mask, which is not given; give mask, too"),
        ({"mesh": 3, "mask": mask}, r"mesh is int; give a GIFTI file .* \(points, faces\)"),
        (
            {"mesh": (points[:9], mesh.faces), "mask": mask},
            "mesh has 9 vertices, and the left hemisphere of .* has 162",
        ),
    ):
        with pytest.raises(br.BrainrankError, match=problem):
            br.data(images, responses, **wrong)  # type: ignore[arg-type]


def test_the_sides_of_one_hemisphere_are_drawn_beside_each_other(images: list[Image.Image], tmp_path: Path) -> None:
    mask = surface(tmp_path / "rh.gii", (np.arange(10_242) < 10).astype(np.float32)[None], "CortexRight")
    lab = br.data(images, np.random.default_rng(0).standard_normal((24, 10)), mask=mask, name="lab")
    (score,) = br.score("pixels", lab, progress=False)
    lateral, medial, _bar = score.map().plot().axes
    assert [each.get_title() for each in (lateral, medial)] == ["right hemisphere, lateral", "right hemisphere, medial"]
    assert lateral.get_position().y0 == pytest.approx(medial.get_position().y0)
    assert lateral.get_position().x1 < medial.get_position().x0
