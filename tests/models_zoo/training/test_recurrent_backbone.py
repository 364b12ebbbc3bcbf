"""The network with recurrence: run once it is the backbone, run again each block sees its own last state."""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.controlled import RECURRENT_LAYERS
from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.recurrent_backbone import LAYERS, STEPS, RecurrentBackbone


def drawn(network: nn.Module) -> nn.Module:
    """With normalisations that are no identity."""
    generator = torch.Generator().manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low in ((module.weight, 0.5), (module.bias, -0.5), (module.running_mean, -0.5)):
                tensor.data.uniform_(low, low + 1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return network.eval()


def made(kind: type[Backbone]) -> Backbone:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind()


def images() -> torch.Tensor:
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_run_once_it_is_the_backbone() -> None:
    plain = drawn(made(Backbone))
    again = made(Backbone)
    again.load_state_dict(plain.state_dict())
    once = RecurrentBackbone(steps=1)
    renamed = {
        key.replace("norm1.", "norms1.0.").replace("norm2.", "norms2.0.").replace("shortcut.0.", "narrow.")
        .replace("shortcut.1.", "norms_shortcut.0."): tensor
        for key, tensor in plain.state_dict().items()
    }  # fmt: skip
    once.load_state_dict(renamed)
    with torch.inference_mode():
        assert torch.equal(once.eval()(images()), plain(images()))


def test_it_begins_with_the_weights_of_the_backbone_and_has_few_more() -> None:
    plain, recurrent = made(Backbone), made(RecurrentBackbone)
    for name, tensor in plain.named_parameters():
        if tensor.ndim > 1:
            name = name.replace("shortcut.0.", "narrow.")
            assert torch.equal(recurrent.get_parameter(name), tensor), name
    counts = [sum(each.numel() for each in network.parameters()) for network in (plain, recurrent)]
    assert 0 < counts[1] - counts[0] < 0.02 * counts[0]


def test_each_run_adds_what_the_block_was_before() -> None:
    """Every block's states by hand, from what the stem gives."""
    network = drawn(made(RecurrentBackbone))
    seen = dict[str, list[torch.Tensor]]()
    for place, block in enumerate(network.blocks):
        block.register_forward_hook(
            lambda _module, _inputs, output, place=place: seen.setdefault(f"{place}", []).append(output)
        )
    with torch.inference_mode():
        network(images())
        stem = network.stem((images() - 0.5) / 0.25)
        states: list[torch.Tensor | None] = [None] * 5
        for step in range(STEPS):
            below = stem
            for place, block in enumerate(network.blocks):
                stride = block.convolution1.stride
                hidden = functional.conv2d(below, block.convolution1.weight, stride=stride, padding=1)
                hidden = block.norms1[step](hidden).relu()
                last = states[place]
                hidden = hidden if last is None else hidden + last
                lateral = functional.conv2d(hidden, block.convolution2.weight, padding=1)
                shortcut = below
                if isinstance(block.narrow, nn.Conv2d):
                    shortcut = functional.conv2d(below, block.narrow.weight, stride=stride)
                    shortcut = block.norms_shortcut[step](shortcut)
                below = states[place] = (block.norms2[step](lateral) + shortcut).relu()
                torch.testing.assert_close(seen[f"{place}"][step], below)
    assert [len(each) for each in seen.values()] == [STEPS] * 5


def test_its_layers_are_those_of_the_catalogue() -> None:
    assert LAYERS == RECURRENT_LAYERS
