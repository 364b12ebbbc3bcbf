"""`analyse error-consistency` on published trials of people and models: the golden values of docs/conventions.md."""

import json
from pathlib import Path
from typing import Any

import pytest
from golden import PEOPLE, RESNET50
from typer.testing import CliRunner

from brainrank.api.cli.main import app

HUMANS = "github/bethgelab/model-vs-human/79ed7cd1d9ac3a114e71b6638f0a98bdd627316c/raw-data"
RECORDED = "github/wichmann-lab/error-consistency/eb53bdb5d8e48166c56b9201842b19e8259506c5/raw-data"
FOLDERS = {"cue-conflict": "cue-conflict", "edge": "edges", "silhouette": "silhouettes"}


def analysed(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["analyse", "error-consistency", *map(str, arguments)])
    assert result.exit_code == 0
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize(
    ("experiment", "kappa", "observed", "accuracy"),
    PEOPLE,
)
def test_published_numbers_of_people(
    mirror: Path, experiment: str, kappa: float, observed: float, accuracy: float
) -> None:
    arguments = ("--json", "--draws", 40, "--convention", "model-vs-human", "--published", experiment)
    told = analysed(mirror / HUMANS / experiment, *arguments)
    (group,) = told["groups"]
    assert (group["kappa"], group["observed"]) == pytest.approx((kappa, observed), abs=5e-5)
    assert told["mean_accuracy"]["people"] == pytest.approx(accuracy, abs=5e-5)


@pytest.mark.parametrize(("experiment", "kappa", "accuracy"), RESNET50)
def test_published_numbers_of_a_model(mirror: Path, experiment: str, kappa: float, accuracy: float) -> None:
    name = f"texture-shape_{FOLDERS[experiment]}"
    file = mirror / RECORDED / name / f"{name}_resnet50_session-1.csv"
    arguments = ("--json", "--draws", 40, "--convention", "model-vs-human", "--models", "resnet50")
    told = analysed(mirror / HUMANS / experiment, file, *arguments)
    people, model = told["groups"]
    assert (people["among"], model["name"]) == ("people", "resnet50 with people")
    assert model["kappa"] == pytest.approx(kappa, abs=5e-5)
    assert told["mean_accuracy"]["models"] == pytest.approx(accuracy, abs=5e-5)
