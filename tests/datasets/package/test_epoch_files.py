"""Packages of epochs: RDMs over time with how they were made, matched with the images, or refused before the work."""

from pathlib import Path

import mne
import numpy as np
import pytest
from noise_images import noise_stimuli

from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.timed_assemblies import TimedRdms, TimedResponses
from brainrank.datasets.package import epoch_files
from brainrank.datasets.package.epoch_files import GivenEpochs
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.package import read_package, read_parts
from brainrank.datasets.package.start import Given, start

STIMULI, TRIALS, CHANNELS = 8, 4, 3
TIMES = np.arange(-20.0, 31.0, 10.0)
SETTINGS = DecodingSettings(baseline_ms=(-20.0, 0.0), sliding_mean_ms=20.0, decimate=2, pseudo_trials=2, permutations=1)

METRICS = {Measure.TIMED_RDMS: ("time-resolved-rsa",)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    noise_stimuli(tmp_path / "images", STIMULI, (16, 16))
    return tmp_path


def written(folder: Path, subject: str, seed: int, *, names=None, scale: float = 1.0) -> dict[str, list[Path]]:
    rng = np.random.default_rng(seed)
    names = [f"{number}.png" for number in range(STIMULI)] if names is None else names
    stimuli = rng.permutation(np.repeat(names, TRIALS))
    patterns = {name: scale * rng.standard_normal((CHANNELS, 1)) for name in names}
    trials = rng.standard_normal((len(stimuli), CHANNELS, len(TIMES))) + np.stack([patterns[each] for each in stimuli])
    np.savez(folder / f"{subject}.npz", trials=trials, stimuli=stimuli, times_ms=TIMES)
    return {subject: [folder / f"{subject}.npz"]}


def two(folder: Path, **changed) -> dict[str, list[Path]]:
    return written(folder, "sub-01", 1, **changed) | written(folder, "sub-02", 2, **changed)


def test_rdms_at_each_time_and_how_they_were_made(folder):
    found = start(folder / "p", Given(folder / "images", epochs=GivenEpochs(two(folder), SETTINGS)))
    assert found.measured == (
        "rdms-eeg.npz: crossnobis of 2 subjects, 3 times, 8 stimuli, matched with the images by its events",
    )
    assert found.matched
    parts = read_parts(folder / "p")
    (region,) = parts.description.regions
    measured = read_measured(folder / "p", region, parts.tables["stimuli.csv"], {})
    assert not measured.faults
    assert isinstance(measured.assembly, TimedRdms)
    assert measured.assembly.rdms.shape == (2, 3, 28)
    assert measured.assembly.times_ms.tolist() == [-20, 0, 20]
    assert measured.assembly.subjects == ("sub-01", "sub-02")
    assert region.preprocessing == {
        "decoding": "crossnobis", "noise_normalise": "epoch", "baseline_ms": [-20.0, 0.0], "sliding_mean_ms": 20.0,
        "decimate": 2, "pseudo_trials": 2, "permutations": 1, "seed": 0, "channels": [3], "trials_of_a_stimulus": [4],
    }  # fmt: skip


def test_they_are_told_of_the_data_set_in_a_line(folder):
    given = GivenEpochs(two(folder), DecodingSettings(Decoding.LDA, pseudo_trials=2, permutations=1))
    start(folder / "p", Given(folder / "images", epochs=given, region="N170", metrics=METRICS))
    told = read_package(folder / "p").dataset().preprocessing
    assert told == {
        "n170": "decoding lda, noise_normalise epoch, decimate 1, pseudo_trials 2, permutations 1, seed 0, channels 3, "
        "trials_of_a_stimulus 4"
    }


def test_the_rdms_are_those_of_the_images_in_whatever_order_events_name_them(folder):
    def rdms(names: list[str], where: str):
        given = GivenEpochs(written(folder, "sub-01", 1, names=names), SETTINGS)
        start(folder / where, Given(folder / "images", epochs=given))
        parts = read_parts(folder / where)
        (region,) = parts.description.regions
        return read_measured(folder / where, region, parts.tables["stimuli.csv"], {}).assembly.rdms

    usual = rdms([str(number) for number in range(STIMULI)], "a")
    turned = rdms([f"images/{number}.png" for number in range(STIMULI)], "b")
    assert usual.shape == turned.shape == (1, 3, 28)
    np.testing.assert_allclose(usual, turned)


def test_arrays_without_names_are_in_the_order_of_the_images(folder):
    values = np.random.default_rng(0).standard_normal((STIMULI, TRIALS, CHANNELS, len(TIMES)))
    np.save(folder / "a.npy", {"preprocessed_eeg_data": values, "ch_names": ["a", "b", "c"], "times": TIMES / 1000})
    given = GivenEpochs({"sub-01": [folder / "a.npy"]}, SETTINGS)
    found = start(folder / "p", Given(folder / "images", epochs=given))
    assert found.measured[0].endswith("in the order of the images")
    assert not found.matched
    with np.load(folder / "p" / "rdms-eeg.npz") as archive:
        assert sorted(archive.files) == ["rdms", "subjects", "times_ms"]


def test_accuracies_at_their_most_are_told(folder):
    given = GivenEpochs(two(folder, scale=50.0), DecodingSettings(Decoding.LDA, pseudo_trials=2, permutations=1))
    (told,) = start(folder / "p", Given(folder / "images", epochs=given)).measured
    assert "at one time 100% of the pairs of a subject are told apart without error" in told
    noise = GivenEpochs(two(folder, scale=0.0), DecodingSettings(Decoding.LDA, pseudo_trials=2, permutations=10))
    (told,) = start(folder / "q", Given(folder / "images", epochs=noise)).measured
    assert "without error" not in told


def test_several_in_one_package(folder):
    start(folder / "p", Given(folder / "images", epochs=GivenEpochs(two(folder), SETTINGS), metrics=METRICS))
    meg = GivenEpochs({"sub-01": [(folder / "sub-01.npz").rename(folder / "sub-01_meg.npz")]}, SETTINGS)
    start(folder / "p", Given(epochs=meg, metrics=METRICS))
    assert [each.name for each in read_parts(folder / "p").description.regions] == ["eeg", "meg"]
    with pytest.raises(InvalidDataError, match=r"rdms-meg.npz is there already; .* name this region with --region"):
        start(folder / "p", Given(epochs=meg, metrics=METRICS))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (
            [f"{number}.png" for number in range(3)],
            r"is of 3 stimuli \(0.png, 1.png, 2.png, ...\), and there are 8 images",
        ),
        ([f"face-{number}" for number in range(8)], r"its events are no stimulus_id and no file .*: face-0"),
    ],
)
def test_other_stimuli_are_refused_before_anything_is_decoded(folder, names, told, monkeypatch):
    monkeypatch.setattr(
        "brainrank.benchmark.epochs.of_subjects.decoding_rdm", lambda *_a, **_k: pytest.fail("it was decoded")
    )
    with pytest.raises(InvalidDataError, match=told):
        start(folder / "p", Given(folder / "images", epochs=GivenEpochs(two(folder, names=names), SETTINGS)))
    assert not (folder / "p").exists()


