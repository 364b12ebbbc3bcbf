"""Packages of measurements over time: responses with an axis of times, RDMs at each time, and what does not fit."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray
from noise_images import noise_stimuli

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.timed_assemblies import TimedRdms, TimedResponses
from brainrank.datasets.package.given import Given
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.package import read_parts
from brainrank.datasets.package.start import start

STIMULI, REPEATS, TARGETS = 8, 3, 4
TIMES = (-10.0, 0.0, 10.0, 20.0, 30.0)
RNG = np.random.default_rng(0)
RESPONSES = RNG.standard_normal((STIMULI, REPEATS, TARGETS, len(TIMES)))
RDMS = RNG.random((2, len(TIMES), STIMULI * (STIMULI - 1) // 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    noise_stimuli(tmp_path / "images", STIMULI, (16, 16))
    return tmp_path


def measured(folder: Path):
    parts = read_parts(folder)
    region = parts.description.regions[0]
    found = read_measured(folder, region, parts.tables["stimuli.csv"], {})
    assert not found.faults
    return region, found.assembly


def test_responses_over_time(folder):
    np.save(folder / "given.npy", RESPONSES.transpose(3, 0, 2, 1))
    axes = ("times", "stimuli", "targets", "repeats")
    start(folder / "p", Given(folder / "images", responses=folder / "given.npy", axes=axes, times_ms=TIMES))
    region, found = measured(folder / "p")
    assert region.measure is Measure.TIMED_RESPONSES
    assert isinstance(found, TimedResponses)
    np.testing.assert_array_equal(found.responses, RESPONSES)
    assert tuple(found.times_ms) == TIMES


def test_axes_of_which_only_one_reading_fits_need_not_be_told(folder):
    np.save(folder / "given.npy", RESPONSES.mean(axis=1))
    start(folder / "p", Given(folder / "images", responses=folder / "given.npy", times_ms=TIMES))
    _, found = measured(folder / "p")
    assert isinstance(found, TimedResponses)
    np.testing.assert_allclose(found.responses[:, 0], RESPONSES.mean(axis=1))


def test_a_file_that_tells_its_times_in_ms_is_believed(folder):
    array = xarray.DataArray(
        RESPONSES[::-1].mean(axis=1),
        dims=("image", "channel", "time"),
        coords={"image": [str(number) + ".png" for number in range(STIMULI)][::-1], "time_ms": ("time", list(TIMES))},
        name="eeg",
    )
    array.to_netcdf(folder / "given.nc", engine="h5netcdf")
    start(folder / "p", Given(folder / "images", responses=folder / "given.nc"))
    region, found = measured(folder / "p")
    assert tuple(region.times_ms) == TIMES
    assert isinstance(found, TimedResponses)
    np.testing.assert_allclose(found.responses[:, 0], RESPONSES.mean(axis=1))


def test_times_beside_responses_are_believed(folder):
    np.savez(folder / "given.npz", responses=RESPONSES.mean(axis=1), times_ms=np.array(TIMES))
    start(folder / "p", Given(folder / "images", responses=folder / "given.npz"))
    region, found = measured(folder / "p")
    assert tuple(region.times_ms) == TIMES
    assert isinstance(found, TimedResponses)
    np.testing.assert_allclose(found.responses[:, 0], RESPONSES.mean(axis=1))
    others = tuple(each + 1 for each in TIMES)
    with pytest.raises(InvalidDataError, match="has the times -10 to 30 ms, and others are told"):
        start(folder / "q", Given(folder / "images", responses=folder / "given.npz", times_ms=others))


@pytest.mark.parametrize("square", [False, True])
def test_rdms_over_time(folder, square):
    rdms = RDMS
    if square:
        rdms = np.zeros((2, len(TIMES), STIMULI, STIMULI))
        rdms[..., *np.triu_indices(STIMULI, k=1)] = RDMS
        rdms += rdms.transpose(0, 1, 3, 2)
    np.savez(folder / "given.npz", rdms=rdms, times_ms=np.array(TIMES), subjects=np.array(["a", "b"]))
    start(folder / "p", Given(folder / "images", rdms=folder / "given.npz"))
    region, found = measured(folder / "p")
    assert region.measure is Measure.TIMED_RDMS
    assert isinstance(found, TimedRdms)
    assert found.subjects == ("a", "b")
    np.testing.assert_array_equal(found.rdms, RDMS)


def test_rdms_of_one_subject_whose_times_are_told(folder):
    np.save(folder / "given.npy", RDMS[0])
    start(folder / "p", Given(folder / "images", rdms=folder / "given.npy", times_ms=TIMES))
    _, found = measured(folder / "p")
    assert isinstance(found, TimedRdms)
    np.testing.assert_array_equal(found.rdms, RDMS[:1])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"times_ms": TIMES[:3]}, "has shape (8, 4, 5), and there are 8 stimuli and 3 times"),
        ({"times_ms": (0.0, 20.0, 10.0, 30.0, 40.0)}, "do not ascend: 10 ms follows 20 ms"),
        ({"axes": ("stimuli", "targets", "times")}, "axes name times; give times_ms"),
        ({"axes": ("stimuli", "repeats", "targets"), "times_ms": TIMES}, "axes name no times"),
    ],
)
def test_times_that_do_not_fit_are_refused(folder, given, told):
    np.save(folder / "given.npy", RESPONSES.mean(axis=1))
    with pytest.raises(InvalidDataError, match=re.escape(told)):
        start(folder / "p", Given(folder / "images", responses=folder / "given.npy", **given))
    assert not (folder / "p").exists()


def test_times_of_what_has_none_are_refused(folder):
    with pytest.raises(InvalidDataError, match="--times says how responses or rdms are read"):
        start(folder / "p", Given(folder / "images", times_ms=TIMES))
    np.savez(folder / "given.npz", rdms=RDMS, times_ms=np.array(TIMES))
    with pytest.raises(InvalidDataError, match="has the times_ms -10 to 30, 5 of them, and 2 others are told"):
        start(folder / "p", Given(folder / "images", rdms=folder / "given.npz", times_ms=(0.0, 1.0)))


def brainscore_file(folder: Path, values: np.ndarray, starts: list[int]) -> Path:
    """Presentations in any order, bins of 20 ms, as Brain-Score's packaging writes them."""
    order = np.random.default_rng(5).permutation(STIMULI * REPEATS)
    array = xarray.DataArray(
        values.transpose(2, 0, 1, 3).reshape(TARGETS, STIMULI * REPEATS, -1)[:, order],
        dims=("neuroid", "presentation", "time_bin"),
        coords={
            "neuroid_id": ("neuroid", [f"site-{each}" for each in range(TARGETS)]),
            "image_id": ("presentation", [f"{each // REPEATS}" for each in order]),
            "repetition": ("presentation", [each % REPEATS for each in order]),
            "time_bin_start": ("time_bin", starts),
            "time_bin_end": ("time_bin", [each + 20 for each in starts]),
        },
        name="dicarlo.Example.temporal",
    )
    array.to_netcdf(folder / "assembly.nc", engine="h5netcdf")
    return folder / "assembly.nc"


