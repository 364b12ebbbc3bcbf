"""From a module's output to one row of features per stimulus."""

import math
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.joined_tokens import CLASS_TOKENS, OTHER_TOKENS


class OutputLayout(NamedTuple):
    """How a network lays out its outputs: tokens that are no patches, how many patches, and where channels stand.

    Of the `prefix_tokens`, which come first, the first `class_tokens` sum up the image.
    """

    prefix_tokens: int = 0
    class_tokens: int = 0
    patches: int | None = None
    channels_first: bool = True

    def prefix_of(self, n_tokens: int) -> int:
        """How many of that many tokens are no patches: none before they are joined.

        Where a network does not say how many patches it has, or images are larger or smaller than those it was made
        for, they are taken to be a square if that settles it.
        """
        if n_tokens <= self.prefix_tokens:
            return 0
        if self.patches is not None and n_tokens in (self.patches, self.patches + self.prefix_tokens):
            return n_tokens - self.patches
        only_patches = _is_square(n_tokens) and not _is_square(n_tokens - self.prefix_tokens)
        return 0 if only_patches else self.prefix_tokens


def layout_of(network: nn.Module) -> OutputLayout:
    """Read the layout from what timm's networks state, else from the tokens a network has under a usual name."""
    stated, patches = None, None
    for module in network.modules():
        prefix, registers = getattr(module, "num_prefix_tokens", None), getattr(module, "num_reg_tokens", 0)
        if isinstance(prefix, int):
            stated = (prefix, prefix - (registers if isinstance(registers, int) else 0))
        counted = getattr(module, "num_patches", None)
        patches = counted if isinstance(counted, int) else patches
    classes, others = (_count(network, names) for names in (CLASS_TOKENS, OTHER_TOKENS))
    prefix_tokens, class_tokens = (classes + others, classes) if stated is None else stated
    channels_first = str(getattr(network, "output_fmt", "NCHW")).upper().endswith("NCHW")
    return OutputLayout(prefix_tokens, class_tokens, patches, channels_first)


def pooled(
    output: torch.Tensor, pooling: str, *, layout: OutputLayout, layer: str, channels_behind: bool
) -> torch.Tensor:
    """Return (batch, features). flatten: everything; mean: over space or patch tokens; cls: the class token.

    mean leaves out the class and register tokens that the network has; outputs of one value per channel stay as they
    are. `channels_behind` flattens (batch, channels, height, width) with the channels as the fastest axis: no copy
    where they lie so in memory. Raises ActivationsError for cls of an output that is not (batch, tokens, channels) or
    holds no class token.
    """
    if output.ndim < 2:
        raise ActivationsError(
            f"Layer '{layer}' puts out {tuple(output.shape)}, not a row for each image; choose an earlier layer"
        )
    if pooling == "cls":
        return _class_token(output, layout, layer)
    if pooling == "mean" and output.ndim in {3, 4}:
        return _mean(output, layout)
    if output.ndim == 4 and channels_behind:
        output = output.permute(0, 2, 3, 1)
    return output.flatten(1)


def _class_token(output: torch.Tensor, layout: OutputLayout, layer: str) -> torch.Tensor:
    if output.ndim != 3:
        raise ActivationsError(
            f"Layer '{layer}' puts out {tuple(output.shape)}; cls needs (batch, tokens, channels): pool it by mean"
        )
    if layout.class_tokens == 0:
        raise ActivationsError(
            f"Layer '{layer}' is to be pooled by cls, but the network has no class token under any usual name "
            f"({', '.join(CLASS_TOKENS[:4])}): its first token would be a patch. Pool it by mean"
        )
    if layout.prefix_of(output.shape[1]) == 0:
        raise ActivationsError(
            f"Layer '{layer}' is to be pooled by cls, but its {output.shape[1]} tokens are patches, to which no class "
            "token is joined yet; choose a later layer, or pool it by mean"
        )
    return output[:, 0]


def _mean(output: torch.Tensor, layout: OutputLayout) -> torch.Tensor:
    if output.ndim == 4:
        return output.mean(dim=(2, 3) if layout.channels_first else (1, 2))
    return output[:, layout.prefix_of(output.shape[1]) :].mean(dim=1)


def _count(network: nn.Module, names: tuple[str, ...]) -> int:
    """How many tokens are kept under these names, by the first module that has any: a token is a row of numbers."""
    for module in network.modules():
        own = {**module._parameters, **module._buffers}
        found = [own[name] for name in names if own.get(name) is not None]
        if found:
            return sum(each.numel() // each.shape[-1] for each in found if each is not None and each.ndim)
    return 0


def _is_square(number: int) -> bool:
    return number > 0 and math.isqrt(number) ** 2 == number
