"""Other libraries' names for one network: the weights put in under them give equal outputs."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import timm
import torch
from timm.layers import weight_init
from torch import nn
from torchvision import models

from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.checkpoints.anatomy import ENTAILED
from brainrank.models_zoo.checkpoints.namings import COUNTERPARTS, namings_of
from brainrank.models_zoo.load import resolve

# One of each family is filled and run; of the others (hundreds of megabytes) names and shapes are compared.
RUN = ("vit_base_patch32_224", "convnext_tiny", "swin_tiny_patch4_window7_224", "efficientnet_b0", "mobilenetv2_100")
SAME_NAMES = {"resnet18": "resnet18", "densenet121": "densenet121", "wide_resnet50_2": "wide_resnet50_2"}


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are built without their random weights, whose drawing takes longest: all are put in afterwards."""
    for name in ("kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "trunc_normal_", "normal_", "uniform_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)
    monkeypatch.setattr(weight_init, "_trunc_normal_", lambda tensor, *_: tensor)


def filled(network: nn.Module) -> nn.Module:
    """Every tensor of it drawn, so that none is at a value that hides where it went."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.is_floating_point():
                tensor.normal_(std=0.1 if tensor.ndim < 2 else 0.5 / tensor[0].numel() ** 0.5)
    return network.eval()


def outputs(network: nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = network(torch.linspace(-1, 1, 3 * 224 * 224).reshape(1, 3, 224, 224))
    return found


def loaded(folder: Path, state: Mapping[str, torch.Tensor], written: str) -> tuple[nn.Module, str]:
    torch.save(dict(state), folder / "net.pth")
    model = resolve(find_model(f"file:{folder / 'net.pth'}#{written}"), Locations(folder), Silent())
    return model.build().eval(), model.checkpoint


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("ours", RUN)
def test_torchvision_s_weights_in_timm_s_network_and_back(tmp_path: Path, ours: str) -> None:
    theirs = filled(models.get_model(COUNTERPARTS[ours], weights=None))
    network, told = loaded(tmp_path, theirs.state_dict(), f"timm:{ours}")
    assert told.endswith("; torchvision's names")
    torch.testing.assert_close(outputs(network), outputs(theirs), rtol=1e-4, atol=1e-5)
    again, told = loaded(tmp_path, network.state_dict(), f"torchvision:{COUNTERPARTS[ours]}")
    assert told.endswith("; timm's names")
    assert all(torch.equal(each, theirs.state_dict()[name]) for name, each in again.state_dict().items())


@pytest.mark.parametrize("ours", sorted(set(COUNTERPARTS) - set(RUN)))
def test_the_tensors_of_counterparts_have_one_order(ours: str) -> None:
    with torch.device("meta"):
        theirs, network = models.get_model(COUNTERPARTS[ours], weights=None), timm.create_model(ours)
    (naming,) = (each for each in namings_of(f"timm:{ours}.tag", network) if each.name == "torchvision's names")
    foreign, own = theirs.state_dict(), network.state_dict()
    assert len(naming.own) <= len(foreign)
    assert all(foreign[name].numel() == own[key].numel() for name, key in naming.own.items())
    shapes = [(tuple(foreign[name].shape), tuple(own[key].shape)) for name, key in naming.own.items()]
    # What differs is a channel's factor with or without its two places, and VGG's first linear maps as convolutions.
    assert all(a == b or a[:2] == b[:2] or a[: len(b)] == b or a[0] == b[0] for a, b in shapes)
    kept = [key for key in own if key.rpartition(".")[2] not in ENTAILED - {"num_batches_tracked"}]
    assert sorted(naming.own.values()) == sorted(kept)


def test_a_tag_without_classes_has_a_counterpart_too() -> None:
    with torch.device("meta"):
        network = timm.create_model("vit_base_patch16_224.mae")
    named = next(each.own for each in namings_of("timm:vit_base_patch16_224.mae", network) if each.reshapes)
    assert named["encoder.ln.bias"] == "norm.bias"
    assert sorted(named.values()) == sorted(network.state_dict())


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("ours", SAME_NAMES)
def test_networks_whose_names_are_the_same(tmp_path: Path, ours: str) -> None:
    theirs = filled(models.get_model(SAME_NAMES[ours], weights=None))
    network, told = loaded(tmp_path, theirs.state_dict(), f"timm:{ours}")
    assert "names" not in told
    torch.testing.assert_close(outputs(network), outputs(theirs), rtol=1e-4, atol=1e-5)


def test_densenets_as_torchvision_still_publishes_them(tmp_path: Path) -> None:
    with torch.device("meta"):
        network = timm.create_model("densenet121")
    named = {name: each for naming in namings_of("timm:densenet121", network) for name, each in naming.own.items()}
    assert named["features.denseblock1.denselayer1.norm.1.weight"] == "features.denseblock1.denselayer1.norm1.weight"
    assert named["features.denseblock4.denselayer2.conv.2.weight"] == "features.denseblock4.denselayer2.conv2.weight"


# Written down from the authors' repositories (facebookresearch/ConvNeXt, microsoft/Swin-Transformer) and mmpretrain.
AUTHORS = {
    "convnext_tiny": {
        "downsample_layers.0.0.weight": "stem.0.weight",
        "downsample_layers.0.1.bias": "stem.1.bias",
        "downsample_layers.2.1.weight": "stages.2.downsample.1.weight",
        "stages.2.8.dwconv.weight": "stages.2.blocks.8.conv_dw.weight",
        "stages.2.8.norm.weight": "stages.2.blocks.8.norm.weight",
        "stages.2.8.pwconv1.bias": "stages.2.blocks.8.mlp.fc1.bias",
        "stages.2.8.pwconv2.weight": "stages.2.blocks.8.mlp.fc2.weight",
        "stages.2.8.gamma": "stages.2.blocks.8.gamma",
        "norm.weight": "head.norm.weight",
        "head.bias": "head.fc.bias",
    },
    "swin_tiny_patch4_window7_224": {
        "patch_embed.proj.weight": "patch_embed.proj.weight",
        "layers.0.blocks.1.attn.relative_position_bias_table": "layers.0.blocks.1.attn.relative_position_bias_table",
        "layers.0.downsample.reduction.weight": "layers.1.downsample.reduction.weight",
        "layers.2.downsample.norm.bias": "layers.3.downsample.norm.bias",
        "norm.weight": "norm.weight",
        "head.weight": "head.fc.weight",
    },
    "vit_tiny_patch16_224": {
        "patch_embed.projection.weight": "patch_embed.proj.weight",
        "layers.3.ln1.weight": "blocks.3.norm1.weight",
        "layers.3.attn.qkv.bias": "blocks.3.attn.qkv.bias",
        "layers.3.ffn.layers.0.0.weight": "blocks.3.mlp.fc1.weight",
        "layers.3.ffn.layers.1.bias": "blocks.3.mlp.fc2.bias",
        "ln1.weight": "norm.weight",
        "cls_token": "cls_token",
    },
}


@pytest.mark.parametrize("ours", AUTHORS)
def test_the_names_of_a_network_s_authors(ours: str) -> None:
    with torch.device("meta"):
        network = timm.create_model(ours)
    named = next(each.own for each in namings_of(f"timm:{ours}", network) if AUTHORS[ours].items() <= each.own.items())
    assert sorted(named.values()) == sorted(network.state_dict())


def test_a_naming_is_one_to_one_and_whole() -> None:
    for name in ("test_vit", "test_convnext", "test_resnet", "test_efficientnet"):
        network = timm.create_model(name)
        first, *others = namings_of(f"timm:{name}", network)
        assert first.name == ""
        assert list(first.own) == list(first.own.values()) == list(network.state_dict())
        assert all(sorted(each.own.values()) == sorted(network.state_dict()) for each in others)
