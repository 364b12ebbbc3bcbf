"""One forward pass over a stimulus set: the features of every wanted layer, as Gram matrices."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.preprocessing import image_transform, read_image
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet

BATCH_SIZE = 16
PRECISION = "float32"


def choose_device(requested: str) -> torch.device:
    """Turn `auto`, `cpu` or `cuda` into a device. Asking for cuda without one is an error, not a quiet fallback."""
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if requested not in {"cpu", "cuda"}:
        raise UnknownNameError("device", requested, ("auto", "cpu", "cuda"))
    if requested == "cuda" and not torch.cuda.is_available():
        raise UserError("Device 'cuda' asked for, but torch finds no GPU here; use --device cpu or --device auto")
    return torch.device(requested)


def extract(
    network: nn.Module,
    stimuli: StimulusSet,
    *,
    layers: Sequence[str],
    preprocessing: Preprocessing,
    pooling: str,
    device: torch.device,
    reporter: Reporter,
) -> Iterator[LayerGram]:
    """Yield each layer's Gram matrix over the stimuli, in the order of `layers`.

    Raises UnknownNameError for a layer the network has not, ModelLoadError for one whose output is no tensor or that
    the forward pass never reaches.
    """
    modules = dict(network.named_modules())
    for layer in layers:
        if layer not in modules:
            raise UnknownNameError("layer", layer, (name for name in modules if name))
    transform = image_transform(preprocessing)
    network.eval().to(device)
    collected: dict[str, list[NDArray[np.float32]]] = {layer: [] for layer in layers}
    with _hooks({layer: modules[layer] for layer in layers}, collected, pooling), torch.inference_mode():
        for start in range(0, len(stimuli), BATCH_SIZE):
            batch = stimuli.stimuli[start : start + BATCH_SIZE]
            network(torch.stack([transform(read_image(stimulus.path)) for stimulus in batch]).to(device))
            reporter.progress("extracting", start + len(batch), len(stimuli))
    for layer in layers:
        batches = collected.pop(layer)
        rows = sum(len(batch) for batch in batches)
        if rows != len(stimuli):
            raise ModelLoadError(
                f"Layer '{layer}' gave {rows} rows for {len(stimuli)} stimuli; it must run once in every forward pass"
            )
        yield layer_gram(layer, np.concatenate(batches))


@contextmanager
def _hooks(
    modules: dict[str, nn.Module], collected: dict[str, list[NDArray[np.float32]]], pooling: str
) -> Iterator[None]:
    """Collect what the modules put out while the context lasts."""

    def collect(_module: nn.Module, _inputs: object, output: object, *, layer: str) -> None:
        if not isinstance(output, torch.Tensor):
            raise ModelLoadError(
                f"Layer '{layer}' puts out {type(output).__name__}, not a tensor; choose a layer inside it"
            )
        collected[layer].append(POOLINGS[pooling](output).float().cpu().numpy())

    handles = [m.register_forward_hook(partial(collect, layer=layer)) for layer, m in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _mean_over_positions(output: torch.Tensor) -> torch.Tensor:
    """Mean over space (batch, channels, height, width) or tokens (batch, tokens, channels)."""
    means = {4: (2, 3), 3: (1,)}
    return output.mean(dim=means[output.ndim]) if output.ndim in means else output.flatten(1)


POOLINGS = {"flatten": lambda output: output.flatten(1), "mean": _mean_over_positions}
