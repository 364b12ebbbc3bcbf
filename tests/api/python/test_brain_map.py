"""Maps in a notebook: from data with a mask to a file and a figure."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import AFFINE, SHAPE, marks, volume
from PIL import Image

import brainrank as br


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
