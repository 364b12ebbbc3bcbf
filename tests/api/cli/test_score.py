"""The command line as a user has it: real data, a tiny network, SQLite in a new home."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from printed_scores import IT, MONKEY, Run, rows, scored

from brainrank.api.number_text import number_text
from brainrank.benchmark.scoring import benchmarks
from brainrank.datasets import cichy2014


def test_a_score_comes_with_interval_ceiling_curve_and_receipt(run: Run, home: Path) -> None:
    (score,) = scored(run("score", "timm:test_resnet@random", "--benchmark", IT, "--json"))
    assert score["interval"]["low"] < score["value"] < score["interval"]["high"]
    assert 0.3 < score["ceiling"]["lower"] < score["ceiling"]["upper"] < 0.7
    assert [each["subject"] for each in score["subjects"]] == ["BE", "KO", "SN", "TI"]
    assert {each["layer"] for each in score["layer_curve"]} >= set(score["layers"])
    receipt = score["receipt"]
    for key in (
        "weights_digest",
        "network_digest",
        "stimuli_digest",
        "code_version",
        "libraries",
        "seed",
        "metric",
        "device",
        "precision",
    ):
        assert receipt[key] is not None
    assert (receipt["benchmark"], receipt["benchmark_version"], receipt["verified"]) == (IT, 2, True)
    assert [path for path in home.rglob("*") if "partial" in path.name] == []


def test_scoring_again_computes_nothing_and_adds_no_row(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--json"))
    with monkeypatch.context() as blocked:
        blocked.setattr("brainrank.api.services.runs.score_models.run", None)
        (second,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--json"))
    assert second["reused"]
    assert {**second, "reused": False} == first
    assert rows(home, "runs") == 1
    (again,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--again", "--json"))
    assert rows(home, "runs") == 2
    assert (again["value"], again["interval"]) == (first["value"], first["interval"])


def test_activations_are_extracted_once_for_all_benchmarks_on_the_same_images(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(run("score", "pixels", "--benchmark", IT, "--json"))
    monkeypatch.setattr("brainrank.benchmark.activations.extract.extract", None)
    scored(run("score", "pixels", "--benchmark", MONKEY, "--benchmark", "cichy2014.evc.rsa", "--json"))
    assert rows(home, "models") == 1
    assert rows(home, "runs") == 3


def test_the_leaderboard_ranks_and_shares_ranks(run: Run) -> None:
    empty = run("leaderboard")
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "No scores yet" in empty.stderr
    scored(run("score", "pixels", "gabor", "--benchmark", MONKEY, "--benchmark", IT, "--json"))
    scored(run("score", "timm:test_resnet@random", "--benchmark", MONKEY, "--json"))
    board = json.loads(run("leaderboard", "--json").stdout)
    by_model = {row["model"]: row for row in board["rows"]}
    # Monkey IT has no noise ceiling: under the default convention it is shown and counts for nothing.
    assert {each["name"]: each["counted"] for each in board["benchmarks"] if each["ceiling"]} == {
        IT: True,
        MONKEY: False,
    }
    pixels, resnet = by_model["pixels"], by_model["timm:test_resnet@random"]
    assert (pixels["coverage"], pixels["mean"]) == (1, pytest.approx(pixels["scores"][IT]["value"]))
    assert (resnet["rank"], resnet["mean"], resnet["coverage"]) == (None, None, 0)
    assert resnet["not_ranked"].startswith("0 of 1 counted benchmarks; a rank needs at least 1")
    assert board["rows"][-1] == resnet
    table = " ".join(run("leaderboard").stdout.split())
    assert f"{MONKEY} counts in no mean and no rank: it has no noise ceiling above zero" in table
    assert "not ranked timm:test_resnet@random" in table
    raw = json.loads(run("leaderboard", "--convention", "raw", "--json").stdout)
    values = [row["mean"] for row in raw["rows"]]
    assert values == sorted(values, reverse=True)
    gabor = next(row for row in raw["rows"] if row["model"] == "gabor")
    assert gabor["mean"] == pytest.approx(sum(each["value"] for each in gabor["scores"].values()) / 2)
    assert all(row["rank"] <= row["last_rank"] for row in raw["rows"])
    shown = run("leaderboard", MONKEY).stdout
    assert "noise ceiling: - (the study published one RDM for all subjects together)" in shown
    assert number_text(by_model["pixels"]["scores"][MONKEY]["raw"]) in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("score", "efficientnet-lite7"), "Unknown model 'efficientnet-lite7': did you mean efficientnet-lite"),
        (("score", "pixels", "--benchmark", "kriegeskorte.human-it"), "did you mean kriegeskorte2008.human-it.rsa"),
        (("score", "pixels", "--benchmark", IT, "--device", "gpu"), "Unknown device 'gpu'"),
        (("leaderboard", "cichy2014"), "Unknown benchmark or group 'cichy2014'"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    run: Run, home: Path, arguments: Sequence[str], message: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert result.stdout == ""
    assert not (home / "brainrank.db").exists() or rows(home, "runs") == 0


def test_a_bad_database_address_says_what_to_write(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_DATABASE_URL", "not an address")
    result = run("leaderboard")
    assert result.exit_code == 2
    assert "sqlite:///FILE" in result.stderr


def test_data_that_cannot_be_had_do_not_stop_the_rest(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rsa = {name: each for name, each in benchmarks.BENCHMARKS.items() if name.endswith(".rsa")}
    monkeypatch.setattr(benchmarks, "BENCHMARKS", rsa)
    nowhere = replace(cichy2014.RDMS, sources=("http://127.0.0.1:1/target_fmri.mat",))
    monkeypatch.setattr(cichy2014, "RDMS", nowhere)
    result = run("score", "pixels", "--json")
    told = scored(result)
    had = {score["benchmark"] for score in told if score["error"] is None}
    singer = {f"singer2022.{each}.rsa" for each in ("photos", "drawings", "sketches")}
    assert had == {IT, MONKEY, "kriegeskorte2008.judgements.rsa", *singer}
    assert {score["error"]["class"] for score in told if score["benchmark"] not in had} == {"DataUnavailableError"}
    assert "Unavailable here: data set cichy2014" in result.stderr
    asked_for = run("score", "pixels", "--benchmark", "cichy2014.it.rsa", "--benchmark", IT)
    assert asked_for.exit_code == 1
    assert "could not be reached" in asked_for.stderr


def test_a_group_is_what_is_at_hand_and_an_explicit_benchmark_that_is_not_is_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {name: each for name, each in benchmarks.BENCHMARKS.items() if each.dataset in ("kriegeskorte2008", "nsd")}
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {name: each for name, each in few.items() if each.group == "it"})
    assert "Make some with: brainrank score efficientnet-lite0 --benchmark it" in run("leaderboard", "it").stderr
    for arguments in (("--benchmark", "it"), ("--benchmark", "all"), ()):
        result = run("score", "pixels", *arguments, "--json")
        assert {score["benchmark"] for score in scored(result)} == {IT, MONKEY}
        assert "5 need files that are not on this machine: nsd (5); docs/datasets says how to get" in result.stderr
    for arguments in (("--benchmark", "nsd.shared.ventral.encoding"), ("--dataset", "nsd")):
        refused = run("score", "pixels", *arguments)
        assert refused.exit_code == 2
        assert "got by hand: docs/datasets/nsd.md" in refused.stderr.replace("\n", " ")
    hint = run("leaderboard", "nsd.shared.ventral.encoding")
    assert hint.exit_code == 0
    assert "docs/datasets/nsd.md" in hint.stderr


def test_weights_that_do_not_fit_fail_that_model_only(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from brainrank.benchmark.types.errors import ModelLoadError

    def misfit(_name: str) -> None:
        raise ModelLoadError("weights.pth does not fit test_resnet")

    monkeypatch.setattr("brainrank.models_zoo.loaders.timm._create", misfit)
    result = run("score", "timm:test_resnet@random", "pixels", "--benchmark", MONKEY, "--json")
    assert result.exit_code == 1
    assert "Failed: timm:test_resnet@random" in result.stderr
    assert [(score["model"], score["error"] and score["error"]["class"]) for score in json.loads(result.stdout)] == [
        ("pixels", None),
        ("timm:test_resnet@random", "ModelLoadError"),
    ]
    assert rows(home, "scores") == 1
    assert rows(home, "runs") == 2


def test_a_full_disk_is_one_message_and_leaves_nothing_half_written(home: Path) -> None:
    """A limit on the size of files stands for the full disk: every larger write fails as it would there."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-c", "from brainrank.api.cli.main import main; main()", "score", "pixels", "--benchmark", IT],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr
    assert [path.name for path in home.rglob("*") if "partial" in path.name] == []


