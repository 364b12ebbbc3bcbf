"""A timm network in a repository of the hub (its cache, made here)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import outline, resolve

SOURCE = f"hf:owner/repo@{'a' * 40}"


@pytest.fixture
def repository(tmp_path: Path, hub: Callable[[str, str, Path], Path]) -> dict[str, torch.Tensor]:
    config = {"architecture": "test_resnet", "num_classes": 7, "pretrained_cfg": {"mean": [0.1, 0.2, 0.3]}}
    config["pretrained_cfg"] |= {"input_size": [3, 96, 96], "crop_pct": 1.0, "num_classes": 7}  # type: ignore[operator]
    (tmp_path / "config.json").write_text(json.dumps(config))
    state = dict(timm.create_model("test_resnet", num_classes=7).state_dict())
    save_file(state, tmp_path / "model.safetensors")
    for name in ("config.json", "model.safetensors"):
        hub(SOURCE.removeprefix("hf:"), name, tmp_path / name)
    return state


def test_architecture_preprocessing_and_weights_are_the_repositorys(
    tmp_path: Path, repository: dict[str, torch.Tensor]
) -> None:
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    assert model.preprocessing.size == (96, 96)
    assert model.preprocessing.mean == (0.1, 0.2, 0.3)
    built = model.build().state_dict()
    assert all(torch.equal(repository[key], built[key]) for key in repository)
    weights = next((tmp_path / "hub").rglob("model.safetensors"))
    assert model.weights_digest == sha256_of(weights)
    assert model.layers == ("act1", "layer1.0", "layer2.0", "layer3.0", "layer4.0")
    assert outline(find_model(SOURCE), Locations(tmp_path), Silent()).layers == model.layers


def test_weights_of_another_architecture_are_refused(tmp_path: Path, repository: dict[str, torch.Tensor]) -> None:
    weights = next((tmp_path / "hub").rglob("model.safetensors"))
    save_file({"other": torch.zeros(2)}, weights)
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    with pytest.raises(ModelLoadError, match=r"model.safetensors does not fit test_resnet"):
        model.build()
