"""The names that other libraries give the tensors of the same network.

Each naming is complete and one to one. That the networks are the same is shown by equal outputs
(tests/models_zoo/checkpoints/test_namings.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn


class Naming(NamedTuple):
    """`own`: from the names in a file to the network's. `reshapes`: a tensor may have its numbers in another shape.

    `name` says whose the names are; it is empty for the network's own.
    """

    name: str
    own: Mapping[str, str]
    reshapes: bool = False


# timm's networks that torchvision has too, with the same layers in the same order.
COUNTERPARTS: Mapping[str, str] = {
    "vit_base_patch16_224": "vit_b_16",
    "vit_base_patch32_224": "vit_b_32",
    "vit_large_patch16_224": "vit_l_16",
    "vit_large_patch32_224": "vit_l_32",
    "convnext_tiny": "convnext_tiny",
    "convnext_small": "convnext_small",
    "convnext_base": "convnext_base",
    "convnext_large": "convnext_large",
    "swin_tiny_patch4_window7_224": "swin_t",
    "swin_small_patch4_window7_224": "swin_s",
    "swin_base_patch4_window7_224": "swin_b",
    "efficientnet_b0": "efficientnet_b0",
    "efficientnet_b1": "efficientnet_b1",
    "efficientnet_b2": "efficientnet_b2",
    "efficientnet_b3": "efficientnet_b3",
    "efficientnet_b4": "efficientnet_b4",
    "mobilenetv2_100": "mobilenet_v2",
    "vgg11": "vgg11",
    "vgg13": "vgg13",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
}
TABLES_OF_PLACES = ("relative_position_index", "relative_coords_table")
Rules = Sequence[tuple[str, str | Callable[[re.Match[str]], str]]]
# From timm's names to those of the network's authors and of other libraries: patterns and what takes their place.
CONVNEXT_AUTHORS: Rules = (
    (r"^stem\.(\d)", r"downsample_layers.0.\1"),
    (r"^stages\.(\d)\.downsample\.", r"downsample_layers.\1."),
    (r"^stages\.(\d)\.blocks\.", r"stages.\1."),
    (r"\.conv_dw\.", ".dwconv."),
    (r"\.mlp\.fc1\.", ".pwconv1."),
    (r"\.mlp\.fc2\.", ".pwconv2."),
    (r"^head\.norm\.", "norm."),
    (r"^head\.fc\.", "head."),
)
SWIN_AUTHORS: Rules = (
    (r"^layers\.(\d)\.downsample\.", lambda found: f"layers.{int(found[1]) - 1}.downsample."),
    (r"^head\.fc\.", "head."),
)
VIT_MMPRETRAIN: Rules = (
    (r"^patch_embed\.proj\.", "patch_embed.projection."),
    (r"^norm\.", "ln1."),
    (r"^blocks\.(\d+)\.norm", r"layers.\1.ln"),
    (r"^blocks\.", "layers."),
    (r"\.mlp\.fc1\.", ".ffn.layers.0.0."),
    (r"\.mlp\.fc2\.", ".ffn.layers.1."),
)
# github.com/dicarlolab/CORnet, cornet/cornet_s.py: V1's parts have names, the normalisations of an area count from 0.
CORNET_AUTHORS: Rules = (
    (r"^V1\.0\.", "V1.conv1."),
    (r"^V1\.1\.", "V1.norm1."),
    (r"^V1\.4\.", "V1.conv2."),
    (r"^V1\.5\.", "V1.norm2."),
    (r"\.norm(\d)_(\d+)\.", lambda found: f".norm{found[1]}_{int(found[2]) - 1}."),
    (r"^decoder\.", "decoder.linear."),
)
DENSENET_OLD: Rules = ((r"(denselayer\d+)\.(norm|conv)(\d)\.", r"\1.\2.\3."),)  # as torchvision still publishes them
RULES: Mapping[str, tuple[str, Rules]] = {
    "timm.models.densenet.DenseNet": ("torchvision's old names", DENSENET_OLD),
    "torchvision.models.densenet.DenseNet": ("torchvision's old names", DENSENET_OLD),
    "brainrank.models_zoo.loaders.recurrent.CorticalNetwork": ("its authors' names", CORNET_AUTHORS),
    "timm.models.convnext.ConvNeXt": ("its authors' names", CONVNEXT_AUTHORS),
    "timm.models.swin_transformer.SwinTransformer": ("its authors' names", SWIN_AUTHORS),
    "timm.models.vision_transformer.VisionTransformer": ("mmpretrain's names", VIT_MMPRETRAIN),
}


def namings_of(name: str, network: nn.Module) -> tuple[Naming, ...]:
    """The namings of a network, its own first; `name` is as `timm:resnet18.a1_in1k` or `torchvision:vit_b_16`."""
    tensors = tuple(network.state_dict())
    found = [Naming("", {key: key for key in tensors}), _by_number(network, tensors), _by_rules(network, tensors)]
    found.append(_of_counterpart(name, network))
    return tuple(each for each in found if each is not None)


def _by_number(network: nn.Module, tensors: Sequence[str]) -> Naming | None:
    """Children by their numbers: nn.Sequential(*network.children()), as lightly and many tutorials cut off a head."""
    numbers = {child: str(number) for number, (child, _) in enumerate(network.named_children())}
    pairs = ((*key.partition("."), key) for key in tensors)
    named = {f"{numbers.get(first, first)}{dot}{rest}": key for first, dot, rest, key in pairs}
    return _naming("children by their numbers", named, tensors)


def _by_rules(network: nn.Module, tensors: Sequence[str]) -> Naming | None:
    kind = f"{type(network).__module__}.{type(network).__name__}"
    if kind not in RULES:
        return None
    name, rules = RULES[kind]
    return _naming(name, {_renamed(key, rules): key for key in tensors}, tensors)


def _renamed(key: str, rules: Rules) -> str:
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def _of_counterpart(name: str, network: nn.Module) -> Naming | None:
    """Torchvision's names for timm's network, and the other way round: both have the same tensors in one order."""
    source, _, model = name.partition(":")
    if source == "timm" and model.partition(".")[0] in COUNTERPARTS:
        theirs = _torchvision(COUNTERPARTS[model.partition(".")[0]])
        return _naming("torchvision's names", _paired(theirs, tuple(network.state_dict())), (), reshapes=True)
    ours = next((timm for timm, torchvision in COUNTERPARTS.items() if torchvision == model), None)
    if source != "torchvision" or ours is None:
        return None
    import timm

    with torch.device("meta"):
        named = tuple(timm.create_model(ours, pretrained=False).state_dict())
    return _naming("timm's names", {b: a for a, b in _paired(_in_order(network), named).items()}, (), reshapes=True)


def _torchvision(name: str) -> tuple[str, ...]:
    from torchvision import models

    with torch.device("meta"):
        return _in_order(models.get_model(name, weights=None))


def _in_order(network: nn.Module) -> tuple[str, ...]:
    """The tensors of torchvision's network in timm's order: positions before patches, a norm before its reduction."""
    names = list(network.state_dict())
    if "encoder.pos_embedding" in names:
        names.remove("encoder.pos_embedding")
        names.insert(names.index("class_token") + 1, "encoder.pos_embedding")
    for reduction in [name for name in names if name.endswith(".reduction.weight")]:
        place = names.index(reduction)
        names[place : place + 3] = [*names[place + 1 : place + 3], reduction]
    return tuple(names)


def _paired(torchvision: Sequence[str], timm: Sequence[str]) -> Mapping[str, str]:
    """From torchvision's names to timm's, by order; timm's end sooner where a tag's weights have no classes."""
    kept = [[each for each in names if not each.endswith(TABLES_OF_PLACES)] for names in (torchvision, timm)]
    return dict(zip(*kept, strict=False))


def _naming(name: str, named: Mapping[str, str], tensors: Sequence[str], *, reshapes: bool = False) -> Naming | None:
    """None where the names are the network's own."""
    return None if list(named) == list(tensors) else Naming(name, named, reshapes)
