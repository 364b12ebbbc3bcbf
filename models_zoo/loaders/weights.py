"""Weights files: read without running code, and fitted to a network tensor by tensor."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError, first_line

SAFETENSORS = ".safetensors"
# A zip archive (torch.save since 1.6) or a bare pickle.
PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read weights without running code: safetensors, or a torch file in which nothing but tensors is allowed.

    Raises ModelLoadError for a pickle under the name of safetensors, for a damaged file, and for a torch file that
    holds more than a state dict.
    """
    return _read_safetensors(path) if path.suffix == SAFETENSORS else _read_torch(path)


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(PICKLE_STARTS):
        raise ModelLoadError(
            f"{path.name} is a pickle (torch.save), where safetensors is due; a pickle may run code. "
            "Write it anew with safetensors.torch.save_file(state_dict, path)"
        )
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ModelLoadError(f"{path.name} is damaged or no safetensors file ({error}); fetch it again") from error


def _read_torch(path: Path) -> dict[str, torch.Tensor]:
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ModelLoadError(f"{path.name} is no plain state dict ({first_line(error)}); save one") from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not all(isinstance(each, torch.Tensor) for each in content.values()):
        raise ModelLoadError(f"{path.name} is no plain state dict (it holds more than named tensors); save one")
    return dict(content)


def fit(network: nn.Module, name: str, given: Mapping[str, torch.Tensor], path: Path) -> nn.Module:
    """Load a state dict by the names of its tensors, or by their order where a conversion named all of them otherwise.

    Every tensor must be used and every one needed must be there; safetensors files keep no order, so names must match.
    Raises ModelLoadError, naming the tensors; integers are no weights.
    """
    own = network.state_dict()
    if given.keys() == own.keys():
        matched = dict(given)
    elif path.suffix == SAFETENSORS or len(own) != len(given):
        missing, surplus = sorted(own.keys() - given.keys()), sorted(given.keys() - own.keys())
        raise ModelLoadError(
            f"{path.name} does not fit {name}: it holds {len(given)} tensors, {len(own)} are needed; missing "
            f"{', '.join(missing[:3]) or 'none'}; surplus {', '.join(surplus[:3]) or 'none'}; is it another model's?"
        )
    else:
        matched = dict(zip(own, given.values(), strict=True))
    for key, tensor in own.items():
        if tensor.is_floating_point() and not matched[key].is_floating_point():
            raise ModelLoadError(
                f"{path.name} does not fit {name}: '{key}' is {matched[key].dtype}, where numbers with a fraction are "
                "needed; quantised weights are integers that mean nothing without their scales. Give the weights as "
                "they were before, or export the quantised network as onnx:FILE"
            )
        if tensor.shape != matched[key].shape:
            raise ModelLoadError(
                f"{path.name} does not fit {name}: '{key}' is {tuple(matched[key].shape)}, but {tuple(tensor.shape)} "
                "is needed; use the weights of this architecture"
            )
    network.load_state_dict(matched, strict=True)
    return network
