"""The user's own function: seeded, digested, and refused by whoever may not run it."""

from pathlib import Path

import pytest
import torch

from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

CODE = """
from torch import nn

def block():
    return nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())

def plain():
    return nn.Sequential(nn.Sequential(block(), block()), nn.Flatten())

def told():
    return plain(), {"preprocessing": {"size": 32, "mean": [0, 0, 0]}, "layers": ["0.1"]}

def wrong():
    return 7

def odd():
    return plain(), {"preprocessing": {"colour": 1}}

def grey():
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU()), {"layers": ["0"]}

def spectral():
    return nn.Sequential(nn.Conv2d(5, 3, 3), nn.ReLU()), {"layers": ["0"]}

def half():
    return plain().half()

def double():
    return plain().double()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(CODE)
    return path


def test_a_module_is_a_model_the_same_every_time(file: Path) -> None:
    spec, locations = find_model(f"python:{file}:plain"), Locations(file.parent)
    first, second = (resolve(spec, locations, Silent()) for _ in range(2))
    assert first.weights_digest == second.weights_digest
    assert first.layers == ("0.0", "0.1") or first.layers == ("0.0.1", "0.1.1")
    assert isinstance(first.build(), torch.nn.Module)


def test_preprocessing_and_layers_may_be_told(file: Path) -> None:
    model = resolve(find_model(f"python:{file}:told"), Locations(file.parent), Silent())
    assert (model.preprocessing.size, model.preprocessing.mean, model.layers) == ((32, 32), (0, 0, 0), ("0.1",))


def test_other_code_is_another_model(file: Path) -> None:
    before = find_model(f"python:{file}:plain").digest
    file.write_text(CODE.replace("nn.ReLU()", "nn.GELU()"))
    assert find_model(f"python:{file}:plain").digest != before


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("wrong", "returned int; it must return a torch.nn.Module"),
        ("plane", "Unknown function of net.py 'plane': did you mean plain"),
        ("odd", "no field 'colour'"),
        ("a b", "write python:FILE.py:FUNCTION"),
        ("half", "half of net.py is a network in torch.float16; .* give network.float"),
        ("double", "double of net.py is a network in torch.float64; .* give network.float"),
        ("spectral", r"failed on float32 images of shape \(1, 3, 224, 224\).*first convolution takes 5 channels"),
    ],
)
def test_a_function_that_makes_no_model_says_why(file: Path, function: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        resolve(find_model(f"python:{file}:{function}"), Locations(file.parent), Silent())


def test_a_network_with_one_channel_is_fed_grey_images(file: Path) -> None:
    class Told(Silent):
        said = ""

        def message(self, text: str) -> None:
            self.said += text

    reporter, spec = Told(), find_model(f"python:{file}:grey")
    model = resolve(spec, Locations(file.parent), reporter)
    assert model.preprocessing.channels == model.preprocessing.content["channels"] == 1
    assert model.preprocessing.mean == pytest.approx((0.458,) * 3, abs=1e-3)  # .299 x .485 + .587 x .456 + .114 x .406
    assert model.build()(torch.rand(2, 1, 9, 9)).shape == (2, 3, 7, 7)
    assert "grey of net.py takes one channel: it is fed grey images, .299 R + .587 G + .114 B" in reporter.said
    assert (
        "channels"
        not in resolve(find_model(f"python:{file}:plain"), Locations(file.parent), reporter).preprocessing.content
    )
