"""Calls of one module, parts of tuples and dictionaries, and what stays as it was taken, on networks made here."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations.extract import features, layer_labels
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

PREPROCESSING = Preprocessing(size=(8, 8))
CPU = torch.device("cpu")


@dataclass
class Held:
    hidden: torch.Tensor
    mean: torch.Tensor
    nothing: None = None


class Head(nn.Module):
    def forward(self, maps: torch.Tensor) -> dict[str, object]:
        return {"logits": maps.mean(dim=(2, 3)), "held": Held(maps, maps.amax(dim=(2, 3))), "count": 3}


class Net(nn.Module):
    """One ReLU that runs twice and works in place, an LSTM over rows, and a head that puts out a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv1, self.conv2 = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)
        self.relu, self.lstm, self.head = nn.ReLU(inplace=True), nn.LSTM(4, 2), Head()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps = self.relu(self.conv2(self.relu(self.conv1(images))))
        self.lstm(maps.mean(dim=1).transpose(0, 1))
        output: torch.Tensor = self.head(maps)["logits"]
        return output


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 20, (8, 8))


def taken(network: nn.Module, stimuli: StimulusSet, *layers: str, pooling: str = "flatten") -> dict[str, np.ndarray]:
    return {
        each.layer: each.values
        for each in features(
            ForwardPass(network, stimuli, layers=layers, preprocessing=PREPROCESSING, pooling=pooling, device=CPU),
            reporter=Silent(),
        )
    }


def expected(stimuli: StimulusSet) -> dict[str, torch.Tensor]:
    """The same responses by calling the modules themselves, each on a copy."""
    network, transform = Net().eval(), image_transform(PREPROCESSING)
    images = torch.stack([transform(read_image(each.path)) for each in stimuli.stimuli])
    with torch.inference_mode():
        first = network.conv1(images)
        second = network.conv2(first.relu())
        maps = second.relu()
        rows, (hidden, cell) = network.lstm(maps.mean(dim=1).transpose(0, 1))
    found = {"conv1": first, "relu#1": first.relu(), "conv2": second, "relu#2": maps, "head:held:hidden": maps}
    found |= {"lstm:0": rows.transpose(0, 1), "lstm:1:0": hidden.transpose(0, 1), "lstm:1:1": cell.transpose(0, 1)}
    return found | {"head:logits": maps.mean(dim=(2, 3)), "head:held:mean:flatten": maps.amax(dim=(2, 3))}


def test_every_output_is_what_its_module_gave_before_anything_worked_in_place_on_it(stimuli: StimulusSet) -> None:
    wanted = expected(stimuli)
    found = taken(Net(), stimuli, *wanted)
    assert list(found) == list(wanted)
    assert wanted["conv1"].min() < 0
    for name, output in wanted.items():
        np.testing.assert_allclose(found[name], output.flatten(1).numpy(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_globs_name_outputs_in_the_order_of_the_pass_and_leave_out_what_is_no_layer(stimuli: StimulusSet) -> None:
    assert list(taken(Net(), stimuli, "*")) == [
        "conv1", "relu#1", "conv2", "relu#2", "lstm:0", "lstm:1:0", "lstm:1:1", "head:logits", "head:held:hidden",
        "head:held:mean:flatten",
    ]  # fmt: skip
    assert list(taken(Net(), stimuli, "relu#*")) == ["relu#1", "relu#2"]
    assert list(taken(Net(), stimuli, "lstm:1:*")) == ["lstm:1:0", "lstm:1:1"]
    assert list(taken(Net(), stimuli, "rel?")) == ["relu#1", "relu#2"]
    assert list(taken(Net(), stimuli, "conv*", pooling="mean")) == ["conv1", "conv2"]
    assert list(taken(Net(), stimuli, "conv?:mean")) == ["conv1:mean", "conv2:mean"]
    labels = layer_labels(
        ForwardPass(Net(), stimuli, layers=["head:*"], preprocessing=PREPROCESSING, pooling="mean", device=CPU)
    )
    assert labels == ("head:logits", "head:held:hidden", "head:held:mean:mean")


def test_a_glob_that_leaves_nothing_is_an_error_whatever_else_is_asked(stimuli: StimulusSet) -> None:
    assert list(taken(Net(), stimuli, "conv1", "head:*")) == [
        *("conv1", "head:logits", "head:held:hidden", "head:held:mean:flatten")
    ]
    with pytest.raises(ActivationsError, match="'relu#1:cls' puts out .* cls needs"):
        taken(Net(), stimuli, "conv1", "relu*:cls")


def test_a_pooling_is_behind_the_last_colon_and_a_key_called_like_one_needs_it(stimuli: StimulusSet) -> None:
    found = taken(Net(), stimuli, "head:held:hidden:mean", "head:held:mean:mean", "head:logits")
    np.testing.assert_allclose(found["head:held:hidden:mean"], found["head:logits"], rtol=1e-5, atol=1e-6)
    assert found["head:held:mean:mean"].shape == (20, 5)
    with pytest.raises(
        ActivationsError, match="'head:held:mean' is not one tensor: 'head' .*head:held:mean:flatten; name"
    ):
        taken(Net(), stimuli, "head:held:mean")


def test_what_holds_no_tensor_says_what_it_holds(stimuli: StimulusSet) -> None:
    class Text(nn.Module):
        def forward(self, images: torch.Tensor) -> tuple[str, None]:
            return "a cat", None

    class Says(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.text = Text()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.text(images)
            return images

    with pytest.raises(ActivationsError, match="Layer 'text' puts out str, not a tensor"):
        taken(Says(), stimuli, "text")


def test_indices_are_taken_by_name_and_left_out_by_globs(stimuli: StimulusSet) -> None:
    network = nn.Sequential(nn.MaxPool2d(2, return_indices=True))
    network.forward = lambda images: network[0](images)  # type: ignore[method-assign]
    assert list(taken(network, stimuli, "*")) == ["0:0"]
    assert taken(network, stimuli, "0:1")["0:1"].shape == (20, 48)


def test_a_network_that_runs_otherwise_for_some_images_is_refused(stimuli: StimulusSet) -> None:
    class Moody(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act, self.passes = nn.ReLU(), 0

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.passes += 1
            for _ in range(1 if self.passes < 3 else 2):
                images = self.act(images)
            return images

    class Late(Moody):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.passes += 1
            return images if self.passes > 2 else self.act(images)

    assert taken(Moody(), stimuli, "act")["act"].shape == (20, 192)  # what comes after the wanted call does not count
    with pytest.raises(ActivationsError, match="runs otherwise for some images"):
        taken(Late(), stimuli, "act")
