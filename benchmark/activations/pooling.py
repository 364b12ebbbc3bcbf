"""From a module's output to one row of features per stimulus."""

from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.activations import ActivationsError


class OutputLayout(NamedTuple):
    """How a network lays out its outputs: tokens that are no patches, how many patches, and where channels stand."""

    prefix_tokens: int = 0
    patches: int | None = None
    channels_first: bool = True


def layout_of(network: nn.Module) -> OutputLayout:
    """Read the layout from the attributes by which timm and CLIP's vision towers state it."""
    prefix, patches = 0, None
    for module in network.modules():
        stated = getattr(module, "num_prefix_tokens", None)
        if isinstance(stated, int):
            prefix = stated
        elif isinstance(getattr(module, "class_embedding", None), torch.Tensor):
            prefix = prefix or 1
        counted = getattr(module, "num_patches", None)
        patches = counted if isinstance(counted, int) else patches
    return OutputLayout(prefix, patches, str(getattr(network, "output_fmt", "NCHW")).upper().endswith("NCHW"))


def pooled(
    output: torch.Tensor, pooling: str, *, layout: OutputLayout, layer: str, channels_behind: bool
) -> torch.Tensor:
    """Return (batch, features). flatten: everything; mean: over space or patch tokens; cls: the first token.

    mean leaves out the prefix tokens where the network says it has them; outputs of one value per channel stay as they
    are. `channels_behind` flattens (batch, channels, height, width) with the channels as the fastest axis: no copy
    where they lie so in memory. Raises ActivationsError for cls of an output that is not (batch, tokens, channels).
    """
    if output.ndim < 2:
        raise ActivationsError(
            f"Layer '{layer}' puts out {tuple(output.shape)}, not a row for each image; choose an earlier layer"
        )
    if pooling == "cls":
        if output.ndim != 3:
            raise ActivationsError(
                f"Layer '{layer}' puts out {tuple(output.shape)}; cls needs (batch, tokens, channels): pool it by mean"
            )
        return output[:, 0]
    if pooling == "mean" and output.ndim in {3, 4}:
        return _mean(output, layout)
    if output.ndim == 4 and channels_behind:
        output = output.permute(0, 2, 3, 1)
    return output.flatten(1)


def _mean(output: torch.Tensor, layout: OutputLayout) -> torch.Tensor:
    if output.ndim == 4:
        return output.mean(dim=(2, 3) if layout.channels_first else (1, 2))
    # Before the class token is joined to the patches, there is nothing to leave out.
    only_patches = output.shape[1] == layout.patches
    return output[:, 0 if only_patches else layout.prefix_tokens :].mean(dim=1)