def test_a_temporal_assembly_of_brainscores_is_sorted_by_the_middle_of_its_bins(folder):
    file = brainscore_file(folder, RESPONSES, [40, -20, 0, 10, 20])
    start(folder / "p", Given(folder / "images", responses=file))
    region, found = measured(folder / "p")
    assert region.times_ms == [-10, 10, 20, 30, 50]
    assert isinstance(found, TimedResponses)
    assert found.targets == ("site-0", "site-1", "site-2", "site-3")
    wanted = RESPONSES[..., [1, 2, 3, 4, 0]]
    np.testing.assert_allclose(np.sort(found.responses, axis=1), np.sort(wanted, axis=1))


def test_an_assembly_of_one_bin_has_no_times(folder):
    file = brainscore_file(folder, RESPONSES[..., :1], [70])
    start(folder / "p", Given(folder / "images", responses=file))
    region, found = measured(folder / "p")
    assert region.measure is Measure.RESPONSES
    np.testing.assert_allclose(found.responses.mean(axis=1), RESPONSES[..., 0].mean(axis=1))


def test_bins_that_tell_no_times_are_refused(folder):
    file = brainscore_file(folder, RESPONSES, [0, 10, 20, 30, 40])
    with xarray.open_dataset(file) as stored:
        changed = stored.drop_vars("time_bin_end").load()
    changed.to_netcdf(folder / "other.nc", engine="h5netcdf")
    with pytest.raises(InvalidDataError, match="has 5 times; give times_ms, the time of each in ms"):
        start(folder / "p", Given(folder / "images", responses=folder / "other.nc"))
