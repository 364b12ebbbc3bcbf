"""Models trained here: weights are there, are what the catalogue and their cards say, and read out as recorded."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.readouts.zero_shot import prompts, zero_shot_probabilities
from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS, find_model
from brainrank.models_zoo.controlled import ENTRIES
from brainrank.models_zoo.load import outline, resolve
from brainrank.models_zoo.loaders.trained import WEIGHTS
from brainrank.models_zoo.training.architectures import CLASSICAL
from brainrank.models_zoo.training.card import QUICK_HELD_OUT, QUICK_KNOWN, quick_accuracy
from brainrank.models_zoo.training.objective import OBJECTIVES
from brainrank.models_zoo.training.training_images import TrainingImages, read_images
from brainrank.models_zoo.weights.digests import SHA256

NOWHERE = Locations(Path("nowhere"))
CORE = ("supervised", "simclr", "masked-autoencoder", "vae", "clip", "untrained")


@pytest.fixture(scope="module")
def known_and_held_out(mirror: Path) -> tuple[TrainingImages, TrainingImages]:
    folder = mirror.parent / "cifar10-images"
    if not folder.is_dir():
        pytest.skip(f"needs the images that the weights were trained on, absent at {folder}")
    known = read_images(folder / "train-25000.zip", side=64, first=QUICK_KNOWN)
    return known, read_images(folder / "test.zip", side=64, first=QUICK_HELD_OUT)


def test_all_weights_are_there() -> None:
    planned = {f"{name}-0" for name in (*OBJECTIVES, *CLASSICAL)} | {
        f"{name}-{seed}" for name in CORE for seed in (1, 2)
    }
    assert set(SHA256) == {file.stem for file in WEIGHTS.glob("*.safetensors")} == planned
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir() if file.is_file()) < 80e6


def read_card(weights: Path) -> dict[str, Any]:
    return json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", SHA256)
def test_the_card_is_that_of_the_weights(model: str) -> None:
    weights = WEIGHTS / f"{model}.safetensors"
    card = read_card(weights)
    assert card["sha256"] == SHA256[model] == sha256_of(weights)
    assert card["model"] == model
    assert card["images"]["images"] == 25_000
    assert card["accuracy"]["linear_probe"] > 0.15
    compared = card.get("compared_with_untrained")
    assert compared is None or compared["clear"] or card["note"]


def test_everything_trained_was_trained_alike() -> None:
    cards = [read_card(WEIGHTS / f"{model}.safetensors") for model in SHA256]
    recipes = [card["recipe"] for card in cards if card.get("recipe")]
    assert len(recipes) > len(CORE)
    assert all(recipe == recipes[0] for recipe in recipes)
    assert len({card["images"]["sha256"] for card in cards}) == 1


@pytest.mark.parametrize("spec", [spec for spec in ENTRIES if "-seed" not in spec.name], ids=lambda spec: spec.name)
def test_the_weights_read_out_as_recorded(
    spec: ModelSpec, known_and_held_out: tuple[TrainingImages, TrainingImages]
) -> None:
    """On another machine sums are rounded otherwise, which may turn an image or two of the 200."""
    model = resolve(spec, NOWHERE, Silent())
    known, held_out = known_and_held_out
    found = quick_accuracy(model.build().eval(), model.layers[-1], known=known, held_out=held_out)
    card = read_card(WEIGHTS / f"{spec.source.removeprefix('trained:')}.safetensors")
    assert found.linear_probe == pytest.approx(card["accuracy"]["quick"]["linear_probe"], abs=0.015)
    assert found.nearest_neighbours == pytest.approx(card["accuracy"]["quick"]["nearest_neighbours"], abs=0.015)


def test_sentences_and_images_meet(known_and_held_out: tuple[TrainingImages, TrainingImages]) -> None:
    model = resolve(MODELS["controlled-clip"], NOWHERE, Silent())
    tower, network = model.text(), model.build().eval()
    assert tower is not None
    _, images = known_and_held_out
    sentences = np.stack([tower.encode(each) for each in prompts(images.categories)])
    with torch.inference_mode():
        embedded = network(images.pixels.float() / 255).numpy()
    chosen = zero_shot_probabilities(embedded, sentences, scale=tower.scale).argmax(axis=1)
    assert (chosen == images.labels.numpy()).mean() > 0.4


def test_only_the_one_with_captions_reads() -> None:
    assert resolve(MODELS["controlled-simclr"], NOWHERE, Silent()).text() is None


def test_other_weights_are_refused() -> None:
    with pytest.raises(ModelLoadError, match="damaged"):
        resolve(replace(MODELS["controlled-vae"], file_sha256="0" * 64), NOWHERE, Silent())


def test_an_unknown_name_says_which_are_near() -> None:
    with pytest.raises(UnknownNameError, match="did you mean supervised-0"):
        find_model("trained:supervise-0")
    with pytest.raises(UnknownNameError, match="compact-resnet"):
        find_model("trained:resnet@random")


def test_all_weights_are_others() -> None:
    assert len(set(SHA256.values())) == len({spec.digest for spec in ENTRIES}) == len(SHA256)


def test_ones_own_weights_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes((WEIGHTS / "supervised-0.safetensors").read_bytes())
    mine = resolve(find_model(f"file:{path}#trained:compact-resnet"), NOWHERE, Silent())
    ours = resolve(MODELS["controlled-supervised"], NOWHERE, Silent())
    assert mine.layers == ours.layers == MODELS["controlled-supervised"].layers
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(mine.build().eval()(images), ours.build().eval()(images))


def test_the_outline_has_the_layers() -> None:
    for name in ("controlled-clip", "controlled-hmax"):
        assert outline(MODELS[name], NOWHERE, Silent()).layers == MODELS[name].layers
