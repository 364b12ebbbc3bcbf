"""`recurrent:NAME@random`: networks whose areas run several times before they hand on.

Their authors' files are taken, too: `file:cornet_s.pth#recurrent:cornet-s` (namings.py).
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.steps import layers_of_steps
from brainrank.models_zoo.loaders.architecture import Architecture, untrained, with_weights_of
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

IMAGENET = Preprocessing(
    size=(224, 224),
    interpolation="bilinear",
    crop_fraction=0.875,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
WIDENING = 4


class RecurrentArea(nn.Module):
    """A bottleneck of three convolutions that is applied to its own output `times` times, with shared weights.

    Each time has its own normalisation. The first time halves the resolution, and its shortcut with it. `step1` to
    `stepN` are the states after each time; the last is the area's output.
    """

    def __init__(self, inputs: int, outputs: int, *, times: int) -> None:
        super().__init__()
        wide = outputs * WIDENING
        self.times = times
        self.conv_input = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.skip = nn.Conv2d(outputs, outputs, 1, stride=2, bias=False)
        self.norm_skip = nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(outputs, wide, 1, bias=False)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.conv3 = nn.Conv2d(wide, outputs, 1, bias=False)
        for k, channels in enumerate((wide, wide, outputs), start=1):
            for time in range(1, times + 1):
                self.add_module(f"norm{k}_{time}", nn.BatchNorm2d(channels))
        for time in range(1, times + 1):
            self.add_module(f"step{time}", nn.ReLU())

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the state after the last time."""
        state: torch.Tensor = self.conv_input(features)
        for time in range(1, self.times + 1):
            first = time == 1
            shortcut = self.norm_skip(self.skip(state)) if first else state
            hidden = self._normalised(1, time, self.conv1(state)).relu()
            stride = 2 if first else 1
            hidden = nn.functional.conv2d(hidden, self.conv2.weight, stride=stride, padding=1)
            hidden = self._normalised(2, time, hidden).relu()
            hidden = self._normalised(3, time, self.conv3(hidden))
            state = self.get_submodule(f"step{time}")(hidden + shortcut)
        return state

    def _normalised(self, place: int, time: int, features: torch.Tensor) -> torch.Tensor:
        normalised: torch.Tensor = self.get_submodule(f"norm{place}_{time}")(features)
        return normalised


class CorticalNetwork(nn.Module):
    """V1, V2, V4 and IT in a row, after CORnet-S (Kubilius et al. 2019): `times` says how often V2, V4 and IT run.

    V1 is feed-forward: a large convolution, pooling, a small one. The readout averages IT over space.
    """

    def __init__(self, times: tuple[int, int, int]) -> None:
        super().__init__()
        self.V1 = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(64, 64, 3, padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
        )
        self.V2 = RecurrentArea(64, 128, times=times[0])
        self.V4 = RecurrentArea(128, 256, times=times[1])
        self.IT = RecurrentArea(256, 512, times=times[2])
        self.decoder = nn.Linear(512, 1000)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, (batch, 1000)."""
        state = self.IT(self.V4(self.V2(self.V1(images))))
        logits: torch.Tensor = self.decoder(state.mean(dim=(2, 3)))
        return logits


class _Network(NamedTuple):
    times: tuple[int, int, int]
    version: int  # raise it when the network computes something else than before


NETWORKS: Mapping[str, _Network] = {"cornet-s": _Network((2, 4, 2), 1), "cornet-s-once": _Network((1, 1, 1), 1)}


def _name(spec: ModelSpec) -> str:
    return spec.source.removeprefix("recurrent:").removesuffix("@random")


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when there is no such network, UserError when nothing says which weights."""
    found = architecture(_name(spec))
    if spec.weights is None and not spec.source.endswith("@random"):
        raise UserError(
            f"'{spec.source}' has no trained weights here; write recurrent:{found.name}@random, or "
            f"file:WEIGHTS#recurrent:{found.name} with a file of its authors or of your own"
        )


def architecture(name: str) -> Architecture:
    """The network of that name; its layers are the areas, and within them each time."""
    if name not in NETWORKS:
        raise UnknownNameError("recurrent network", name, NETWORKS)
    times, version = NETWORKS[name]
    steps = layers_of_steps(dict(zip(("V2", "V4", "IT"), times, strict=True)))
    network = Network(f"recurrent:{name}:{version}")
    return Architecture(
        name,
        IMAGENET,
        partial(CorticalNetwork, times),
        network,
        layers=("V1", *steps),
        imagenet_classes=True,
        classifier=lambda _: ("decoder",),
    )


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the network and its weights: the spec's file, or random."""
    check(spec)
    found = architecture(_name(spec))
    if spec.weights is None:
        return untrained(found, spec)
    return with_weights_of(found, spec, fetch(spec.weights, locations, reporter=reporter), digest=spec.weights.sha256)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same network with random weights."""
    check(spec)
    return untrained(architecture(_name(spec)), spec)
