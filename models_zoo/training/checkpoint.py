"""Checkpoints: everything a run needs to go on, in one safetensors file that appears whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError

MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class Progress(NamedTuple):
    """How far a run is: finished steps, the seconds they took, and the loss of each."""

    step: int
    seconds: float
    losses: tuple[float, ...]


def everything_in(module: nn.Module) -> dict[str, torch.Tensor]:
    """All parameters and buffers by name; a state dict leaves out some, such as a queue of negatives."""
    return dict(module.named_parameters()) | dict(module.named_buffers())


def save_checkpoint(
    path: Path, module: nn.Module, optimiser: torch.optim.Optimizer, *, run: Mapping[str, Any], progress: Progress
) -> None:
    """Write weights, buffers, the optimiser's moments and the progress of the run that `run` describes.

    There is no generator to save: the chance of every step follows from the seed and the step's number.
    """
    tensors = {f"module.{name}": tensor for name, tensor in everything_in(module).items()}
    for name, parameter in module.named_parameters():
        for moment in MOMENTS:
            if moment in optimiser.state[parameter]:
                tensors[f"{moment}.{name}"] = optimiser.state[parameter][moment]
    write_tensors(path, tensors, {"run": json.dumps(run, sort_keys=True), "progress": json.dumps(progress._asdict())})


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file whole."""
    plain = {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    with written_whole(path) as file:
        file.write(save(plain, dict(metadata)))


def load_checkpoint(
    path: Path, module: nn.Module, optimiser: torch.optim.Optimizer, *, run: Mapping[str, Any]
) -> Progress:
    """Put a checkpoint's state into the module and the optimiser, and return how far the run was.

    Raises InvalidDataError when the file is damaged, or of a run with another recipe, seed or other images.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except SafetensorError as error:
        raise InvalidDataError(f"{path} is damaged ({error}); delete it to start anew") from error
    written, wanted = json.loads(metadata["run"]), json.loads(json.dumps(run))
    differing = [
        f"{key} {written.get(key)} there, {value} here" for key, value in wanted.items() if value != written.get(key)
    ]
    if differing:
        raise InvalidDataError(
            f"{path} is of another run ({'; '.join(differing)}); call it as before, choose another folder, or delete it"
        )
    with torch.no_grad():
        for name, tensor in everything_in(module).items():
            tensor.copy_(tensors[f"module.{name}"])
    for name, parameter in module.named_parameters():
        for moment in MOMENTS:
            if f"{moment}.{name}" in tensors:
                optimiser.state[parameter][moment] = _laid_out_as(parameter, tensors[f"{moment}.{name}"])
    found = json.loads(metadata["progress"])
    return Progress(found["step"], found["seconds"], tuple(found["losses"]))


def _laid_out_as(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """The tensor with the strides of the parameter: a fused optimiser walks over both in the order of memory."""
    return torch.empty_like(parameter).copy_(tensor) if tensor.ndim else tensor
