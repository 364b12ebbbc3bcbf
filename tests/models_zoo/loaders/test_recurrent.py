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


@pytest.mark.parametrize(
    ("name", "message"),
    [("recurrent:cornet@random", "did you mean cornet-s"), ("recurrent:cornet-s", "recurrent:cornet-s@random")],
)
def test_unknown_names_and_missing_weights_say_what_there_is(name: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        find_model(name)
