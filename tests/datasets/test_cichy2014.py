"""The MEG of Cichy et al. 2014, from small files laid out as the study's readme says."""

from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedRdms
from brainrank.datasets import cichy2014

PEOPLE, TIMES, IMAGES = 3, 5, 92


@pytest.fixture
def accuracies(monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float64]:
    """As MATLAB has them, (subjects, sessions, times, images, images): symmetric, with a diagonal that is NaN."""
    monkeypatch.setattr(cichy2014, "SUBJECTS", PEOPLE)
    monkeypatch.setattr(cichy2014, "TIMES_MS", np.arange(-2.0, TIMES - 2))
    found = np.random.default_rng(0).uniform(40, 100, (PEOPLE, 2, TIMES, IMAGES, IMAGES))
    found += found.swapaxes(-1, -2)
    found[..., np.arange(IMAGES), np.arange(IMAGES)] = np.nan
    return found / 2


def write(own: Any, accuracies: NDArray[np.float64], version: str) -> None:
    path = own.path("cichy2014", cichy2014.MEG_RDMS)
    if version == "5":
        scipy.io.savemat(path, {"MEG_decoding_RDMs": accuracies})
        return
    with h5py.File(path, "w", userblock_size=512) as file:
        stored = file.create_dataset("MEG_decoding_RDMs", data=accuracies.T, compression="gzip", compression_opts=1)
        stored.attrs["MATLAB_class"] = np.bytes_("double")


def measured(own: Any) -> TimedRdms:
    found = cichy2014.DATASET.assembly("meg", own.locations, Silent())
    assert isinstance(found, TimedRdms)
    return found


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_a_subjects_rdm_is_the_mean_of_both_sessions_at_each_time(
    own: Any, accuracies: NDArray[np.float64], version: str
) -> None:
    write(own, accuracies, version)
    meg = measured(own)
    assert meg.subjects == ("subject-01", "subject-02", "subject-03")
    assert meg.times_ms.tolist() == [-2, -1, 0, 1, 2]
    assert meg.stimulus_ids[0] == "object-01"
    above = np.triu_indices(IMAGES, 1)
    for person, time in ((0, 0), (1, 4), (2, 1)):
        square = (accuracies[person, 0, time] + accuracies[person, 1, time]) / 2
        np.testing.assert_allclose(meg.rdms[person, time], square[above], rtol=1e-6)
    assert meg.rdms.dtype == np.float32


def test_the_times_are_those_of_the_study() -> None:
    assert (len(cichy2014.TIMES_MS), cichy2014.TIMES_MS[0], cichy2014.TIMES_MS[-1]) == (1301, -100, 1200)
    assert cichy2014.TIMES_MS[100] == 0


def test_the_study_is_here_in_part(own: Any, accuracies: NDArray[np.float64]) -> None:
    study = cichy2014.DATASET
    assert not study.can_be_had("meg", own.locations)
    assert study.can_be_had("it", own.locations), "fetched"
    with pytest.raises(DataUnavailableError, match=r"cichy2014 is not here.*docs/datasets/cichy2014.md"):
        study.assembly("meg", own.locations, Silent())
    write(own, accuracies, "7.3")
    assert not study.is_here("meg", own.locations), "the images are not"
    own.path("cichy2014", cichy2014.MEG_RDMS).unlink()
    with pytest.raises(DataUnavailableError, match="cichy2014 needs MEG_decoding_RDMs.mat in"):
        study.assembly("meg", own.locations, Silent())


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_another_shape_a_gap_and_another_variable_are_refused(
    own: Any, accuracies: NDArray[np.float64], version: str
) -> None:
    write(own, accuracies[:2], version)
    with pytest.raises(InvalidDataError, match=r"shape \(2, 2, 5, 92, 92\).*are \(3, 2, 5, 92, 92\): fetch it again"):
        measured(own)
    accuracies[1, 0, 2, 7, 30] = accuracies[1, 0, 2, 30, 7] = np.nan
    write(own, accuracies, version)
    with pytest.raises(InvalidDataError, match="lacks accuracies of pairs"):
        measured(own)
    path = own.path("cichy2014", cichy2014.MEG_RDMS)
    if version == "5":
        scipy.io.savemat(path, {"RDMs": np.ones(3)})
    else:
        with h5py.File(path, "w") as file:
            file["RDMs"] = np.ones(3)
    with pytest.raises(InvalidDataError, match="MEG_decoding_RDMs.mat is damaged, or not the file"):
        measured(own)
    path.write_bytes(b"<html>" * 200)
    with pytest.raises(InvalidDataError, match="MEG_decoding_RDMs.mat is damaged, or no"):
        measured(own)


def test_the_benchmark_scores_its_window() -> None:
    benchmark = BENCHMARKS["cichy2014.meg.time-resolved-rsa"]
    window = benchmark.metric.window(cichy2014.TIMES_MS)  # type: ignore[attr-defined]
    assert [cichy2014.TIMES_MS[place] for place in (window[0], window[-1])] == [50, 300]
