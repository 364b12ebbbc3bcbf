import json

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.benchmark.metrics.regression.folds import fold_splits

N, TARGETS = 60, 6
REPEATS = "stimuli,repeats,targets"


@pytest.fixture
def study(tmp_path):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((N, 20))
    signal = features @ rng.standard_normal((20, TARGETS)) / np.sqrt(20)
    responses = signal[:, None] + rng.standard_normal((N, 4, TARGETS))
    np.save(tmp_path / "X.npy", features)
    np.save(tmp_path / "Y.npy", responses.mean(axis=1))
    np.save(tmp_path / "repeats.npy", responses)
    return tmp_path


def run(folder, *options, responses="Y.npy", features="X.npy"):
    arguments = ["--features", str(folder / features), "--responses", str(folder / responses), "--draws", "100"]
    return CliRunner().invoke(app, ["analyse", "encoding", *arguments, *options])


def as_json(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_json_holds_what_scikit_learn_finds_on_the_same_folds(study):
    found = as_json(run(study, "--json"))
    features, responses = np.load(study / "X.npy"), np.load(study / "Y.npy")
    fold_of = np.array(found["fold_of_stimulus"])
    expected = np.zeros(TARGETS)
    grid = np.logspace(-4, 4, 33) * ((features - features.mean(axis=0)) ** 2).sum() / N
    for train, test in fold_splits(fold_of):
        model = RidgeCV(alphas=grid, alpha_per_target=True).fit(features[train], responses[train])
        columns = zip(model.predict(features[test]).T, responses[test].T, strict=True)
        expected += [len(test) / len(features) * np.corrcoef(p, y)[0, 1] for p, y in columns]
    np.testing.assert_allclose(found["r"], expected, atol=1e-6)
    assert found["median_r"] == pytest.approx(np.median(expected), abs=1e-6)
    assert found["interval"]["low"] < found["median_r"] < found["interval"]["high"]
    assert found["targets"] == TARGETS
    assert found["unscored"] == []


def test_the_table_says_the_same(study):
    found = as_json(run(study, "--json"))
    result = run(study)
    assert result.exit_code == 0
    assert f"{found['median_r']:.3f}"[1:] in result.stdout
    assert "mean R2" in result.stdout


def test_the_seed_decides_everything(study):
    assert run(study, "--json").stdout == run(study, "--json").stdout
    assert run(study, "--json", "--seed", "1").stdout != run(study, "--json").stdout


def test_repeats_are_averaged_and_their_explainable_variance_shown(study):
    averaged, repeated = (
        as_json(run(study, "--json")),
        as_json(run(study, "--json", "--axes", REPEATS, responses="repeats.npy")),
    )
    assert repeated["r"] == pytest.approx(averaged["r"])
    assert 0.2 < repeated["mean_explainable_variance"] < 0.8
    assert "explainable variance" in run(study, "--axes", REPEATS, responses="repeats.npy").stdout
    assert "explainable_variance" not in averaged


def test_constant_targets_are_named_and_null(study):
    responses = np.load(study / "Y.npy")
    responses[:, 2] = 0.1
    np.save(study / "flat.npy", responses)
    found = as_json(run(study, "--json", responses="flat.npy"))
    assert found["r"][2] is None
    assert found["unscored"] == [{"target": 2, "reason": "the responses do not vary over the held-out stimuli"}]
    assert "1 unscored (target 2)" in run(study, responses="flat.npy").stdout


def test_groups_and_copies_of_a_stimulus_stay_together(study):
    groups = np.arange(N) // 3
    np.save(study / "groups.npy", groups)
    fold_of = np.array(as_json(run(study, "--json", "--groups", str(study / "groups.npy")))["fold_of_stimulus"])
    assert (fold_of.reshape(-1, 3) == fold_of[::3, None]).all()
    np.save(study / "copies.npy", np.load(study / "X.npy")[groups])
    copied = as_json(run(study, "--json", features="copies.npy"))
    assert copied["groups"] == 20
    fold_of = np.array(copied["fold_of_stimulus"])
    assert (fold_of.reshape(-1, 3) == fold_of[::3, None]).all()


def test_groups_may_be_words_and_axes_in_any_order(study):
    expected = run(study, "--json", "--groups", str(study / "groups.npy"))
    np.save(study / "groups.npy", np.arange(N) // 3)
    np.save(study / "words.npy", np.array([f"scene {number // 3:03d}" for number in range(N)]))
    by_number, by_word = (
        as_json(run(study, "--json", "--groups", str(study / name))) for name in ("groups.npy", "words.npy")
    )
    assert expected.exit_code == 2
    assert by_word["groups"] == by_number["groups"] == 20
    np.save(study / "turned.npy", np.load(study / "repeats.npy").transpose(2, 0, 1))
    turned = as_json(run(study, "--json", "--axes", "targets,stimuli,repeats", responses="turned.npy"))
    plain = as_json(run(study, "--json", "--axes", REPEATS, responses="repeats.npy"))
    assert turned["r"] == pytest.approx(plain["r"], abs=1e-9)
    np.save(study / "transposed.npy", np.load(study / "Y.npy").T)
    transposed = as_json(run(study, "--json", responses="transposed.npy"))
    assert transposed["r"] == pytest.approx(as_json(run(study, "--json"))["r"], abs=1e-9)


@pytest.mark.parametrize("selection", ["loo", "gcv", "likelihood", "cv"])
def test_every_selection_scores(study, selection):
    assert as_json(run(study, "--json", "--selection", selection))["median_r"] > 0.2


@pytest.mark.parametrize("name", ["figure.png", "figure.svg"])
def test_the_figure_is_written(study, name):
    assert run(study, "--plot", str(study / name)).exit_code == 0
    assert (study / name).stat().st_size > 5000


def test_no_target_scored_is_said_and_drawn(study):
    np.save(study / "flat.npy", np.ones((N, 2)))
    result = run(study, "--plot", str(study / "none.png"), responses="flat.npy")
    assert result.exit_code == 0
    assert "2 unscored (target 0, 1)" in result.stdout
    assert (study / "none.png").exists()


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"Y": np.zeros((N, 2, 2, 2))}, [], "Y.npy has shape"),
        ({"Y": np.zeros(N)}, [], "Y.npy has shape"),
        ({"X": np.zeros(N)}, [], "X.npy has shape"),
        ({"Y": np.zeros((N - 1, 2))}, [], "Y.npy has shape (59, 2), and there are 60 stimuli; give the same stimuli"),
        ({"Y": np.zeros((N - 1, 2))}, ["--axes", "stimuli,targets"], "has 60 stimuli and"),
        ({"Y": np.zeros((N, 3, 5))}, [], "60 stimuli x 3 repeats x 5 targets or 60 stimuli x 3 targets x 5 repeats"),
        ({"Y": np.zeros((N, N))}, [], "say which: --axes stimuli,targets or --axes targets,stimuli"),
        ({}, ["--axes", "stimuli,repeats,targets"], "has shape (60, 6), 2 axes; --axes names stimuli,repeats,targets"),
        ({}, ["--axes", "stimuli,voxels"], "name stimuli and targets, with or without repeats"),
        ({"g": np.full(N, np.nan)}, ["--groups", "g.npy"], "g.npy has NaN"),
        ({"Y": np.full((N, 2), np.nan)}, [], "Y.npy has NaN"),
        ({"X": np.full((N, 2), np.inf)}, [], "X.npy has NaN"),
        ({"X": np.ones((N, 2))}, [], "1 groups cannot fill 5 folds"),
        ({"g": np.arange(N) % 3}, ["--groups", "g.npy"], "3 groups cannot fill 5 folds"),
        ({"g": np.arange(N) % 9}, ["--groups", "g.npy"], "of 4 or more: give 2 folds or fewer"),
        (
            {"g": np.arange(N) % 7},
            ["--groups", "g.npy"],
            "of 4 or more: give 8 different stimuli, or groups of them, and 2 folds",
        ),
        ({"g": np.arange(N - 1)}, ["--groups", "g.npy"], "g.npy has 59 entries for 60 stimuli"),
        ({}, ["--groups", "nowhere.npy"], "nowhere.npy does not exist"),
        ({}, ["--folds", "61"], "60 groups cannot fill 61 folds"),
        ({}, ["--folds", "1"], "at least 2"),
        ({}, ["--selection", "best"], "choose from"),
        ({}, ["--plot", "figure.txt"], ".png"),
    ],
)
def test_mistakes_name_the_file_and_the_remedy(study, arrays, options, message):
    for name, array in arrays.items():
        np.save(study / f"{name}.npy", array)
    options = [str(study / option) if "." in option else option for option in options]
    result = run(study, *options)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""
