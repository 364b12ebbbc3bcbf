"""Single-trial betas of one's own: NIfTI files with their events tables, and a mask."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.bids_derivatives import read_betas

GRID = (3, 4, 2)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
SHOWN = (["b.png", "a.png", "b.png"], ["c.png", "a.png"])


def save(path: Path, values: NDArray[np.float64], affine: NDArray[np.float64] = AFFINE) -> Path:
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    inside = np.zeros(GRID, dtype=np.uint8)
    inside[0, 1, 0] = inside[2, 0, 1] = inside[0, 3, 1] = 1
    return save(tmp_path / "sub-01_space-T1w_label-V1_mask.nii.gz", inside)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[list[Path], list[Path], NDArray[np.float64]]:
    values = np.random.default_rng(0).normal(size=(*GRID, 5))
    values[0, 3, 1, 2] = np.nan
    betas = [
        save(tmp_path / f"sub-01_run-{run}_betas.nii.gz", part)
        for run, part in ((1, values[..., :3]), (2, values[..., 3:]))
    ]
    tables = []
    for run, shown in enumerate(SHOWN, start=1):
        rows = "".join(f"{4 * trial}\t2\timage\t{name}\n" for trial, name in enumerate(shown))
        tables.append(tmp_path / f"sub-01_run-{run}_events.tsv")
        # A fixation has no volume.
        tables[-1].write_text(f"onset\tduration\ttrial_type\tstim_file\n{rows}99\t8\tfixation\tn/a\n")
    return betas, tables, values


def test_volumes_are_trials_and_runs_are_repeats(
    runs: tuple[list[Path], list[Path], NDArray[np.float64]], mask: Path
) -> None:
    betas, tables, values = runs
    v1 = read_betas(betas, tables, mask=mask, region="v1", space="sub-01")
    assert v1.stimulus_ids == ("a.png", "b.png", "c.png")
    assert v1.targets == ("voxel-00001", "voxel-00002", "voxel-00003")
    voxels = values[[0, 0, 2], [1, 3, 0], [0, 1, 1]].T
    blank = np.full(3, np.nan)
    # A missing beta stays missing: nilearn would fill it with 0 unless told.
    expected = [[voxels[1], voxels[4]], [voxels[0], voxels[2]], [voxels[3], blank]]
    np.testing.assert_allclose(v1.responses, expected, rtol=1e-6)
    assert np.isnan(v1.responses[1, 1, 1])


def test_a_run_of_one_trial_may_be_three_dimensional(tmp_path: Path, mask: Path) -> None:
    events = tmp_path / "events.tsv"
    events.write_text("onset\tstimulus\n0\ta.png\n")
    values = np.random.default_rng(1).normal(size=GRID)
    v1 = read_betas(
        [save(tmp_path / "one.nii.gz", values)],
        [events],
        mask=mask,
        region="v1",
        space="sub-01",
        stimulus_column="stimulus",
    )
    np.testing.assert_allclose(v1.responses[0, 0], values[[0, 0, 2], [1, 3, 0], [0, 1, 1]], rtol=1e-6)


def test_what_does_not_fit_is_said(
    runs: tuple[list[Path], list[Path], NDArray[np.float64]], mask: Path, tmp_path: Path
) -> None:
    betas, tables, values = runs
    with pytest.raises(InvalidDataError, match="2 files of betas and 1 events tables"):
        read_betas(betas, tables[:1], mask=mask, region="v1", space="sub-01")
    with pytest.raises(InvalidDataError, match=r"3 volumes and .*run-2_events.tsv names 2 stimuli"):
        read_betas(betas, tables[::-1], mask=mask, region="v1", space="sub-01")
    with pytest.raises(InvalidDataError, match="no column 'image'; it has onset, duration, trial_type, stim_file"):
        read_betas(betas, tables, mask=mask, region="v1", space="sub-01", stimulus_column="image")
    with pytest.raises(InvalidDataError, match="nowhere.tsv is not a readable events table"):
        read_betas(betas[:1], [tmp_path / "nowhere.tsv"], mask=mask, region="v1", space="sub-01")
    with pytest.raises(InvalidDataError, match=r"nowhere.nii.gz does not exist"):
        read_betas([tmp_path / "nowhere.nii.gz"], tables[:1], mask=mask, region="v1", space="sub-01")
    shifted = save(tmp_path / "shifted.nii.gz", values[..., :3], np.diag([3.0, 3.0, 3.0, 1.0]))
    with pytest.raises(InvalidDataError, match="does not fit its mask: the spaces differ"):
        read_betas([shifted], tables[:1], mask=mask, region="v1", space="sub-01")
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"<html>")
    with pytest.raises(InvalidDataError, match=r"broken.nii.gz is not a readable file"):
        read_betas([broken], tables[:1], mask=mask, region="v1", space="sub-01")
