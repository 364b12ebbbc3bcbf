"""The recurrent network: what recurs, how often, and that it is CORnet-S's size."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.recurrent import RecurrentArea


def test_it_has_as_many_parameters_as_published() -> None:
    """Kubilius et al. (2019) give 53.4 million."""
    network = resolve(find_model("cornet-s-random"), Locations(Path()), Silent()).build()
    assert sum(each.numel() for each in network.parameters()) / 1e6 == pytest.approx(53.4, abs=0.05)


def test_an_area_is_its_convolutions_applied_again_and_again() -> None:
    torch.manual_seed(0)
    area = RecurrentArea(4, 6, times=3).eval()
    for module in area.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
    images = torch.rand(2, 4, 8, 8)
    tensors = area.state_dict()

    def normalised(features: torch.Tensor, name: str) -> torch.Tensor:
        given = (tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(features, *given)

    state = functional.conv2d(images, tensors["conv_input.weight"])
    for time in (1, 2, 3):
        stride = 2 if time == 1 else 1
        shortcut = state
        if time == 1:
            shortcut = normalised(functional.conv2d(state, tensors["skip.weight"], stride=2), "norm_skip")
        hidden = normalised(functional.conv2d(state, tensors["conv1.weight"]), f"norm1_{time}").relu()
        hidden = functional.conv2d(hidden, tensors["conv2.weight"], stride=stride, padding=1)
        hidden = normalised(hidden, f"norm2_{time}").relu()
        hidden = normalised(functional.conv2d(hidden, tensors["conv3.weight"]), f"norm3_{time}")
        state = (hidden + shortcut).relu()
    with torch.inference_mode():
        assert torch.allclose(area(images), state, atol=1e-6)


Tensors = dict[str, torch.Tensor]


def published(times: tuple[int, int, int]) -> Tensors:
    """Small weights for all of CORnet-S, under the names of github.com/dicarlolab/CORnet (cornet/cornet_s.py)."""
    shapes = {"V1.conv1": (64, 3, 7, 7), "V1.conv2": (64, 64, 3, 3), "decoder.linear": (1000, 512)}
    norms = {"V1.norm1": 64, "V1.norm2": 64}
    for area, inputs, outputs, count in zip(("V2", "V4", "IT"), (64, 128, 256), (128, 256, 512), times, strict=True):
        wide = 4 * outputs
        shapes |= {f"{area}.conv_input": (outputs, inputs, 1, 1), f"{area}.skip": (outputs, outputs, 1, 1)}
        shapes |= {f"{area}.conv1": (wide, outputs, 1, 1), f"{area}.conv2": (wide, wide, 3, 3)}
        shapes |= {f"{area}.conv3": (outputs, wide, 1, 1)}
        norms[f"{area}.norm_skip"] = outputs
        for time in range(count):
            norms |= {f"{area}.norm{k}_{time}": wide if k < 3 else outputs for k in (1, 2, 3)}
    drawn = torch.Generator().manual_seed(0)
    state = {
        f"{name}.weight": torch.randn(shape, generator=drawn) / torch.Size(shape[1:]).numel() ** 0.5
        for name, shape in shapes.items()
    }
    state["decoder.linear.bias"] = torch.randn(1000, generator=drawn)
    for name, channels in norms.items():
        for part, shift in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5), ("running_var", 0.5)):
            state[f"{name}.{part}"] = torch.rand(channels, generator=drawn) + shift
    return {name: tensor.half() for name, tensor in state.items()}


def as_published(given: Tensors, images: torch.Tensor, times: tuple[int, int, int]) -> Tensors:
    """Each state of the areas, and the logits, by the published formula."""
    state = {name: tensor.float() for name, tensor in given.items()}

    def normalised(features: torch.Tensor, name: str) -> torch.Tensor:
        parts = (state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(features, *parts)

    def convolved(features: torch.Tensor, name: str, *, stride: int = 1, padding: int = 0) -> torch.Tensor:
        return functional.conv2d(features, state[f"{name}.weight"], stride=stride, padding=padding)

    x = normalised(convolved(images, "V1.conv1", stride=2, padding=3), "V1.norm1").relu()
    x = functional.max_pool2d(x, 3, stride=2, padding=1)
    x = normalised(convolved(x, "V1.conv2", padding=1), "V1.norm2").relu()
    found = {"V1": x}
    for area, count in zip(("V2", "V4", "IT"), times, strict=True):
        x = convolved(x, f"{area}.conv_input")
        for time in range(count):
            skip = x if time else normalised(convolved(x, f"{area}.skip", stride=2), f"{area}.norm_skip")
            x = normalised(convolved(x, f"{area}.conv1"), f"{area}.norm1_{time}").relu()
            x = convolved(x, f"{area}.conv2", stride=1 if time else 2, padding=1)
            x = normalised(x, f"{area}.norm2_{time}").relu()
            x = normalised(convolved(x, f"{area}.conv3"), f"{area}.norm3_{time}")
            x = (x + skip).relu()
            found[f"{area}.step{time + 1}"] = x
    found["logits"] = x.mean(dim=(2, 3)) @ state["decoder.linear.weight"].T + state["decoder.linear.bias"]
    return found


def test_its_authors_file_is_taken_and_gives_what_they_publish(tmp_path: Path) -> None:
    """Generated weights in the published layout, as torch.save of a DataParallel network leaves them."""
    times = (2, 4, 2)
    state = published(times)
    kept = {f"module.{name}": tensor for name, tensor in state.items()}
    path = tmp_path / "cornet_s-0.pth"
    torch.save({"flags": {"model": "S", "times": 5}, "epoch": 43, "state_dict": kept}, path)
    model = resolve(find_model(f"file:{path}#recurrent:cornet-s"), Locations(tmp_path), Silent())
    assert "key state_dict, prefix module. removed; its authors' names" in model.checkpoint
    network, seen = model.build().eval(), Tensors()
    for layer in model.layers:
        network.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, layer=layer: seen.update({layer: output.clone()})
        )
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        seen["logits"] = network(images)
        expected = as_published(state, images, times)
    assert seen.keys() == expected.keys()
    for layer, found in seen.items():
        torch.testing.assert_close(found, expected[layer], rtol=1e-4, atol=1e-4)
    once = find_model(f"file:{path}#recurrent:cornet-s-once")
    with pytest.raises(BrainrankError, match="norm1_"):
        resolve(once, Locations(tmp_path), Silent())


@pytest.mark.parametrize(
    ("name", "message"),
    [("recurrent:cornet@random", "did you mean cornet-s"), ("recurrent:cornet-s", "recurrent:cornet-s@random")],
)
def test_unknown_names_and_missing_weights_say_what_there_is(name: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        find_model(name)
