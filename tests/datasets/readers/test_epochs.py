"""Epochs of every form: MNE's files, BIDS derivatives, THINGS-EEG2's arrays, plain archives; and what does not fit.

All on small files made here, as their programs write them.
"""

import pickle

import mne
import numpy as np
import pandas as pd
import pytest

from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.datasets.readers.epochs import epochs_of_folder, of_arrays, read_epochs

NAMES = ("cat", "dog", "axe")
TIMES_MS = np.arange(-20.0, 31.0, 10.0)


def mne_epochs(seed: int, trials: int = 6, *, kinds=("eeg", "eeg", "eog"), metadata=None) -> mne.EpochsArray:
    rng = np.random.default_rng(seed)
    info = mne.create_info([f"c{n}" for n in range(len(kinds))], 100.0, list(kinds))
    events = np.column_stack([np.arange(trials), np.zeros(trials, int), np.arange(trials) % 3 + 1])
    values = rng.standard_normal((trials, len(kinds), len(TIMES_MS))) * 1e-6
    event_id = {name: code for code, name in enumerate(NAMES, start=1)}
    return mne.EpochsArray(values, info, events, -0.02, event_id, metadata=metadata, verbose="error")


def saved(epochs: mne.EpochsArray, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    epochs.save(path, overwrite=True, verbose="error")
    return path


def test_a_file_of_mne(tmp_path):
    epochs = mne_epochs(0)
    found = read_epochs([saved(epochs, tmp_path / "a-epo.fif")], "sub-01")
    assert found.stimuli == NAMES * 2
    assert found.channels == ("c0", "c1")  # eog is no channel of data
    assert found.kinds == ("eeg",)
    np.testing.assert_array_equal(found.times_ms, TIMES_MS)
    np.testing.assert_allclose(found.trials, epochs.get_data(picks="eeg"), rtol=1e-6)


def test_bad_channels_are_left_out_and_any_name_is_read(tmp_path):
    epochs = mne_epochs(0, kinds=("mag", "grad", "grad"))
    epochs.info["bads"] = ["c1"]
    found = read_epochs([saved(epochs, tmp_path / "a_epo.fif.gz")], "sub-01")
    assert found.channels == ("c0", "c2")
    assert found.kinds == ("grad", "mag")


def test_a_column_of_the_metadata_names_the_stimulus_and_trials_without_one_are_left_out(tmp_path):
    column = pd.DataFrame({"file": ["a.jpg", "b.jpg", None, "n/a", "b.jpg", "a.jpg"]})
    path = saved(mne_epochs(1, metadata=column), tmp_path / "a-epo.fif")
    found = read_epochs([path], "sub-01", stimulus_column="file")
    assert found.stimuli == ("a.jpg", "b.jpg", "b.jpg", "a.jpg")
    np.testing.assert_allclose(found.trials, mne_epochs(1).get_data(picks="eeg")[[0, 1, 4, 5]], rtol=1e-6)
    with pytest.raises(InvalidDataError, match="no metadata column 'image'; it has file"):
        read_epochs([path], "sub-01", stimulus_column="image")


def test_what_mne_files_lack_is_told(tmp_path):
    path = saved(mne_epochs(0, kinds=("eog", "ecg")), tmp_path / "a-epo.fif")
    with pytest.raises(InvalidDataError, match="has no good channel of data"):
        read_epochs([path], "sub-01")
    with pytest.raises(InvalidDataError, match="no metadata column 'image'; it has no metadata"):
        read_epochs([path], "sub-01", stimulus_column="image")
    column = pd.DataFrame({"file": ["n/a"] * 6})
    path = saved(mne_epochs(1, metadata=column), tmp_path / "b-epo.fif")
    with pytest.raises(InvalidDataError, match="has no trial that names a stimulus"):
        read_epochs([path], "sub-01", stimulus_column="file")


@pytest.mark.parametrize("keep", [0, 100, 1000])
def test_damaged_files_of_mne_are_refused(tmp_path, keep):
    path = saved(mne_epochs(0), tmp_path / "a-epo.fif")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InvalidDataError, match=r"a-epo.fif cannot be read as epochs of MNE .*; write it with"):
        read_epochs([path], "sub-01")


def test_without_mne_it_says_how_to_get_it(tmp_path, monkeypatch):
    path = saved(mne_epochs(0), tmp_path / "a-epo.fif")
    monkeypatch.setitem(__import__("sys").modules, "mne", None)
    with pytest.raises(UserError, match=r"need a package that is not here: .* install .*(mne|eeg)"):
        read_epochs([path], "sub-01")


