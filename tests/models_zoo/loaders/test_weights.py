"""Weights files that are damaged, disguised or another network's."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.loaders.weights import fit, read_state_dict


def test_a_pickle_where_safetensors_is_due_says_how_to_write_it(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(ModelLoadError, match=r"is a pickle .*safetensors.torch.save_file"):
        read_state_dict(path)
    torch.save({"weight": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(ModelLoadError, match="is a pickle"):
        read_state_dict(path)


@pytest.mark.parametrize("keep", [0, 5, 40])
def test_a_cut_safetensors_file_is_said_to_be_damaged(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"weight": torch.zeros(20)}, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelLoadError, match="damaged or no safetensors"):
        read_state_dict(path)


def test_a_training_checkpoint_gives_its_state_dict(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": {"weight": torch.ones(2)}, "epoch": 3}, path)
    assert torch.equal(read_state_dict(path)["weight"], torch.ones(2))


@pytest.mark.parametrize("content", [[1, 2], {"weight": "text"}])
def test_anything_but_named_tensors_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    with pytest.raises(ModelLoadError, match="no plain state dict"):
        read_state_dict(path)


def test_tensors_of_a_safetensors_file_are_never_matched_by_order(tmp_path: Path) -> None:
    network = nn.Linear(2, 2)
    renamed = {f"other.{key}": tensor for key, tensor in network.state_dict().items()}
    assert fit(network, "net", renamed, tmp_path / "weights.pth") is network
    with pytest.raises(ModelLoadError, match=r"missing bias, weight; surplus other.bias, other.weight"):
        fit(network, "net", renamed, tmp_path / "weights.safetensors")


def test_integers_are_no_weights(tmp_path: Path) -> None:
    network, path = nn.Linear(2, 2), tmp_path / "quantised.safetensors"
    state = {"weight": torch.ones(2, 2, dtype=torch.int8), "bias": torch.zeros(2)}
    with pytest.raises(ModelLoadError, match=r"'weight' is torch.int8, .* quantised weights .* without their scales"):
        fit(network, "linear", state, path)
    counted = nn.BatchNorm1d(2)  # whose count of batches is an integer, and needs no fraction
    fit(counted, "norm", counted.state_dict(), path)
