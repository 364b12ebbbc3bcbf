"""The Natural Scenes Dataset, from small files laid out as its data manual says."""

from typing import Any

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import nsd

GRID = (3, 4, 2)
TRIALS = 6  # in each of 40 sessions; 750 in the real files
IMAGES = 80  # of a subject, each shown three times; 10,000 in the real files
SHARED = 10


@pytest.fixture(scope="module")
def design() -> dict[str, NDArray[np.float64]]:
    """1-based, as MATLAB counts: the first columns of `subjectim` are shared, the others each subject's own."""
    rng = np.random.default_rng(0)
    ids = rng.permutation(8 * (IMAGES - SHARED) + SHARED) + 1
    shared, own = ids[:SHARED], ids[SHARED:].reshape(8, -1)
    return {
        "subjectim": np.hstack([np.tile(shared, (8, 1)), own]).astype(np.float64),
        "sharedix": np.sort(shared)[None].astype(np.float64),
        "masterordering": (rng.permutation(np.repeat(np.arange(IMAGES), 3)) + 1)[None].astype(np.float64),
    }


def shown_to(subject: str, design: dict[str, NDArray[np.float64]]) -> list[str]:
    """Every trial's image, by the manual's own words: subjectim(subject, masterordering(trial)), counted from 1."""
    numbers = [design["subjectim"][int(subject[-1]) - 1, int(place) - 1] for place in design["masterordering"][0]]
    return [f"nsd-{int(number) - 1:05d}" for number in numbers]


@pytest.fixture
def betas(own: Any, design: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.int16]]:
    """Write the files; return each subject's betas as MATLAB has them, (x, y, z, trials)."""
    scipy.io.savemat(own.path("nsd", nsd.DESIGN), design)
    rng = np.random.default_rng(1)
    found = {}
    for subject in nsd.SUBJECTS:
        labels = rng.integers(-1, 8, size=GRID)
        labels[0, :, 0] = (1, 2, 1, 7)
        for name, volume in (("prf-visualrois", labels), ("streams", np.where(labels == 7, 5, 0))):
            path = own.path("nsd", f"nsddata/ppdata/{subject}/func1pt8mm/roi/{name}.nii.gz")
            nibabel.save(nibabel.Nifti1Image(volume.astype(np.int16), np.eye(4)), path)
        found[subject] = rng.integers(-2000, 2000, size=(*GRID, 40 * TRIALS), dtype=np.int16)
        for session in range(40):
            name = (
                f"nsddata_betas/ppdata/{subject}/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session{session + 1:02d}"
            )
            with h5py.File(own.path("nsd", f"{name}.hdf5"), "w") as file:
                part = found[subject][..., session * TRIALS : (session + 1) * TRIALS]
                file.create_dataset("betas", data=part.T, chunks=(TRIALS, 1, 1, 1))
    with h5py.File(own.path("nsd", nsd.IMAGES), "w") as file:
        brick = file.create_dataset("imgBrick", shape=(73000, 5, 5, 3), dtype=np.uint8, chunks=(1, 5, 5, 3))
        for number in np.unique(design["subjectim"]).astype(int) - 1:
            brick[number] = np.full((5, 5, 3), number % 251, dtype=np.uint8)
    return found


def labels_of(own: Any, subject: str, name: str) -> NDArray[np.int64]:
    path = own.path("nsd", f"nsddata/ppdata/{subject}/func1pt8mm/roi/{name}.nii.gz")
    return np.asarray(nibabel.load(path).dataobj).astype(np.int64)


def scored(betas: NDArray[np.int16]) -> NDArray[np.float64]:
    """Percent signal change (the stored number over 300), z-scored within each session."""
    sessions = betas.astype(np.float64).reshape(*betas.shape[:-1], 40, TRIALS) / 300
    centred = sessions - sessions.mean(axis=-1, keepdims=True)
    return (centred / sessions.std(axis=-1, keepdims=True)).reshape(betas.shape)


def test_one_subject_has_all_of_its_images_three_times(own: Any, design: Any, betas: Any) -> None:
    v1 = own.load(nsd.DATASET, "subj05.v1")
    voxels = np.argwhere(np.isin(labels_of(own, "subj05", "prf-visualrois"), (1, 2)))
    assert v1.targets == tuple(f"subj05-voxel-{x:03d}-{y:03d}-{z:03d}" for x, y, z in voxels)
    assert v1.stimulus_ids == tuple(sorted(set(shown_to("subj05", design))))
    assert v1.positions is not None
    shape = labels_of(own, "subj05", "prf-visualrois").shape
    np.testing.assert_array_equal(np.stack(np.unravel_index(v1.positions.positions, shape), axis=1), voxels)
    assert v1.positions.space.name == "nsd-subj05-func1pt8mm"
    trials = np.array([scored(betas["subj05"])[tuple(voxel)] for voxel in voxels]).T
    expected = own.expected(v1.stimulus_ids, shown_to("subj05", design), trials)
    assert expected.shape == (IMAGES, 3, len(voxels))
    np.testing.assert_allclose(v1.responses, expected, atol=1e-5)


