"""`brainrank features`: a file that is whole or not there, and never computed twice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.api.services.home.extract_features import Asked, compute_into
from brainrank.benchmark.feature_files.draft import FORMATS, read_features
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.memory.pictures import stimuli_from
from brainrank.models_zoo.loaders.live import live_model

N = 50


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    for number in range(N):
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(folder / f"image{number}.png")
    return folder


def features(*arguments: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["features", *map(str, arguments)])
    return found.exit_code, found.stdout, found.stderr


def test_features_are_written_once_and_told(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.zarr"
    wanted = ("timm:test_resnet@random", "--images", images, "--layers", "layer?", "--layers", "conv1:flatten")
    code, printed, messages = features(*wanted, "--out", out)
    assert code == 0
    assert "50 images in" in printed
    assert "Running timm:test_resnet@random on 50 images" in messages
    content = read_features(out).content
    assert content.ids[:3] == ("image0", "image1", "image2")
    assert "conv1:flatten" in content.features
    code, printed, messages = features(*wanted, "--out", out, "--json")
    assert json.loads(printed)["images"] == N
    assert "is there already" in messages
    assert "Running" not in messages
    code, _, messages = features(*wanted, "--pooling", "flatten", "--out", out)
    assert code == 2
    assert "pooling mean, not flatten" in messages


def test_mistakes_are_exit_2_before_any_work(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.h5"
    for arguments, message in (
        (("timm:resnet18@random", "--images", images, "--out", tmp_path / "x.csv"), "'x.csv' is of no format"),
        (("timm:resnet18@random", "--out", out), "Say which images: --images DIR, or --dataset NAME"),
        (("timm:resnet18@random", "--images", images, "--dataset", "nsd", "--out", out), "and not both"),
        (("timm:resnet18@random", "--images", tmp_path / "none", "--out", out), "is no folder"),
        (("timm:resnet1@random", "--images", images, "--out", out), "did you mean"),
        (("live:Net@00", "--images", images, "--out", out), "it is made in Python"),
        (("timm:test_resnet@random", "--images", images, "--layers", "nix", "--out", out), "Unknown layer 'nix'"),
        (("timm:test_resnet@random", "--dataset", "nds", "--out", out), "Unknown data set 'nds'"),
    ):
        code, _, messages = features(*arguments)
        assert (code, message in " ".join(messages.split())) == (2, True), messages
    assert not out.exists()


class Counting(nn.Module):
    """Counts the images that pass."""

    passed = 0

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        type(self).passed += len(images)
        return self.conv(images)


class Stopping(Silent):
    """Ends the process, as it were, after so many images."""

    def progress(self, stage: str, done: int, total: int) -> None:
        if stage == "extracting" and done >= 32:
            raise KeyboardInterrupt


def test_a_setting_that_is_none_is_the_users_to_mend(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINRANK_MEMORY", "much")
    code, _, messages = features("pixels", "--images", images, "--out", tmp_path / "x.npz")
    assert code == 2
    assert "'much' is no size" in messages


def test_whoever_stops_it_is_told_how_to_go_on(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brainrank.api.cli.features.compute_into", stopped)
    code, printed, messages = features("pixels", "--images", images, "--out", tmp_path / "x.npz")
    assert (code, printed) == (130, "")
    assert "the same command goes on with what is done" in messages


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_was_done_before_a_kill_is_not_computed_again(images: Path, tmp_path: Path, suffix: str) -> None:
    torch.manual_seed(0)
    model = live_model(Counting(), preprocess={"size": 16}, layers=["conv"], pooling="flatten", reporter=Silent())
    row = 2 * 14 * 14 * 4
    asked = Asked(model.spec, model.resolved, Locations(tmp_path / "home"), "cpu", Extraction(memory_bytes=33 * row))
    with stimuli_from(images, name="images", reporter=Silent()) as stimuli:
        with pytest.raises(KeyboardInterrupt):
            compute_into(asked, stimuli, tmp_path / f"x{suffix}", Stopping())
        assert not (tmp_path / f"x{suffix}").exists()
        looks = 4
        Counting.passed = 0
        found = compute_into(asked, stimuli, tmp_path / f"x{suffix}", Silent())
        assert Counting.passed == looks + N - 32
        whole = compute_into(asked, stimuli, tmp_path / f"whole{suffix}", Silent())
        assert np.array_equal(found.load("conv"), whole.load("conv"))
        other = replace(asked, spec=replace(asked.spec, pooling="mean"))
        with pytest.raises(Exception, match="holds other features"):
            compute_into(other, stimuli, tmp_path / f"x{suffix}", Silent())
