"""Masks of every kind, the responses at what they mark, and those that are refused."""

from pathlib import Path

import numpy as np
import pytest
from brain_files import AFFINE, SHAPE, betas, grayordinates, marks, surface, volume
from nilearn.masking import apply_mask

from brainrank.benchmark.types.brain_space import Grayordinates, Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.brain_files import read_label_volume, read_responses_at
from brainrank.datasets.readers.masks import read_mask


def test_voxels_come_in_the_order_of_nilearn(tmp_path: Path) -> None:
    mask = volume(tmp_path / "mask.nii.gz", marks())
    targets = read_mask(mask, "sub-01")
    assert isinstance(targets.space, Volume)
    assert (targets.space.shape, targets.space.name) == (SHAPE, "sub-01")
    np.testing.assert_array_equal(targets.space.affine, AFFINE)
    path = volume(tmp_path / "betas.nii.gz", betas(70))
    found = read_responses_at(path, targets)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, apply_mask(str(path), str(mask), ensure_finite=False))
    one = volume(tmp_path / "one.nii", betas(1)[..., 0])
    assert read_responses_at(one, targets).shape == (1, 10)


def test_an_array_with_its_affine_is_the_same_mask(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", marks())
    np.savetxt(tmp_path / "affine.txt", AFFINE)
    found = read_mask(tmp_path / "mask.npy", "sub-01", affine=tmp_path / "affine.txt")
    assert found.space == read_mask(volume(tmp_path / "mask.nii.gz", marks()), "sub-01").space
    with pytest.raises(InvalidDataError, match="without a space; give --affine FILE"):
        read_mask(tmp_path / "mask.npy", "sub-01")
    with pytest.raises(InvalidDataError, match="has a space of its own; leave --affine out"):
        read_mask(tmp_path / "mask.nii.gz", "sub-01", affine=tmp_path / "affine.txt")
    np.save(tmp_path / "flat.npy", np.diag([1.0, 1, 0, 1]))
    with pytest.raises(InvalidDataError, match="its axes independent"):
        read_mask(tmp_path / "mask.npy", "sub-01", affine=tmp_path / "flat.npy")
    (tmp_path / "words.txt").write_text("one two")
    with pytest.raises(InvalidDataError, match=r"words.txt is no affine .* give 4 x 4 numbers"):
        read_mask(tmp_path / "mask.npy", "sub-01", affine=tmp_path / "words.txt")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (np.arange(24, dtype=np.int16).reshape(SHAPE), "holds 24 values, 0, 1, 2, ...; .* split an atlas .* --roi"),
        (np.zeros(SHAPE, np.uint8), "marks nothing"),
        (np.full(SHAPE, 0.5), None),
        (np.where(marks(), 2.0, 1.0), "a mask holds 0 and one other"),
        (np.zeros((4, 3), np.uint8), "three axes"),
        (np.zeros((4, 3, 2, 5), np.uint8), "three axes"),
    ],
)
def test_what_is_no_mask_of_a_volume(tmp_path: Path, values: np.ndarray, problem: str | None) -> None:
    path = volume(tmp_path / "mask.nii.gz", values)
    if problem is None:  # one value besides none at all: every voxel is marked
        assert len(read_mask(path, "a").positions) == 24
        return
    with pytest.raises(InvalidDataError, match=problem):
        read_mask(path, "a")


def test_a_surface_says_its_hemisphere_or_its_name_does(tmp_path: Path) -> None:
    marked = (np.arange(6) % 2).astype(np.float32)[None]
    right = read_mask(surface(tmp_path / "mask.gii", marked, "CortexRight"), "sub-01")
    assert right.space == Surface("sub-01", 6)
    np.testing.assert_array_equal(right.positions, [7, 9, 11])
    named = read_mask(surface(tmp_path / "lh.mask.shape.gii", marked, None), "sub-01")
    np.testing.assert_array_equal(named.positions, [1, 3, 5])
    with pytest.raises(InvalidDataError, match="does not say which hemisphere"):
        read_mask(surface(tmp_path / "which.gii", marked, None), "sub-01")
    rows = np.random.default_rng(0).standard_normal((3, 6)).astype(np.float32)
    found = read_responses_at(surface(tmp_path / "rh.func.gii", rows, "CortexRight"), right)
    np.testing.assert_array_equal(found, rows[:, [1, 3, 5]])
    left = surface(tmp_path / "lh.func.gii", rows, "CortexLeft")
    with pytest.raises(InvalidDataError, match="is of the left hemisphere, and its mask of the right"):
        read_responses_at(left, right)
    with pytest.raises(InvalidDataError, match="has 3 arrays; a mask has one"):
        read_mask(tmp_path / "rh.func.gii", "sub-01")
    average = read_mask(surface(tmp_path / "lh.gii", np.ones((1, 642), np.float32), None), "sub-01")
    assert average.space.name == "fsaverage3"


def test_grayordinates(tmp_path: Path) -> None:
    marked = (np.arange(6) % 2).astype(np.float32)[None]
    found = read_mask(grayordinates(tmp_path / "mask.dscalar.nii", marked), "fsLR")
    assert isinstance(found.space, Grayordinates)
    rows = np.random.default_rng(0).standard_normal((3, 6)).astype(np.float32)
    responses = read_responses_at(grayordinates(tmp_path / "betas.dscalar.nii", rows), found)
    np.testing.assert_array_equal(responses, rows[:, [1, 3, 5]])
    other = grayordinates(tmp_path / "other.dscalar.nii", rows[:, :5])
    with pytest.raises(InvalidDataError, match="other grayordinates"):
        read_responses_at(other, found)
    with pytest.raises(InvalidDataError, match="a mask has one map over grayordinates"):
        read_mask(tmp_path / "betas.dscalar.nii", "fsLR")


def test_responses_of_another_grid_or_kind_do_not_fit(tmp_path: Path) -> None:
    targets = read_mask(volume(tmp_path / "mask.nii.gz", marks()), "sub-01")
    moved = volume(tmp_path / "moved.nii.gz", betas(3), AFFINE + np.diag([0, 0, 0.5, 0]))
    with pytest.raises(InvalidDataError, match=r"moved.nii.gz does not fit its mask: the spaces differ.*affines"):
        read_responses_at(moved, targets)
    with pytest.raises(InvalidDataError, match="of another kind than its mask"):
        read_responses_at(surface(tmp_path / "lh.gii", np.ones((1, 4), np.float32)), targets)
    for name, content, problem in (
        ("broken.nii.gz", b"<html>", "not a readable file of a brain image"),
        ("mask.txt", b"1 1", "is no mask that is read; give a file that ends in"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidDataError, match=problem):
            read_mask(tmp_path / name, "a")
    with pytest.raises(InvalidDataError, match="does not exist"):
        read_mask(tmp_path / "nowhere.nii.gz", "a")


def test_labels_with_fractions_are_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="holds 0.5; labels of regions are whole numbers"):
        read_label_volume(volume(tmp_path / "roi.nii.gz", np.full(SHAPE, 0.5)))