def test_lists_are_readable_and_stable(run: Run) -> None:
    for noun in ("models", "benchmarks", "dataset"):
        listed = json.loads(run(noun, "list", "--json").stdout)
        assert all(row["name"] for row in listed)
        shown = run(noun, "list").stdout
        assert listed[0]["name"] in shown


def test_recorded_features_score_and_are_marked_unverified(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "net.npz", early=rng.standard_normal((92, 30)), late=rng.standard_normal((92, 20)))
    (score,) = scored(run("score", f"features:{tmp_path / 'net.npz'}", "--benchmark", MONKEY, "--json"))
    assert not score["receipt"]["verified"]
    assert {each["layer"] for each in score["layer_curve"]} == {"early", "late"}
    assert score["interval"]["low"] < 0 < score["interval"]["high"]


def test_a_network_chooses_by_its_head_and_one_without_by_a_readout_fitted_to_other_images(run: Run) -> None:
    arguments = ("--benchmark", "geirhos2021.silhouette.error-consistency", "--json")
    network, pixels = scored(run("score", "timm:test_resnet@random", "pixels", *arguments))
    assert network["receipt"]["readout"].startswith("ImageNet head")
    assert abs(network["value"]) < 0.1  # random weights err at random
    assert network["interval"]["low"] < network["value"] < network["interval"]["high"]
    assert network["ceiling"]["lower"] == pytest.approx(0.4757, abs=1e-4)
    assert pixels["receipt"]["readout"].startswith("logistic readout of image, fitted on 320 images")
    assert abs(pixels["value"]) < pixels["ceiling"]["lower"]


