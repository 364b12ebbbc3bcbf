"""BOLD5000, from small files laid out as its ROI release."""

from typing import Any

import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import bold5000

LISTED = [
    "rep_kitchen1.jpg",
    "n01930112_19568.JPEG",
    "COCO_train2014_000000285307.jpg",
    "rep_kitchen1.jpg",
    "kitchen2.jpg",
    "rep_n01930112_19568.JPEG",
]
FOLDERS = {"k": "Scene", "n": "ImageNet", "C": "COCO"}
IMAGES = "BOLD5000_Stimuli/Scene_Stimuli/Presented_Stimuli"


@pytest.fixture
def rois(own: Any) -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    found = {f"{side}{roi}": rng.normal(size=(6, n)) for side, n in (("LH", 2), ("RH", 3)) for roi in ("LOC", "PPA")}
    scipy.io.savemat(own.path("bold5000", "ROIs/CSI4/mat/CSI4_ROIs_TR34.mat"), found)
    own.path("bold5000", "ROIs/stim_lists/CSI04_stim_lists.txt").write_text("\n".join(LISTED) + "\n")
    for number, name in enumerate(sorted({name.removeprefix("rep_") for name in LISTED})):
        own.image("bold5000", f"{IMAGES}/{FOLDERS[name[0]]}/{name}", number)
    return found


def test_both_hemispheres_with_the_repeats_of_repeated_images(own: Any, rois: dict[str, NDArray[np.float64]]) -> None:
    loc = own.load(bold5000.DATASET, "csi4.loc")
    assert loc.stimulus_ids == (
        "COCO_train2014_000000285307.jpg",
        "kitchen1.jpg",
        "kitchen2.jpg",
        "n01930112_19568.JPEG",
    )
    assert loc.targets == ("LHLOC-0001", "LHLOC-0002", "RHLOC-0001", "RHLOC-0002", "RHLOC-0003")
    shown = [name.removeprefix("rep_") for name in LISTED]
    expected = own.expected(loc.stimulus_ids, shown, np.hstack([rois["LHLOC"], rois["RHLOC"]]))
    assert expected.shape == (4, 2, 5)
    np.testing.assert_allclose(loc.responses, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["ROIs/CSI4/mat/CSI4_ROIs_TR34.mat", "ROIs/stim_lists/CSI04_stim_lists.txt", f"{IMAGES}/COCO"]
)
def test_a_missing_file_is_named_with_its_folder_and_page(own: Any, rois: object, name: str) -> None:
    path = own.path("bold5000", name)
    path.rename(path.with_name("elsewhere"))
    assert not bold5000.DATASET.is_here("csi4.loc", own.locations)
    with pytest.raises(DataUnavailableError) as raised:
        bold5000.DATASET.load("csi4.loc", own.locations, Silent())
    for part in (name, str(own.locations.studies / "bold5000"), "docs/datasets/bold5000.md"):
        assert part in str(raised.value)


def test_what_does_not_fit_is_said(own: Any, rois: object) -> None:
    with pytest.raises(InvalidDataError, match="lacks LHEarlyVis and RHEarlyVis"):
        bold5000.DATASET.assembly("csi4.earlyvis", own.locations, Silent())
    own.path("bold5000", f"{IMAGES}/Scene/kitchen2.jpg").unlink()
    with pytest.raises(InvalidDataError, match=r"1 of 4 images .*: kitchen2.jpg; unpack"):
        bold5000.DATASET.stimuli("csi4.loc", own.locations, Silent())
    own.path("bold5000", "ROIs/stim_lists/CSI04_stim_lists.txt").write_text("kitchen1.jpg\n")
    with pytest.raises(InvalidDataError, match=r"shape \(6, 5\); 1 trials"):
        bold5000.DATASET.assembly("csi4.loc", own.locations, Silent())
