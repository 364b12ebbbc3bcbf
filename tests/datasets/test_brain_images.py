"""Values that are written come back where they lie, whichever the space."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import AFFINE, grayordinates
from spatial_scores import FSAVERAGE5, NATIVE

from brainrank.benchmark.types.brain_space import Hemisphere, Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.brain_images import axial_slices, image_bytes, images_of, write_values
from brainrank.datasets.readers.masks import read_mask


def test_a_volume_comes_back_with_its_grid(tmp_path: Path) -> None:
    values = np.where(np.arange(24) % 3, np.arange(24.0), np.nan)
    (path,) = write_values(NATIVE, values, tmp_path / "r.nii.gz")
    found = nibabel.load(path)
    np.testing.assert_array_equal(np.asarray(found.dataobj).ravel(), values)
    np.testing.assert_array_equal(found.affine, AFFINE)
    assert found.header.get_xyzt_units()[0] == "mm"
    assert int(found.header["sform_code"]) == 1
    assert (
        int(images_of(Volume("MNI152", *(NATIVE.shape, NATIVE.affine)), values, "r")["left"].header["sform_code"]) == 4
    )
    assert path.read_bytes() == image_bytes(NATIVE, values, "r").content
    with pytest.raises(InvalidDataError, match=r"r.gii is of sub-01.*ends in .nii or .nii.gz"):
        write_values(NATIVE, values, tmp_path / "r.gii")


def test_a_surface_has_a_file_for_each_hemisphere_with_values(tmp_path: Path) -> None:
    space, values = Surface("sub-01", 5), np.full(10, np.nan)
    values[7] = 0.5
    (path,) = write_values(space, values, tmp_path / "r.func.gii")
    assert path.name == "r.rh.func.gii"
    found = nibabel.load(path)
    assert found.meta["AnatomicalStructurePrimary"] == "CortexRight"
    np.testing.assert_array_equal(found.darrays[0].data, values[5:].astype(np.float32))
    assert image_bytes(space, values, "r", Hemisphere.RIGHT).ending == ".rh.func.gii"
    values[0] = 0.1
    assert len(write_values(space, values, tmp_path / "r.func.gii")) == 2


def test_grayordinates_come_back_with_their_axis(tmp_path: Path) -> None:
    source = grayordinates(tmp_path / "mask.dscalar.nii", np.ones((1, 6), np.float32))
    space = read_mask(source, "fsLR").space
    (path,) = write_values(space, np.arange(6.0), tmp_path / "r.dscalar.nii", "score")
    found = nibabel.load(path)
    assert found.header.get_axis(1) == nibabel.load(source).header.get_axis(1)
    assert found.header.get_axis(0).name.tolist() == ["score"]
    with pytest.raises(InvalidDataError, match="ends in .dscalar.nii"):
        write_values(space, np.arange(6.0), tmp_path / "r.nii.gz")


def test_slices_have_the_left_of_the_brain_on_the_left() -> None:
    """The first axis of this volume runs from right to left, so that its first voxel is the rightmost."""
    values = np.full(24, np.nan)
    values[0] = 0.5
    found = axial_slices(NATIVE, np.arange(24), values, most=5, margin=0)
    assert found.values.shape == (2, 3, 4)
    assert found.z_mm.tolist() == [-2, 1]
    assert found.values[0, 0, 3] == 0.5
    assert found.inside.all()
    assert axial_slices(NATIVE, np.arange(24), values, most=1, margin=0).z_mm.tolist() == [-2]
    assert FSAVERAGE5.size == 20_484
