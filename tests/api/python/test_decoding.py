"""`br.decoding_rdms`: the same RDMs from files, MNE's epochs and arrays, ready for `br.data`."""

import mne
import numpy as np
import pytest
from noise_images import noise_stimuli

import brainrank as br
from brainrank.benchmark.types.timed_assemblies import TimedRdms

STIMULI, TRIALS = 8, 4
TIMES_MS = np.arange(-20.0, 31.0, 10.0)
FEW = {"pseudo_trials": 2, "permutations": 1}


def arrays(seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    stimuli = rng.permutation(np.repeat(np.arange(STIMULI), TRIALS))
    # Single precision, as MNE's files are.
    trials = rng.standard_normal((len(stimuli), 3, len(TIMES_MS))).astype(np.float32)
    return {"trials": trials, "stimuli": [f"{each}.png" for each in stimuli], "times_ms": TIMES_MS}


def as_mne(given: dict[str, object]) -> mne.EpochsArray:
    codes = np.array([int(each.removesuffix(".png")) + 1 for each in given["stimuli"]])
    events = np.column_stack([np.arange(len(codes)), np.zeros(len(codes), int), codes])
    names = {f"{each}.png": each + 1 for each in range(STIMULI)}
    info = mne.create_info(3, 100.0, "eeg")
    return mne.EpochsArray(given["trials"], info, events, -0.02, names, verbose="error")


def test_files_epochs_and_arrays_give_the_same(tmp_path):
    given = {"sub-01": arrays(1), "sub-02": arrays(2)}
    as_mne(arrays(1)).save(tmp_path / "1-epo.fif", verbose="error")
    np.savez(tmp_path / "2.npz", **arrays(2))
    found = br.decoding_rdms(given, **FEW)
    again = br.decoding_rdms({"sub-01": tmp_path / "1-epo.fif", "sub-02": [tmp_path / "2.npz"]}, **FEW)
    live = br.decoding_rdms({"sub-01": as_mne(arrays(1)), "sub-02": as_mne(arrays(2))}, **FEW)
    assert found["rdms"].shape == (2, 6, 28)
    for other in (again, live):
        np.testing.assert_array_equal(found["rdms"], other["rdms"])
        assert found["stimulus_ids"].tolist() == other["stimulus_ids"].tolist()
        assert other["times_ms"].tolist() == TIMES_MS.tolist()


def test_one_subject_alone_and_a_folder(tmp_path):
    folder = tmp_path / "sub-07" / "eeg"
    folder.mkdir(parents=True)
    as_mne(arrays(1)).save(folder / "sub-07_epo.fif", verbose="error")
    alone, found = br.decoding_rdms(arrays(1), **FEW), br.decoding_rdms(tmp_path, **FEW)
    assert found["subjects"].tolist() == ["sub-07"]
    np.testing.assert_array_equal(alone["rdms"], found["rdms"])
    np.testing.assert_array_equal(alone["rdms"], br.decoding_rdms(as_mne(arrays(1)), **FEW)["rdms"])


def test_each_setting_changes_them():
    usual = br.decoding_rdms(arrays(1), **FEW)["rdms"]
    for changed in (
        {"decoding": "lda"},
        {"decoding": "correlation"},
        {"baseline_ms": (-20, 0)},
        {"sliding_mean_ms": 20},
        {"noise_normalise": "none"},
        {"pseudo_trials": 3},
        {"permutations": 2},
        {"seed": 1},
    ):
        assert not np.allclose(usual, br.decoding_rdms(arrays(1), **FEW | changed)["rdms"]), changed
    assert br.decoding_rdms(arrays(1), decimate=3, **FEW)["times_ms"].tolist() == [-20, 10]


def test_data_takes_them(tmp_path):
    noise_stimuli(tmp_path, STIMULI, (16, 16))
    lab = br.data(tmp_path, rdms=br.decoding_rdms({"p1": arrays(1), "p2": arrays(2)}, **FEW), name="lab")
    assert lab.benchmarks == ("lab.rdms.time-resolved-rsa",)
    assembly = lab.catalogue.dataset("lab").assembly("rdms", None, None)
    assert isinstance(assembly, TimedRdms)
    assert assembly.subjects == ("p1", "p2")


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        ({}, {}, "There are no epochs"),
        (arrays(1), {"decoding": "svm"}, "Unknown decoding 'svm'"),
        (arrays(1), {"noise_normalise": "baseline"}, "noise is taken from the baseline, and none is told"),
        (arrays(1), {"pseudo_trials": 9}, "a stimulus has 4 trials"),
        ({"sub-01": {"stimuli": ["a"]}}, {}, "epochs of sub-01 holds stimuli, and no trials and times_ms"),
        ("none.fif", {}, "none.fif does not exist"),
    ],
)
def test_what_does_not_fit_is_refused(given, options, told):
    with pytest.raises(br.BrainrankError, match=told):
        br.decoding_rdms(given, **options)
