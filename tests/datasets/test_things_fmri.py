"""THINGS-fMRI, from small tables laid out as its single-trial responses in table format.

The HDF5 file has the datasets that pandas 3.0 with PyTables 3.11 was seen to write for such a table (`to_hdf`, fixed
format): a block of floats (voxels x trials) and one of ids, plus pickled column names that are not to be read.
"""

from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import things_fmri

SHOWN = [
    "dog_12s.jpg",
    "ice_cream_01b.jpg",
    "dog_02s.jpg",
    "ice_cream_01b.jpg",
    "candelabra_14s.jpg",
    "ice_cream_01b.jpg",
]
VOXELS = np.array([0, 1, 2, 3, 4, 5, 6])


def write_table(own: Any, values: NDArray[np.float64], ids: NDArray[np.int64]) -> None:
    with h5py.File(own.path("things_fmri", "betas_csv/sub-02_ResponseData.h5"), "w") as file:
        group = file.create_group("ResponseData")
        pickled = np.frombuffer(b"not to be unpickled", dtype=np.uint8)
        for name in ("axis0", "block0_items", "block1_items"):
            column = group.create_dataset(name, shape=(1,), dtype=h5py.vlen_dtype(np.uint8))
            column[0] = pickled
        group["axis1"] = np.arange(len(ids))
        group["block0_values"] = values
        group["block1_values"] = ids[:, None]


@pytest.fixture
def betas(own: Any) -> NDArray[np.float64]:
    """Return the responses, voxels x trials, of the voxels in their own order; the file has them in another."""
    values = np.random.default_rng(0).normal(size=(len(VOXELS), len(SHOWN)))
    stored = np.array([3, 0, 6, 1, 5, 2, 4])
    write_table(own, values[stored], VOXELS[stored])
    trials = pd.DataFrame(
        {"trial_type": "train", "session": 1, "run": 1, "subject_id": 2, "trial_id": range(len(SHOWN))}
    )
    trials = trials.assign(stimulus=SHOWN, concept=[name.rpartition("_")[0] for name in SHOWN])
    trials.to_csv(own.path("things_fmri", "betas_csv/sub-02_StimulusMetadata.csv"), index=False)
    voxels = pd.DataFrame({"voxel_id": VOXELS, "subject_id": 2, "voxel_x": 1, "nc_testset": 11.7})
    voxels = voxels.assign(V1=[0, 1, 0, 0, 1, 0, 1], hV4=0, IT=[1, 0, 0, 0, 0, 0, 0], **{"glasser-V1": 1})
    voxels.to_csv(own.path("things_fmri", "betas_csv/sub-02_VoxelMetadata.csv"), index=False)
    for number, name in enumerate(sorted(set(SHOWN))):
        own.image("things_fmri", f"images/{name.rpartition('_')[0]}/{name}", number)
    return values


def test_a_region_has_its_voxels_by_id_with_their_repeats(own: Any, betas: NDArray[np.float64]) -> None:
    v1 = own.load(things_fmri.DATASET, "sub-02.v1")
    assert v1.stimulus_ids == ("candelabra_14s.jpg", "dog_02s.jpg", "dog_12s.jpg", "ice_cream_01b.jpg")
    assert v1.targets == ("voxel-000001", "voxel-000004", "voxel-000006")
    expected = own.expected(v1.stimulus_ids, SHOWN, betas[[1, 4, 6]].T)
    assert expected.shape == (4, 3, 3)
    np.testing.assert_allclose(v1.responses, expected, rtol=1e-6)
    it = own.load(things_fmri.DATASET, "sub-02.it")
    np.testing.assert_allclose(it.responses, own.expected(it.stimulus_ids, SHOWN, betas[[0]].T), rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["betas_csv/sub-02_ResponseData.h5", "betas_csv/sub-02_VoxelMetadata.csv", "images/ice_cream/ice_cream_01b.jpg"],
)
def test_a_missing_file_is_named_with_its_folder_and_page(own: Any, betas: object, name: str) -> None:
    own.path("things_fmri", name).unlink()
    with pytest.raises(DataUnavailableError) as raised:
        things_fmri.DATASET.load("sub-02.v1", own.locations, Silent())
    for part in (name, str(own.locations.studies / "things_fmri"), "docs/datasets/things_fmri.md"):
        assert part in str(raised.value)


def test_what_is_no_table_of_responses_is_said(own: Any, betas: NDArray[np.float64]) -> None:
    load = things_fmri.DATASET.assembly
    write_table(own, betas[:, :-1], VOXELS)
    with pytest.raises(InvalidDataError, match=r"blocks of \[1, 5\] columns; it needs voxel_id and 6 trials"):
        load("sub-02.v1", own.locations, Silent())
    write_table(own, betas[:4], VOXELS[:4])
    with pytest.raises(InvalidDataError, match="lacks voxels that the voxel table lists"):
        load("sub-02.v1", own.locations, Silent())
    own.path("things_fmri", "betas_csv/sub-02_ResponseData.h5").write_bytes(b"<html>")
    with pytest.raises(InvalidDataError, match="sub-02_ResponseData.h5 is damaged"):
        load("sub-02.v1", own.locations, Silent())
    own.path("things_fmri", "betas_csv/sub-02_VoxelMetadata.csv").write_text("voxel_id,V2\n0,1\n")
    with pytest.raises(InvalidDataError, match=r"VoxelMetadata.csv is damaged, .*'V1'"):
        load("sub-02.v1", own.locations, Silent())