def test_what_fails_leaves_the_folder_as_it_was(folder):
    given = GivenEpochs(two(folder), DecodingSettings(noise=NoiseNormalisation.NONE))
    with pytest.raises(InvalidDataError, match="epochs of sub-01: a stimulus has 4 trials; 5 pseudo-trials"):
        start(folder / "p", Given(folder / "images", epochs=given))
    assert not (folder / "p").exists()
    missing = GivenEpochs({"sub-01": [folder / "none.fif"]}, SETTINGS)
    with pytest.raises(InvalidDataError, match=r"none.fif does not exist"):
        start(folder / "p", Given(folder / "images", epochs=missing))
    with pytest.raises(InvalidDataError, match="there are 0 images"):
        start(folder / "p", Given(epochs=GivenEpochs(two(folder), SETTINGS)))


def test_meg_is_called_so():
    eeg, meg = Path("sub-01/eeg/sub-01_epo.fif"), Path("sub-01/meg/sub-01_epo.fif")
    for files, name in (([eeg], "eeg"), ([meg], "meg"), ([meg, eeg], "eeg"), ([Path("a_meg.npz")], "meg")):
        assert epoch_files.usual_region(GivenEpochs({"sub-01": files}, SETTINGS)) == name


def test_epochs_of_mne_are_responses_of_channels_over_time(folder):
    rng = np.random.default_rng(3)
    codes = rng.permutation(np.repeat(np.arange(STIMULI), TRIALS))
    values = rng.standard_normal((len(codes), CHANNELS, len(TIMES))).astype(np.float32)
    events = np.column_stack([np.arange(len(codes)), np.zeros(len(codes), int), codes + 1])
    names = {f"{each}.png": each + 1 for each in range(STIMULI)}
    epochs = mne.EpochsArray(values, mne.create_info(CHANNELS, 100.0, "eeg"), events, -0.02, names, verbose="error")
    epochs.save(folder / "a-epo.fif", verbose="error")
    given = Given(folder / "images", responses={"sub-01": folder / "a-epo.fif"})
    (told,) = start(folder / "p", given).measured
    assert told == "responses-sub-01.nc: 32 stimuli x 3 targets x 6 times, matched with the images by its stimulus_id"
    parts = read_parts(folder / "p")
    (region,) = parts.description.regions
    found = read_measured(folder / "p", region, parts.tables["stimuli.csv"], {}).assembly
    assert isinstance(found, TimedResponses)
    assert found.targets == ("0", "1", "2")
    assert found.times_ms.tolist() == TIMES.tolist()
    for place, name in enumerate(found.stimulus_ids):
        np.testing.assert_allclose(found.responses[place], values[codes == int(name)], rtol=1e-6)
    with pytest.raises(InvalidDataError, match="names its own axes; leave --axes"):
        start(folder / "q", given._replace(axes=("stimuli", "targets", "times")))
