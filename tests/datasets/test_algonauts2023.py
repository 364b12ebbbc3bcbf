"""Algonauts 2023, from small files laid out as the challenge's."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import algonauts2023

NUMBERS = (13, 27, 8, 72999, 500)  # NSD ids are not in the order of the rows
LABELS = {"lh": np.array([0, 1, 5, 5, 2, 1, 7]), "rh": np.array([5, 0, 1, 3])}


@pytest.fixture
def fmri(own: Any) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    found = {side: rng.normal(size=(len(NUMBERS), len(LABELS[side]))).astype(np.float32) for side in LABELS}
    for row, number in reversed(list(enumerate(NUMBERS, start=1))):
        own.image("algonauts2023", f"subj03/training_split/training_images/train-{row:04d}_nsd-{number:05d}.png", row)
    for side, responses in found.items():
        np.save(own.path("algonauts2023", f"subj03/training_split/training_fmri/{side}_training_fmri.npy"), responses)
        np.save(own.path("algonauts2023", f"subj03/roi_masks/{side}.streams_challenge_space.npy"), LABELS[side])
    return found


def test_both_hemispheres_of_a_stream_in_the_order_of_the_rows(own: Any, fmri: dict[str, NDArray[np.float32]]) -> None:
    ventral = own.load(algonauts2023.DATASET, "subj03.ventral")
    assert ventral.stimulus_ids == ("nsd-00013", "nsd-00027", "nsd-00008", "nsd-72999", "nsd-00500")
    assert ventral.targets == ("lh-vertex-00002", "lh-vertex-00003", "rh-vertex-00000")
    expected = np.stack([fmri["lh"][:, 2], fmri["lh"][:, 3], fmri["rh"][:, 0]], axis=1)
    np.testing.assert_array_equal(ventral.responses, expected[:, None])
    early = own.load(algonauts2023.DATASET, "subj03.early")
    assert early.targets == ("lh-vertex-00001", "lh-vertex-00005", "rh-vertex-00002")


def test_a_missing_file_is_named_with_its_folder_and_page(own: Any, fmri: object) -> None:
    name = "subj03/roi_masks/rh.streams_challenge_space.npy"
    own.path("algonauts2023", name).unlink()
    assert not algonauts2023.DATASET.is_here("subj03.early", own.locations)
    with pytest.raises(DataUnavailableError) as raised:
        algonauts2023.DATASET.load("subj03.early", own.locations, Silent())
    for part in (name, str(own.locations.studies / "algonauts2023"), "docs/datasets/algonauts2023.md"):
        assert part in str(raised.value)


def test_images_and_rows_must_agree(own: Any, fmri: object) -> None:
    own.image("algonauts2023", "subj03/training_split/training_images/train-0006_nsd-00001.png", 6)
    with pytest.raises(InvalidDataError, match=r"shape \(5, 7\); 6 training images and 7 labelled vertices"):
        algonauts2023.DATASET.assembly("subj03.early", own.locations, Silent())


def test_vertices_lie_on_fsaverage_where_the_files_that_say_so_are_here(own: Any, fmri: object) -> None:
    assert own.load(algonauts2023.DATASET, "subj03.ventral").positions is None
    marked = np.zeros(163_842, dtype=np.int64)
    marked[[5, 9, 100, 2_000, 3_000, 4_000, 150_000]] = 1
    for side in LABELS:
        np.save(own.path("algonauts2023", f"subj03/roi_masks/{side}.all-vertices_fsaverage_space.npy"), marked)
    found = own.load(algonauts2023.DATASET, "subj03.ventral").positions
    assert found.space.name == "fsaverage"
    assert found.positions.tolist() == [100, 2_000, 163_842 + 5]
    np.save(own.path("algonauts2023", "subj03/roi_masks/lh.all-vertices_fsaverage_space.npy"), marked[:100])
    with pytest.raises(InvalidDataError, match=r"marks 2 of 100 vertices, too few"):
        own.load(algonauts2023.DATASET, "subj03.ventral")
