"""`brainrank train` as its user calls it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.models_zoo.training.loop import CHECKPOINT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for category, level in (("dark", 40), ("light", 200)):
        (root / category).mkdir()
        for number in range(20):
            pixels = rng.integers(level - 20, level + 20, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / category / f"{number}.png")
    return root


def train(*arguments: str | Path, out: Path) -> Result:
    options = ["--steps", "2", "--batch-size", "8", "--out", str(out)]
    return CliRunner().invoke(app, ["train", *map(str, arguments), *options])


def test_models_are_written_with_their_cards(folder: Path, tmp_path: Path) -> None:
    done = train("supervised", "autoencoder", "--images", folder, "--seed", "0", "--seed", "4", "--json", out=tmp_path)
    assert done.exit_code == 0, done.output
    cards = json.loads(done.stdout)
    assert [card["model"] for card in cards] == ["supervised-0", "supervised-4", "autoencoder-0", "autoencoder-4"]
    for card in cards:
        assert Path(card["weights"]).is_file()
        written = json.loads(Path(card["weights"]).with_suffix(".json").read_text())
        assert written == {key: value for key, value in card.items() if key != "weights"}
        assert card["images"]["categories"] == ["dark", "light"]
        assert card["images"]["images"] == 36
        assert card["held_out"]["images"] == 4
        assert [step for step, _ in card["loss_curve"]] == [1, 2]
        assert 0 <= card["accuracy"]["linear_probe"] <= 1
        assert (tmp_path / card["model"] / "series" / "step-000002.safetensors").is_file()


def test_the_table_says_what_was_learned(folder: Path, tmp_path: Path) -> None:
    done = train("rotation", "untrained", "--images", folder, "--held-out", folder, out=tmp_path)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["model", "minutes", "loss"]
    assert [line.split()[0] for line in lines[1:3]] == ["rotation-0", "untrained-0"]
    assert "reading the categories" in done.stderr


def test_images_without_categories_train_without_a_probe(folder: Path, tmp_path: Path) -> None:
    done = train("simclr", "--images", folder / "dark", "--json", out=tmp_path)
    assert done.exit_code == 0, done.output
    (card,) = json.loads(done.stdout)
    assert card["accuracy"] is None
    assert "compared_with_untrained" not in card


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["supervized"], "did you mean supervised"),
        (["supervised", "--precision", "fp8"], "choose from float32, bf16"),
        (["supervised", "--steps", "0"], "give at least 1 step"),
        (["supervised", "--held-out", "OTHER"], "have different categories"),
        (["vae", "--images", "MISSING"], "There is no folder or zip of images"),
    ],
)
def test_mistakes_are_answered(arguments: list[str], message: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "red").mkdir(parents=True)
    Image.new("RGB", (16, 16)).save(tmp_path / "other" / "red" / "0.png")
    places = {"OTHER": str(tmp_path / "other"), "MISSING": str(tmp_path / "missing")}
    given = [places.get(each, each) for each in arguments]
    options = [] if "--images" in given else ["--images", str(folder)]
    done = CliRunner().invoke(app, ["train", *given, *options, "--out", str(tmp_path)])
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.stderr.split())


def test_the_categories_of_a_labelled_objective_are_asked_for(folder: Path, tmp_path: Path) -> None:
    done = train("clip", "--images", folder / "dark", out=tmp_path)
    assert done.exit_code == 2
    assert "choose an objective without labels" in " ".join(done.stderr.split())


def test_one_that_cannot_go_on_does_not_keep_the_others_from_it(folder: Path, tmp_path: Path) -> None:
    stale = tmp_path / "autoencoder-0"
    stale.mkdir()
    (stale / CHECKPOINT).write_bytes(b"not a checkpoint")
    done = train("autoencoder", "untrained", "--images", folder, "--json", out=tmp_path)
    assert done.exit_code == 2, done.output
    assert "Failed: autoencoder-0:" in done.stderr
    assert [card["model"] for card in json.loads(done.stdout)] == ["untrained-0"]
