"""What is simulated: each setting a world of one size, the metric it is scored by, and what is known of the truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.versa import VersaMetric
from brainrank.benchmark.types.score import NoiseCeiling
from performance.calibration import worlds
from performance.calibration.worlds import MILD, STRONG, Study

DRAWS = 200
NO_CEILING = NoiseCeiling(np.nan, np.nan, "not computed: no score depends on it")
WORLDS = {"strong": STRONG, "mild": MILD}


class _Rsa(RsaMetric):
    def ceiling(self, _assembly: Any) -> NoiseCeiling:
        return NO_CEILING


class _Encoding(EncodingMetric):
    def ceiling(self, _assembly: Any) -> NoiseCeiling:
        return NO_CEILING


class _Errors(ErrorConsistencyMetric):
    def ceiling(self, _assembly: Any) -> NoiseCeiling:
        return NO_CEILING


class _Versa(VersaMetric):
    def ceiling(self, _assembly: Any) -> NoiseCeiling:
        return NO_CEILING


METRICS = {
    "RSA": _Rsa(draws=DRAWS),
    "encoding": _Encoding(draws=DRAWS),
    "error consistency": _Errors(draws=DRAWS),
    "veRSA": _Versa(draws=DRAWS),
}


@dataclass(frozen=True)
class Setting:
    """A world and a metric; `truth` where it is known, and is not the mean over all sets.

    It is simulated in a `share` of the sets: a mean is known from fewer than a chance of .05.
    """

    kind: str
    metric: str
    size: str
    world: str
    make: Callable[[np.random.Generator], Study]
    truth: float | None = None
    share: float = 1.0

    @property
    def name(self) -> str:
        """What it is stored and told by."""
        return ", ".join(filter(None, (f"{self.kind}: {self.metric}", self.size, self.world)))


def settings() -> list[Setting]:
    """All of them; the place of each decides its seeds, so that a new one is added at the end."""
    return [*_pairs(), *_boards(), *_noise(), *_groups(), *_unequal(), *_versa(), *_many()]


def _pairs() -> list[Setting]:
    found = []
    for world, shape in WORLDS.items():
        for stimuli, subjects in ((30, 6), (92, 4), (92, 8), (92, 15), (150, 4)):
            make = partial(worlds.rsa, stimuli=stimuli, subjects=subjects, shape=shape)
            found.append(Setting("pair", "RSA", f"{stimuli} stimuli x {subjects} subjects", world, make))
        for stimuli, targets in ((150, 25), (150, 1), (640, 25), (640, 1)):
            make = partial(worlds.encoding, stimuli=stimuli, targets=targets, shape=shape)
            size = f"{stimuli} stimuli, {targets} target{'s' if targets > 1 else ''}"
            found.append(Setting("pair", "encoding", size, world, make))
        for stimuli, people in ((160, 10), (640, 4)):
            make = partial(worlds.errors, stimuli=stimuli, people=people, shape=shape)
            found.append(Setting("pair", "error consistency", f"{stimuli} stimuli x {people} people", world, make))
    return found


def _unequal() -> list[Setting]:
    """The second model sees a third of its half, or most of it: what is told in a part of the sets and not in all."""
    found = []
    for subjects in (4, 15):
        make = partial(worlds.rsa, stimuli=92, subjects=subjects, shape=STRONG, seen=8)
        found.append(Setting("unequal", "RSA", f"92 stimuli x {subjects} subjects", "strong", make, share=0.4))
    for stimuli, seen in ((150, 16), (640, 20)):
        make = partial(worlds.encoding, stimuli=stimuli, targets=25, shape=STRONG, seen=seen)
        found.append(Setting("unequal", "encoding", f"{stimuli} stimuli, 25 targets", "strong", make, share=0.4))
    make = partial(worlds.errors, stimuli=640, people=4, shape=STRONG, seen=2)
    found.append(Setting("unequal", "error consistency", "640 stimuli x 4 people", "strong", make, share=0.4))
    return found


def _boards() -> list[Setting]:
    six = {"models": 6, "shape": STRONG}
    worlds_of_six = (
        ("RSA", "92 stimuli x 4 subjects", partial(worlds.rsa, stimuli=92, subjects=4, **six)),
        ("encoding", "150 stimuli, 25 targets", partial(worlds.encoding, stimuli=150, targets=25, **six)),
        ("error consistency", "160 stimuli x 10 people", partial(worlds.errors, stimuli=160, people=10, **six)),
    )
    return [Setting("board", metric, size, "strong", make) for metric, size, make in worlds_of_six]


def _noise() -> list[Setting]:
    found = []
    for stimuli, layers in ((12, 1), (20, 1), (24, 1), (60, 1), (60, 8), (200, 1), (640, 1)):
        make = partial(worlds.noise_encoding, stimuli=stimuli, targets=50, layers=layers)
        found.append(_of_noise("encoding", f"{stimuli} stimuli, 50 targets, {_layers(layers)}", make))
    for stimuli, subjects, layers in ((12, 4, 1), (30, 6, 8), (92, 4, 1), (92, 4, 8)):
        make = partial(worlds.noise_rsa, stimuli=stimuli, subjects=subjects, layers=layers)
        found.append(_of_noise("RSA", f"{stimuli} stimuli x {subjects} subjects, {_layers(layers)}", make))
    for stimuli, people in ((160, 10), (640, 4)):
        make = partial(worlds.noise_errors, stimuli=stimuli, people=people)
        found.append(_of_noise("error consistency", f"{stimuli} stimuli x {people} people", make))
    return found


def _groups() -> list[Setting]:
    return [
        replace(
            _of_noise(
                "encoding",
                f"40 objects x 3 images, groups {'told' if told else 'not told'}",
                partial(worlds.triplets, objects=40, targets=20, grouped=told),
            ),
            kind="groups",
        )
        for told in (True, False)
    ]


def _versa() -> list[Setting]:
    """Worlds of encoding and of groups, by veRSA."""
    found = []
    for world, shape in WORLDS.items():
        for stimuli, targets in ((60, 25), (150, 25), (150, 5), (320, 25)):
            make = partial(worlds.encoding, stimuli=stimuli, targets=targets, shape=shape, same=0)
            found.append(Setting("pair", "veRSA", f"{stimuli} stimuli, {targets} targets", world, make, share=0.2))
    for stimuli, layers in ((40, 1), (40, 7), (80, 1), (80, 20)):
        make = partial(worlds.noise_encoding, stimuli=stimuli, targets=50, layers=layers)
        found.append(_of_noise("veRSA", f"{stimuli} stimuli, 50 targets, {_layers(layers)}", make))
    make = partial(worlds.triplets, objects=40, targets=20, grouped=True)
    told = _of_noise("veRSA", "40 objects x 3 images, groups told", make)
    return [*found, replace(told, kind="groups")]


def _many() -> list[Setting]:
    """RSA of so many stimuli that draws are not compared anew."""
    found = []
    for world, shape in WORLDS.items():
        for stimuli in (320, 640):
            make = partial(worlds.rsa, stimuli=stimuli, subjects=4, shape=shape)
            found.append(Setting("pair", "RSA", f"{stimuli} stimuli x 4 subjects", world, make))
    for layers in (1, 8):
        make = partial(worlds.noise_rsa, stimuli=320, subjects=4, layers=layers)
        found.append(_of_noise("RSA", f"320 stimuli x 4 subjects, {_layers(layers)}", make))
    return found


def _of_noise(metric: str, size: str, make: Callable[[np.random.Generator], Study]) -> Setting:
    return Setting("noise", metric, size, "", make, truth=0.0, share=0.3)


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
