"""Blocks and outputs of networks small enough to say what they are."""

import pytest
import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.network_layers import block_outputs, layer_outputs


class Twice(nn.Module):
    """One convolution that runs twice, one that never runs, one that gives a pair."""

    def __init__(self) -> None:
        super().__init__()
        self.again = nn.Conv2d(3, 3, 1)
        self.unused = nn.Linear(2, 2)
        self.pair = Pair()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first, second = self.pair(self.again(self.again(images)))
        return first + second


class Pair(nn.Module):
    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return images, images


def block(channels: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU())


def test_calls_are_numbered_and_what_cannot_be_a_layer_says_why() -> None:
    outputs = {each.name: each for each in layer_outputs(Twice(), (8, 8))}
    assert list(outputs) == ["again#1", "again#2", "pair:0", "pair:1", "unused"]
    assert outputs["again#2"].shape == outputs["pair:1"].shape == (3, 8, 8)
    assert (outputs["unused"].reason, outputs["unused"].n_features) == ("never runs", None)


class Odd(nn.Module):
    """Tokens before the batch, a sum over images, indices, words, and one row for all."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.total, self.top = nn.Identity(), nn.Identity(), nn.MaxPool2d(2, return_indices=True)
        self.flat = nn.Identity()

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        self.tokens(images.flatten(2).permute(2, 0, 1))
        self.total(images.sum(dim=0, keepdim=True).flatten(1))
        self.top(images)
        return {"out": self.flat(images.mean(dim=(1, 2, 3)))}


def test_shapes_are_of_one_image_along_whatever_axis_images_lie() -> None:
    outputs = {each.name: each for each in layer_outputs(Odd(), (8, 8))}
    assert (outputs["tokens"].shape, outputs["top:0"].shape) == ((64, 3), (3, 4, 4))
    assert not outputs["top:1"].has_fractions
    assert outputs["total"].reason == "puts out (1, 192), not a row for each image"
    assert outputs["flat"].reason == "puts out (1,), not a row for each image"
    assert block_outputs(Odd(), (8, 8)) == ("tokens", "top:0")


def test_a_network_without_blocks_has_every_output_as_a_layer() -> None:
    class Shared(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.conv1, self.relu, self.conv2 = nn.Conv2d(channels, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3)

        def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"out": self.relu(self.conv2(self.relu(self.conv1(images))))}

    assert block_outputs(Shared(3), (8, 8)) == ("conv1", "relu#1", "conv2", "relu#2")
    assert block_outputs(Shared(1), (8, 8), channels=1) == ("conv1", "relu#1", "conv2", "relu#2")


def test_a_block_that_runs_again_is_a_layer_each_time() -> None:
    """Its weights are shared by its runs; beside blocks that run once it is not left out."""

    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.again, self.last = (nn.Sequential(block(3), block(3)) for _ in range(3))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            state = self.first(images)
            for _ in range(3):
                state = self.again[0](state)
            return self.last(self.again[1](state)).mean(dim=(2, 3))

    runs = ("again.0#1", "again.0#2", "again.0#3", "again.1")
    assert block_outputs(Recurrent(), (8, 8)) == ("first.0", "first.1", *runs, "last.0", "last.1")


def test_blocks_that_put_out_tuples_are_layers_by_key() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, maps: torch.Tensor) -> tuple[torch.Tensor, None]:
            return self.conv(maps), None

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([Block(), Block()])

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            for layer in self.layers:
                images, _ = layer(images)
            return images

    assert block_outputs(Net(), (8, 8)) == ("layers.0:0", "layers.1:0")


def test_shapes_come_in_the_order_of_the_forward_pass_and_nothing_stays_hooked() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Flatten(), nn.Linear(4 * 3 * 3, 5)).train()
    outputs = layer_outputs(network, (8, 8))
    assert [(each.name, each.shape, each.n_features) for each in outputs] == [
        ("0", (4, 3, 3), 36),
        ("1", (36,), 36),
        ("2", (5,), 5),
    ]
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())


def test_a_stage_gives_its_blocks_and_a_plain_sequence_its_activations() -> None:
    network = nn.Sequential()
    network.add_module("stem", block(3))
    network.add_module("stage", nn.Sequential(nn.Sequential(block(3)), nn.Sequential(block(3))))
    network.add_module("head", nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2)))
    assert block_outputs(network, (8, 8)) == ("stem.1", "stage.0.0", "stage.1.0")


def test_a_network_that_puts_out_nothing_is_an_error() -> None:
    class Bare(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images

    with pytest.raises(ModelLoadError, match="None of the modules of Bare puts out a tensor with a row for each image"):
        block_outputs(Bare(), (8, 8))
    with pytest.raises(ModelLoadError, match="torch.nn.Sequential"):
        block_outputs(nn.Conv2d(3, 2, 3), (8, 8))