def pooled_positions(own: Any) -> object:
    """Of four brains nobody knows one space."""
    return own.load(nsd.DATASET, "shared.v1").positions


def test_shared_regions_pool_the_subjects_over_the_images_all_saw(own: Any, design: Any, betas: Any) -> None:
    hv4 = own.load(nsd.DATASET, "shared.hv4")
    assert hv4.stimulus_ids == tuple(f"nsd-{int(each) - 1:05d}" for each in design["sharedix"][0])
    assert hv4.responses.shape[:2] == (SHARED, 3)
    assert {target.partition("-")[0] for target in hv4.targets} == set(nsd.SUBJECTS)
    x, y, z = np.argwhere(labels_of(own, "subj07", "prf-visualrois") == 7)[0]
    column = hv4.targets.index(f"subj07-voxel-{x:03d}-{y:03d}-{z:03d}")
    expected = own.expected(hv4.stimulus_ids, shown_to("subj07", design), scored(betas["subj07"])[x, y, z][:, None])
    np.testing.assert_allclose(hv4.responses[:, :, [column]], expected, atol=1e-5)
    assert len(own.load(nsd.DATASET, "shared.ventral").targets) == len(hv4.targets)
    assert pooled_positions(own) is None


def test_what_a_session_did_not_measure_is_missing(own: Any, design: Any, betas: Any) -> None:
    before = own.load(nsd.DATASET, "subj01.hv4")
    column = len(before.targets) - 1
    x, y, z = np.argwhere(labels_of(own, "subj01", "prf-visualrois") == 7)[column]
    name = "nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session{:02d}.hdf5"

    def blank(session: int) -> None:
        with h5py.File(own.path("nsd", name.format(session)), "r+") as file:
            file["betas"][:, z, y, x] = 0

    blank(3)
    after = own.load(nsd.DATASET, "subj01.hv4")
    assert after.targets == before.targets
    assert np.isnan(after.responses[:, :, column]).sum() == TRIALS
    assert np.isfinite(after.responses[:, :, :column]).all()
    for session in range(1, 41):
        blank(session)
    assert own.load(nsd.DATASET, "subj01.hv4").targets == before.targets[:-1]


def test_images_are_bitmaps_of_the_brick(own: Any, design: Any, betas: Any) -> None:
    stimuli = nsd.DATASET.stimuli("shared.v1", own.locations, Silent())
    assert (len(stimuli), stimuli.visual_degrees) == (SHARED, 8.4)
    for each in stimuli.stimuli:
        with Image.open(each.path) as image:
            assert image.getpixel((2, 2)) == (int(each.stimulus_id[-5:]) % 251,) * 3


@pytest.mark.parametrize(
    "name",
    [
        nsd.DESIGN,
        nsd.IMAGES,
        "nsddata/ppdata/subj02/func1pt8mm/roi/prf-visualrois.nii.gz",
        "nsddata_betas/ppdata/subj02/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session40.hdf5",
    ],
)
def test_a_missing_file_is_named_with_its_folder_and_page(own: Any, betas: Any, name: str) -> None:
    own.path("nsd", name).unlink()
    assert not nsd.DATASET.is_here("subj02.v1", own.locations)
    with pytest.raises(DataUnavailableError) as raised:
        nsd.DATASET.load("subj02.v1", own.locations, Silent())
    for part in (name, str(own.locations.studies / "nsd"), "docs/datasets/nsd.md"):
        assert part in str(raised.value)


def test_trials_and_design_must_agree(own: Any, design: Any, betas: Any) -> None:
    shorter = design | {"masterordering": design["masterordering"][:, :-1]}
    scipy.io.savemat(own.path("nsd", nsd.DESIGN), shorter)
    with pytest.raises(InvalidDataError, match="subj02 has 240 trials in its betas and 239 in"):
        nsd.DATASET.assembly("subj02.v1", own.locations, Silent())
    betas_file = own.path(
        "nsd", "nsddata_betas/ppdata/subj02/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session07.hdf5"
    )
    betas_file.write_bytes(betas_file.read_bytes()[:900])
    with pytest.raises(InvalidDataError, match="betas_session07.hdf5 is damaged"):
        nsd.DATASET.assembly("subj02.v1", own.locations, Silent())
    own.path("nsd", "nsddata/ppdata/subj02/func1pt8mm/roi/prf-visualrois.nii.gz").write_bytes(b"<html>")
    with pytest.raises(InvalidDataError, match="not a readable file of a brain image"):
        nsd.DATASET.assembly("subj02.v1", own.locations, Silent())
