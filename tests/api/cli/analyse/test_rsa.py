import json

import numpy as np
import pytest
from rsatoolbox.data import Dataset
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs, calc_rdm
from rsatoolbox.rdm import compare as peer_compare
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.benchmark.types.condensed import square_rdm

N = 16
PAIRS = N * (N - 1) // 2


@pytest.fixture
def study(tmp_path):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(N, 12))
    subjects = [features + 1.5 * rng.normal(size=(N, 12)) for _ in range(4)]
    rdms = np.array([calc_rdm(Dataset(s), method="correlation").get_vectors()[0] for s in subjects])
    np.save(tmp_path / "X.npy", features)
    np.savez(tmp_path / "brain.npz", rdms=rdms, subjects=list("abcd"), stimulus_ids=[f"image {i}" for i in range(N)])
    np.savez(tmp_path / "square.npz", rdms=np.array([square_rdm(rdm) for rdm in rdms]), subjects=list("abcd"))
    np.savez(tmp_path / "one.npz", rdms=rdms[:1])
    return tmp_path


def run(folder, *options, features="X.npy", rdms="brain.npz"):
    files = ["--features", str(folder / features), "--rdms", str(folder / rdms), "--draws", "100"]
    return CliRunner().invoke(app, ["analyse", "rsa", *files, *options])


def as_json(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("comparator", ["rho-a", "corr", "cosine_cov"])
def test_json_holds_what_rsatoolbox_finds(study, comparator):
    found = as_json(run(study, "--json", "--comparator", comparator))
    model = calc_rdm(Dataset(np.load(study / "X.npy")), method="correlation")
    brain = RDMs(np.load(study / "brain.npz")["rdms"])
    expected = peer_compare(model, brain, method=comparator)[0]
    assert list(found["per_subject"]) == list("abcd")
    assert list(found["per_subject"].values()) == pytest.approx(expected)
    assert found["mean"] == pytest.approx(expected.mean())
    lower, upper = boot_noise_ceiling(brain, method=comparator)
    assert (found["ceiling"]["lower"], found["ceiling"]["upper"]) == pytest.approx((lower, upper))
    assert found["interval"]["low"] < found["mean"] < found["interval"]["high"]


def test_square_rdms_and_the_seed(study):
    first = as_json(run(study, "--json"))
    assert as_json(run(study, "--json", rdms="square.npz")) == first
    assert as_json(run(study, "--json", "--seed", "1"))["interval"] != first["interval"]


def test_table_and_a_single_subject(study):
    table = run(study)
    assert table.exit_code == 0
    assert "noise ceiling" in table.stdout
    assert "mean" in table.stdout
    single = as_json(run(study, "--json", rdms="one.npz"))
    assert single["ceiling"]["lower"] is None
    assert "at least 2 subjects" in single["ceiling"]["reason"]
    assert single["interval"]["low"] < single["mean"]


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("rdms", ["brain.npz", "one.npz"])
def test_plot_writes_a_picture(study, ending, rdms):
    path = study / f"figure.{ending}"
    assert run(study, "--plot", str(path), rdms=rdms).exit_code == 0
    assert path.stat().st_size > 5000
    assert list(study.glob(".figure*")) == []


def constant(folder):
    features = np.load(folder / "X.npy")
    features[3] = 0.1
    np.save(folder / "X.npy", features)


FAULTS = {
    "rows": (lambda f: np.save(f / "X.npy", np.ones((5, 3))), [], ["X.npy has 5 stimuli", "brain.npz has 16"]),
    "nan": (lambda f: np.save(f / "X.npy", np.full((N, 3), np.nan)), [], ["X.npy", "NaN"]),
    "constant": (constant, [], ["X.npy", "image 3"]),
    "missing": (lambda f: (f / "brain.npz").unlink(), [], ["brain.npz does not exist"]),
    "text": (lambda f: (f / "brain.npz").write_text("no"), [], ["brain.npz is damaged or no zip archive"]),
    "comparator": (lambda f: None, ["--comparator", "rhoa"], ["Unknown comparator 'rhoa'", "rho-a"]),
    "dissimilarity": (lambda f: None, ["--dissimilarity", "euclid"], ["did you mean euclidean"]),
    "plot": (lambda f: None, ["--plot", "figure.txt"], ["figure.txt", ".png"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_users_mistake_is_named(study, fault):
    spoil, options, words = FAULTS[fault]
    spoil(study)
    result = run(study, *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(word in result.stderr.replace("\n", " ") for word in words), result.stderr


def test_a_file_of_several_arrays_takes_the_one_that_is_named(study):
    rdms = np.load(study / "brain.npz")["rdms"]
    np.savez(study / "two.npz", EVC_RDMs=rdms[::-1], IT_RDMs=rdms)
    named = as_json(run(study, "--json", "--variable", "IT_RDMs", rdms="two.npz"))
    assert named["ceiling"] == as_json(run(study, "--json"))["ceiling"]
    refused = run(study, "--variable", "V4_RDMs", rdms="two.npz")
    assert refused.exit_code == 2
    assert "has no variable 'V4_RDMs'; it holds EVC_RDMs (4, 120), IT_RDMs (4, 120)" in " ".join(refused.output.split())
