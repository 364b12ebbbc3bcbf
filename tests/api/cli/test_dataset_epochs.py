"""From epochs to a benchmark over time, by the command line: BIDS derivatives, or a file for each subject."""

import json
from collections.abc import Callable
from pathlib import Path

import mne
import numpy as np
import pytest
from noise_images import noise_stimuli
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app

Run = Callable[..., Result]
STIMULI, TRIALS = 12, 6
SETTINGS = ("--baseline", "-50:0", "--sliding-mean-ms", "20", "--pseudo-trials", "3", "--permutations", "2")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    noise_stimuli(tmp_path / "photos", STIMULI, (16, 16))
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def derivatives(tmp_path: Path) -> Path:
    for subject in (1, 2):
        rng = np.random.default_rng(subject)
        info = mne.create_info(["O1", "Oz", "O2", "POz"], 100.0, "eeg")
        codes = rng.permutation(np.repeat(np.arange(STIMULI), TRIALS)) + 1
        patterns = rng.standard_normal((STIMULI, 4))
        times = np.arange(-5, 26) * 10
        trials = rng.standard_normal((len(codes), 4, len(times))) + patterns[codes - 1][:, :, None] * (times > 60)
        events = np.column_stack([np.arange(len(codes)), np.zeros(len(codes), int), codes])
        names = {f"{number}.png": number + 1 for number in range(STIMULI)}
        epochs = mne.EpochsArray(trials * 1e-6, info, events, -0.05, names, verbose="error")
        folder = tmp_path / "derivatives" / f"sub-0{subject}" / "eeg"
        folder.mkdir(parents=True)
        epochs.save(folder / f"sub-0{subject}_task-look_desc-clean_epo.fif", verbose="error")
    return tmp_path / "derivatives"


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def test_from_derivatives_to_a_benchmark(run: Run, derivatives: Path) -> None:
    init = ("dataset", "init", "mine", "--images", "photos", "--epochs", derivatives, "--decoding", "lda", *SETTINGS)
    told = done(run(*init, "--decimate", "2", "--parameter", "start_ms=80"))
    assert "rdms-eeg.npz: lda of 2 subjects, 16 times, 12 stimuli, matched with the images by its events" in told
    assert "must be the order of the measurements" not in told
    done(run("dataset", "validate", "mine"))
    shown = done(run("benchmarks", "show", "mine.eeg.time-resolved-rsa", "--dataset", "mine"))
    assert (
        "decoding lda, noise_normalise epoch, baseline_ms -50.0 to 0.0, sliding_mean_ms 20.0, decimate 2"
        in " ".join(shown.split())
    )
    found = json.loads(done(run("benchmarks", "show", "mine.eeg.time-resolved-rsa", "--dataset", "mine", "--json")))
    assert found["preprocessing"].endswith("seed 0, channels 4, trials_of_a_stimulus 6")
    done(run("dataset", "add", "mine"))
    assert "eeg: decoding lda, noise_normalise epoch" in done(run("dataset", "list"))


def test_a_file_for_each_subject(run: Run, derivatives: Path) -> None:
    first, second = sorted(derivatives.glob("*/eeg/*.fif"))
    files = ("--epochs", f"sub-01={first}", "--epochs", f"sub-02={second}")
    told = done(
        run("dataset", "init", "mine", "--images", "photos", *files, *SETTINGS, "--noise-normalise", "baseline")
    )
    assert "crossnobis of 2 subjects, 31 times" in told
    told = done(run("dataset", "init", "mine", "--epochs", first, *SETTINGS, "--region", "one"))
    assert "rdms-one.npz: crossnobis of 1 subject" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--decoding", "lda"), "say how epochs are decoded; give them with --epochs FILE"),
        (("--stimulus-column", "file"), "give them with --epochs FILE"),
        (("--epochs", "EPOCHS", "--decoding", "lad"), "Unknown decoding 'lad': did you mean lda?"),
        (("--epochs", "EPOCHS", "--noise-normalise", "epochs"), "did you mean epoch?"),
        (("--epochs", "EPOCHS", "--baseline", "-100"), "--baseline -100: write START:STOP in ms"),
        (("--epochs", "EPOCHS", "--baseline", "0:-50"), "give its start before its stop"),
        (("--epochs", "EPOCHS", "--baseline", "-500:-400"), "no time lies in the baseline, -500 to -400 ms"),
        (("--epochs", "EPOCHS", "--pseudo-trials", "7"), "a stimulus has 6 trials; 7 pseudo-trials need 7"),
        (("--epochs", "EPOCHS", "--epochs", "a.fif"), "is a folder, whose subjects are all; give it alone"),
        (("--epochs", "a.fif"), "a.fif does not exist"),
        (("--epochs", "EPOCHS", "--stimulus-column", "file"), "has no metadata column 'file'"),
    ],
)
def test_what_says_nothing_is_refused(run: Run, derivatives: Path, options: tuple[str, ...], told: str) -> None:
    given = [str(derivatives) if each == "EPOCHS" else each for each in options]
    result = run("dataset", "init", "mine", "--images", "photos", *given)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
    assert not Path("mine").exists()
