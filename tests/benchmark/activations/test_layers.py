"""Names and globs of layers, and poolings, on arrays small enough to work out by hand."""

import pytest
import torch
from torch import nn

from brainrank.benchmark.activations.layers import wanted_layers
from brainrank.benchmark.activations.pooling import OutputLayout, layout_of, pooled
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import UnknownNameError

NAMES = ("", "stem", "blocks.0", "blocks.1", "blocks.10", "head")


def test_globs_and_poolings() -> None:
    found = wanted_layers(NAMES, ["head", "blocks.?:cls", "blocks.*", "head"], "mean")
    assert [(each.label, each.module, each.pooling) for each in found] == [
        ("head", "head", "mean"),
        ("blocks.0:cls", "blocks.0", "cls"),
        ("blocks.1:cls", "blocks.1", "cls"),
        ("blocks.0", "blocks.0", "mean"),
        ("blocks.1", "blocks.1", "mean"),
        ("blocks.10", "blocks.10", "mean"),
    ]


@pytest.mark.parametrize(
    ("pattern", "pooling", "message"),
    [
        ("block.*", "flatten", "Unknown layer 'block"),
        ("blocks.2", "flatten", "Unknown layer 'blocks.2': did you mean blocks"),
        ("heads:mean", "flatten", "Unknown layer 'heads': did you mean head"),
        ("head", "max", "Unknown pooling 'max'"),
    ],
)
def test_what_names_nothing_is_an_error(pattern: str, pooling: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        wanted_layers(NAMES, [pattern], pooling)


def rows(output: torch.Tensor, pooling: str, layout: OutputLayout, *, channels_behind: bool = False) -> torch.Tensor:
    return pooled(output, pooling, layout=layout, layer="layer", channels_behind=channels_behind)


def test_poolings_by_hand() -> None:
    maps = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).reshape(2, 3, 2, 2)
    assert rows(maps, "mean", OutputLayout()).tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
    behind = maps.permute(0, 2, 3, 1).contiguous()
    assert rows(behind, "mean", OutputLayout(channels_first=False)).tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
    assert rows(maps, "flatten", OutputLayout(), channels_behind=True)[0, :3].tolist() == [0, 4, 8]
    tokens = torch.tensor([[[9.0, 9.0], [1.0, 2.0], [3.0, 4.0]]])
    assert rows(tokens, "cls", OutputLayout(prefix_tokens=1, class_tokens=1)).tolist() == [[9, 9]]
    assert rows(tokens, "mean", OutputLayout(prefix_tokens=1, patches=2)).tolist() == [[2, 3]]
    assert rows(tokens[:, 1:], "mean", OutputLayout(prefix_tokens=1, patches=2)).tolist() == [[2, 3]]
    assert rows(tokens, "flatten", OutputLayout()).shape == (1, 6)


def test_poolings_that_do_not_apply_say_so() -> None:
    with pytest.raises(ActivationsError, match="cls needs"):
        rows(torch.zeros(2, 3, 4, 4), "cls", OutputLayout(1, 1))
    with pytest.raises(ActivationsError, match="no class token under any usual name"):
        rows(torch.zeros(2, 3, 4), "cls", OutputLayout())
    with pytest.raises(ActivationsError, match="no class token under any usual name"):
        rows(torch.zeros(2, 3, 4), "cls", OutputLayout(prefix_tokens=4))
    with pytest.raises(ActivationsError, match="its 4 tokens are patches"):
        rows(torch.zeros(2, 4, 4), "cls", OutputLayout(1, 1, 4))
    with pytest.raises(ActivationsError, match="not a row for each image"):
        rows(torch.zeros(2), "flatten", OutputLayout())


def test_the_layout_is_read_from_the_network() -> None:
    import timm

    with torch.device("meta"):
        assert layout_of(timm.create_model("test_vit")).prefix_tokens == 1
        assert layout_of(timm.create_model("swin_tiny_patch4_window7_224")).channels_first is False
        assert layout_of(timm.create_model("test_resnet")) == OutputLayout()
    clip = nn.Module()
    clip.class_embedding = nn.Parameter(torch.zeros(3))
    assert layout_of(clip).prefix_tokens == 1


class Joined(nn.Module):
    """A network that joins tokens under given names to a grid of patches."""

    def __init__(self, **tokens: int) -> None:
        super().__init__()
        for name, count in tokens.items():
            setattr(self, name, nn.Parameter(torch.full((1, count, 2), 100.0)))
        self.names, self.block = tuple(tokens), nn.Identity()

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        prefix = [getattr(self, name).expand(len(patches), -1, -1) for name in self.names]
        return torch.as_tensor(self.block(torch.cat([*prefix, patches], dim=1)))


@pytest.mark.parametrize(
    ("tokens", "classes"),
    [
        ({}, 0), ({"cls_token": 1}, 1), ({"class_token": 1}, 1), ({"class_embedding": 1}, 1),
        ({"cls_token": 1, "register_tokens": 4}, 1), ({"cls_token": 1, "reg_token": 4}, 1),
        ({"cls_token": 1, "distillation_token": 1}, 1), ({"register_tokens": 4}, 0),
        ({"cls_token": 1, "storage_tokens": 4}, 1),
    ],
)  # fmt: skip
def test_mean_is_over_patches_whatever_tokens_are_called(tokens: dict[str, int], classes: int) -> None:
    network, patches = Joined(**tokens), torch.rand(3, 49, 2)
    layout = layout_of(network)
    assert (layout.prefix_tokens, layout.class_tokens) == (sum(tokens.values()), classes)
    torch.testing.assert_close(rows(network(patches), "mean", layout), patches.mean(dim=1))
    torch.testing.assert_close(rows(patches, "mean", layout), patches.mean(dim=1))  # before they are joined


@pytest.mark.parametrize(
    ("name", "prefix", "classes"),
    [
        ("test_vit", 1, 1),
        ("deit_tiny_distilled_patch16_224", 2, 2),
        ("vit_small_patch14_reg4_dinov2", 5, 1),
        ("vit_medium_patch16_reg4_gap_256", 4, 0),
        ("vit_base_patch16_siglip_224", 0, 0),
    ],
)
def test_timms_networks_state_their_tokens(name: str, prefix: int, classes: int) -> None:
    import timm

    with torch.device("meta"):
        layout = layout_of(timm.create_model(name))
    assert (layout.prefix_tokens, layout.class_tokens) == (prefix, classes)


def test_torchvision_and_open_clip_keep_a_class_token() -> None:
    import open_clip
    from torchvision.models import vit_b_16

    with torch.device("meta"):
        assert layout_of(vit_b_16())[:2] == (1, 1)
        assert layout_of(open_clip.model.CLIP(8, {"layers": 1, "width": 64}, {"layers": 1}).visual)[:2] == (1, 1)