def test_recorded_trials_of_resnet50_give_the_golden_kappa(run: Run, mirror: Path) -> None:
    folder = mirror / "github/wichmann-lab/error-consistency/eb53bdb5d8e48166c56b9201842b19e8259506c5/raw-data"
    trials = folder / "texture-shape_silhouettes" / "texture-shape_silhouettes_resnet50_session-1.csv"
    (score,) = scored(
        run("score", f"trials:{trials}", "--benchmark", "geirhos2021.silhouette.error-consistency", "--json")
    )
    assert score["value"] == pytest.approx(0.4281, abs=1e-4)
    assert (score["receipt"]["verified"], score["receipt"]["readout"]) == (False, "recorded trials")
    refused = run("score", f"trials:{trials}", "--benchmark", MONKEY)
    assert refused.exit_code == 2
    assert "benchmarks of behaviour only" in refused.stderr.replace("\n", " ")


def test_any_metric_that_fits_scores_each_region_of_a_data_set(run: Run) -> None:
    model, on = "timm:test_resnet@random", ("--dataset", "kriegeskorte2008")
    asked = run("score", model, *on, "--metric", "debiased-cka", "--metric", "mutual-neighbours", "--json")
    found = scored(asked)
    assert [each["benchmark"] for each in found] == [
        "kriegeskorte2008.human-it.debiased-cka",
        "kriegeskorte2008.monkey-it.debiased-cka",
        "kriegeskorte2008.human-it.mutual-neighbours",
        "kriegeskorte2008.monkey-it.mutual-neighbours",
        "kriegeskorte2008.judgements.mutual-neighbours",
    ]
    assert all(each["interval"]["low"] < each["value"] < each["interval"]["high"] for each in found)
    # One extraction serves all, and the scores stand on a board of their metric.
    assert asked.stderr.count(f"Running {model}") == 1
    board = run("leaderboard", *on, "--metric", "mutual-neighbours", "--json")
    assert board.exit_code == 0, board.stderr
    (row,) = json.loads(board.stdout)["rows"]
    assert row["model"] == model
    verified = run("verify", str(found[0]["run"]))
    assert verified.exit_code == 0, verified.stderr
    refused = run("score", model, *on, "--metric", "pls")
    assert refused.exit_code == 2
    assert "fits none of the regions" in refused.stderr
