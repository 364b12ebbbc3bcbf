"""What an object is known by: another digest for whatever computes otherwise, one for what is made alike."""

import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import resnet18
from torchvision.transforms import v2

from brainrank.benchmark.types.errors import UserError
from brainrank.models_zoo.loaders.object_digest import code_digest, object_digest


class Holding:
    """A transform that keeps something."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __call__(self, image: object) -> object:
        return image, self.held


class Packed:
    """What has a way of its own to be pickled, which leaves out what counts."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __getstate__(self) -> object:
        return {}


@pytest.mark.parametrize(
    "made",
    [
        lambda n: Image.new("RGB", (8, 8), (n, 0, 0)),
        lambda n: pd.DataFrame({"a": [n, 1]}),
        lambda n: np.random.default_rng(n),
        lambda n: torch.tensor([1.0, n]).to_sparse(),
        lambda n: {1, 2, n + 3},
        lambda n: [Packed(n)],
        lambda n: types.SimpleNamespace(of=n),
    ],
    ids=["picture", "frame", "generator", "sparse tensor", "set", "own way of pickling", "namespace"],
)
def test_what_an_object_holds_counts_whatever_holds_it(made: Callable[[int], Any]) -> None:
    assert object_digest(Holding(made(1))) == object_digest(Holding(made(1)))
    assert object_digest(Holding(made(1))) != object_digest(Holding(made(2)))


def test_what_cannot_be_looked_into_is_refused() -> None:
    with pytest.raises(UserError, match=r"A builtins.generator is in it, .*cannot be seen.*could not be told apart"):
        object_digest(Holding(each for each in range(3)))
    assert object_digest(Holding(object())) == object_digest(Holding(object()))


def module(code: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    found = types.ModuleType("steps_of_mine")
    exec(code, vars(found))
    monkeypatch.setitem(sys.modules, found.__name__, found)
    monkeypatch.setitem(globals(), "steps", found)
    return found


steps: Any = None


def through_module(image: Any) -> Any:
    return steps.half(image)


def importing(image: Any) -> Any:
    import steps_of_mine

    return steps_of_mine.half(image)


@pytest.mark.parametrize("transform", [through_module, importing])
def test_code_behind_a_module_of_one_s_own_counts(transform: object, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "BY = 2\ndef half(x): return x / BY\ndef other(x): return x"
    module(code, monkeypatch)
    before = object_digest(transform)
    module(code.replace("x / BY", "x / (BY + 1)"), monkeypatch)
    assert object_digest(transform) != before
    module(code.replace("BY = 2", "BY = 4"), monkeypatch)
    assert object_digest(transform) != before
    module(code.replace("return x\n", "return -x\n"), monkeypatch)  # which it does not call
    assert object_digest(transform) == before


def test_a_function_of_one_s_own_in_an_installed_class_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    network = resnet18()
    before = code_digest(network)
    forward = type(network).forward
    monkeypatch.setattr(type(network), "forward", lambda self, images: forward(self, images) * 2)
    changed = code_digest(network)
    monkeypatch.setattr(nn.BatchNorm2d, "forward", lambda _self, images: images)
    assert len({before, changed, code_digest(network)}) == 3


REGISTRY: set[type] = set()


class Registered:
    """A class in a set that its own code reads."""

    def kinds(self) -> set[type]:
        return REGISTRY


REGISTRY.add(Registered)


def test_a_set_that_holds_what_reads_it_has_an_end() -> None:
    assert object_digest(Registered()) == object_digest(Registered())


class Listing(nn.Module):
    """Keeps its own steps in a list that is called like torch's hooks."""

    def __init__(self, step: object) -> None:
        super().__init__()
        self.act_hooks = [step]


def test_hooks_of_a_network_s_own_count() -> None:
    assert code_digest(Listing(torch.relu)) != code_digest(Listing(torch.tanh))


def test_another_process_finds_the_same() -> None:
    code = """
import pandas as pd
from PIL import Image
from torchvision.models import resnet18
from torchvision.transforms import v2
from brainrank.models_zoo.loaders.object_digest import code_digest, object_digest
held = [Image.new("RGB", (4, 4), "red"), pd.DataFrame({"a": ["x", "y"]}), {"a", "b", "c"}, v2.Resize(4)]
print(object_digest(held), code_digest(resnet18()))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    held = [Image.new("RGB", (4, 4), "red"), pd.DataFrame({"a": ["x", "y"]}), {"a", "b", "c"}, v2.Resize(4)]
    assert found == f"{object_digest(held)} {code_digest(resnet18())}\n"