def test_a_folder_of_bids_derivatives(tmp_path):
    for subject in ("sub-01", "sub-02"):
        for session in ("ses-1", "ses-2"):
            name = f"{subject}_{session}_task-look_desc-clean_epo.fif"
            saved(mne_epochs(0), tmp_path / subject / session / "eeg" / name)
    (tmp_path / "sub-02" / "ses-2" / "eeg" / "sub-02_ses-2_task-look_split-02_desc-clean_epo.fif").touch()
    (tmp_path / "sub-02" / "figures").mkdir()
    found = epochs_of_folder(tmp_path)
    assert {subject: len(files) for subject, files in found.items()} == {"sub-01": 2, "sub-02": 2}
    both = read_epochs(found["sub-01"], "sub-01")
    assert both.trials.shape == (12, 2, 6)
    assert both.stimuli == NAMES * 4
    saved(mne_epochs(0), tmp_path / "sub-01" / "ses-1" / "eeg" / "sub-01_ses-1_task-look_desc-raw_epo.fif")
    with pytest.raises(InvalidDataError, match=r"sub-01_task-look_desc-clean_epo.fif, .*say which with sub-01=FILE"):
        epochs_of_folder(tmp_path)
    with pytest.raises(InvalidDataError, match=r"has no sub-\*/eeg/\*_epo.fif"):
        epochs_of_folder(tmp_path / "sub-01")


def test_files_of_a_subject_agree(tmp_path):
    one, other = saved(mne_epochs(0), tmp_path / "a-epo.fif"), tmp_path / "b-epo.fif"
    saved(mne_epochs(0, kinds=("eeg", "eeg", "eeg")), other)
    with pytest.raises(InvalidDataError, match=r"b-epo.fif has other channels or times than .*a-epo.fif"):
        read_epochs([one, other], "sub-01")


CONDITIONS = np.random.default_rng(3).standard_normal((4, 3, 2, 5))
THINGS = {"preprocessed_eeg_data": CONDITIONS, "ch_names": ["O1", "O2"], "times": np.arange(-0.1, 0.35, 0.1)}


@pytest.mark.parametrize("pickled", [False, True])
def test_arrays_of_things_eeg2_in_both_forms(tmp_path, pickled):
    path = tmp_path / "preprocessed_eeg_test.npy"
    if pickled:
        path.write_bytes(pickle.dumps(THINGS, 4))
    else:
        np.save(path, THINGS)
    found = read_epochs([path], "sub-01")
    assert not found.named
    assert found.stimuli[:4] == ("1", "1", "1", "2")
    assert found.channels == ("O1", "O2")
    assert found.times_ms.tolist() == [-100, 0, 100, 200, 300]
    np.testing.assert_allclose(found.trials[4], CONDITIONS[1, 1], rtol=1e-6)


def test_a_plain_archive(tmp_path):
    arrays = {"trials": CONDITIONS[0], "stimuli": np.array(["a", "b", "a"]), "times_ms": np.arange(5)}
    np.savez(tmp_path / "a.npz", **arrays)
    found = read_epochs([tmp_path / "a.npz"], "sub-01")
    assert found.stimuli == ("a", "b", "a")
    assert found.channels == ("channel-1", "channel-2")
    assert found.named


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"trials": None}, "holds stimuli, times_ms, trials, and no trials; epochs are trials"),
        ({"trials": CONDITIONS}, r"trials \(trials x channels x times\) is float64 of shape \(4, 3, 2, 5\)"),
        ({"channels": np.array(["a"])}, "names 1 channels, and has 2"),
        ({"times_ms": np.array([0, 1, 1, 2, 3])}, "do not ascend"),
        ({"times_ms": np.arange(4)}, r"have the shape \(3, 2, 5\); \(trials, channels, times\) are \(3, 2, 4\)"),
        ({"stimuli": np.array(["a", "a", "a"])}, "are of a only; give trials of two stimuli"),
        ({"trials": CONDITIONS[0] * np.nan}, "hold NaN or infinite values"),
        ({"preprocessed_eeg_data": CONDITIONS}, "has no times; give the time of each sample in seconds"),
        ({"preprocessed_eeg_data": CONDITIONS[0]}, r"\(conditions x repeats x channels x times\) is float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed, told):
    arrays = {"trials": CONDITIONS[0], "stimuli": np.array(["a", "b", "a"]), "times_ms": np.arange(5)}
    with pytest.raises(InvalidDataError, match=told):
        of_arrays(arrays | changed, "sub-01", "a.npz")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(InvalidDataError, match="is of no kind of epochs that is read"):
        read_epochs([tmp_path / "a.csv"], "sub-01")
    with pytest.raises(InvalidDataError, match="does not exist"):
        read_epochs([tmp_path / "b.fif"], "sub-01")
    np.save(tmp_path / "a.npy", THINGS)
    with pytest.raises(InvalidDataError, match="has no metadata; leave the column of stimuli out"):
        read_epochs([tmp_path / "a.npy"], "sub-01", stimulus_column="file")
