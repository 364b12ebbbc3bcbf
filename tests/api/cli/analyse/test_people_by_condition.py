"""Groups of people from files of trials: what the command prints, its JSON, and the same from Python."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app

GROUPS = {"child1": "children", "child2": "children", "child3": "children", "adult1": "adults", "adult2": "adults"}


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    """Five people in two groups, and a network that errs as they do; its condition is another."""
    rng = np.random.default_rng(0)
    hard = rng.standard_normal(120)
    rows = ["subj,rt,object_response,category,condition,imagename"]
    for who, group in {**GROUPS, "net": "0"}.items():
        right = 0.8 * hard + 0.6 * rng.standard_normal(120) < (0.8 if group == "adults" else 0.2)
        for k in range(120):
            truth, other = ("cat", "dog") if k % 2 else ("dog", "cat")
            rows.append(f"{who},0.5,{truth if right[k] else other},{truth},{group},image{k}.png")
    path = tmp_path / "trials.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def analyse(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["analyse", "error-consistency", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_groups_are_printed_and_told_in_json(trials: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    asked = (trials, "--models", "net", "--people-by-condition", "--draws", 100)
    code, out, _ = analyse(*asked)
    assert code == 0
    assert "net, right" in out
    assert "Latent r does not depend on accuracies; kappa does." in " ".join(out.split())
    code, out, _ = analyse(*asked, "--json")
    found = json.loads(out)["people_by_condition"]
    assert [each["name"] for each in found["groups"]] == ["adults", "children"]
    assert [(each["first"], each["second"]) for each in found["between_groups"]] == [
        ("adults", "adults"),
        ("adults", "children"),
        ("children", "children"),
    ]
    (model,) = found["models"]
    assert [each["group"] for each in model["groups"]] == ["adults", "children"]
    for each in model["groups"]:
        interval = each["latent_r"]["interval"]
        assert interval["low"] < each["latent_r"]["value"] < interval["high"]


def test_python_has_the_same_numbers(trials: Path) -> None:
    _, out, _ = analyse(trials, "--models", "net", "--people-by-condition", "--draws", 100, "--json")
    told = json.loads(out)["people_by_condition"]
    result = br.error_consistency(pd.read_csv(trials), models=["net"], people_by_condition=True, draws=100)
    between, with_net = result.people(), result.people("net")
    assert between["kappa"].tolist() == [each["kappa"]["value"] for each in told["between_groups"]]
    assert with_net["latent_r"].tolist() == [each["latent_r"]["value"] for each in told["models"][0]["groups"]]
    with pytest.raises(br.BrainrankError, match="Unknown model 'nett'"):
        result.people("nett")
    with pytest.raises(br.BrainrankError, match="ask by people_by_condition=True"):
        br.error_consistency(pd.read_csv(trials), models=["net"], draws=100).people()


def test_people_of_one_condition_are_no_groups(trials: Path) -> None:
    code, _, err = analyse(trials, "--models", "net", "--condition", "adults", "--people-by-condition")
    assert code == 2
    assert "net" in err or "All people have the condition adults" in err
