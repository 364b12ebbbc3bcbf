"""THINGS-EEG2, from small files laid out as the study's code writes them."""

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedRdms
from brainrank.datasets import things_eeg2

CONDITIONS, REPEATS, CHANNELS = 6, 10, 4
TIMES = np.arange(-0.02, 0.035, 0.01)
SUBJECTS = ("sub-01", "sub-02")


@pytest.fixture
def values(own: Any, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float64]:
    monkeypatch.setattr(things_eeg2, "CONDITIONS", CONDITIONS)
    monkeypatch.setattr(things_eeg2, "SUBJECTS", SUBJECTS)
    found = 1e-3 * np.random.default_rng(0).standard_normal((2, CONDITIONS, REPEATS, CHANNELS, len(TIMES)))
    found += np.random.default_rng(1).standard_normal((2, CONDITIONS, 1, CHANNELS, len(TIMES)))
    for number, subject in enumerate(SUBJECTS):
        content = {"preprocessed_eeg_data": found[number], "ch_names": ["O1", "Oz", "O2", "P1"], "times": TIMES}
        path = own.path("things_eeg2", f"{subject}/preprocessed_eeg_test.npy")
        if number:
            path.write_bytes(pickle.dumps(content, 4))
        else:
            np.save(path, content)
    for number in range(CONDITIONS):
        own.image("things_eeg2", f"test_images/{number + 1:05d}_thing/thing_{9 - number}.jpg", number)
    return found


def measured(own: Any) -> TimedRdms:
    found = things_eeg2.DATASET.assembly("eeg", own.locations, Silent())
    assert isinstance(found, TimedRdms)
    return found


def test_distances_are_those_of_the_conditions_in_the_order_of_the_folders(
    own: Any, values: NDArray[np.float64]
) -> None:
    eeg = measured(own)
    stimuli = things_eeg2.DATASET.stimuli("eeg", own.locations, Silent())
    assert eeg.stimulus_ids == stimuli.ids == tuple(f"thing_{9 - number}" for number in range(CONDITIONS))
    assert eeg.subjects == SUBJECTS
    assert eeg.times_ms.tolist() == [-20, -10, 0, 10, 20, 30]
    means = values.mean(axis=2)
    for subject, time in ((0, 0), (1, 5)):
        apart = np.square(means[subject, :, None, :, time] - means[subject, None, :, :, time]).mean(axis=-1)
        wanted = apart[np.triu_indices(CONDITIONS, 1)]
        np.testing.assert_allclose(eeg.rdms[subject, time], wanted, rtol=0.01, atol=0.01)  # nearly without noise
    assert things_eeg2.DATASET.is_here("eeg", own.locations)


def test_what_is_missing_is_told(own: Any, values: NDArray[np.float64]) -> None:
    own.path("things_eeg2", "sub-02/preprocessed_eeg_test.npy").unlink()
    assert not things_eeg2.DATASET.is_here("eeg", own.locations)
    with pytest.raises(DataUnavailableError, match="things_eeg2 needs sub-02/preprocessed_eeg_test.npy"):
        measured(own)


def test_other_files_are_refused(own: Any, values: NDArray[np.float64]) -> None:
    own.image("things_eeg2", "test_images/00001_thing/another.jpg", 99)
    with pytest.raises(InvalidDataError, match="has 7 images in 6 folders; the test images are 6, each in a folder"):
        measured(own)
    own.path("things_eeg2", "test_images/00001_thing/another.jpg").unlink()
    path = own.path("things_eeg2", "sub-01/preprocessed_eeg_test.npy")
    np.save(path, {"preprocessed_eeg_data": values[0][:5], "times": TIMES})
    with pytest.raises(InvalidDataError, match="has 5 conditions; the test images are 6: take preprocessed_eeg_test"):
        measured(own)


def test_the_benchmark_scores_its_window() -> None:
    benchmark = BENCHMARKS["things_eeg2.eeg.time-resolved-rsa"]
    times = np.arange(-200.0, 800.0, 10.0)
    window = benchmark.metric.window(times)  # type: ignore[attr-defined]
    assert [times[place] for place in (window[0], window[-1])] == [50, 300]
