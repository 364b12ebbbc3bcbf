"""ModelSpec: what to load. Data only; it contains no torch."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import InitVar, asdict, dataclass, field, replace
from typing import Any

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_card import ModelCard
from brainrank.benchmark.types.remote_file import RemoteFile

COLOUR, GREY = 3, 1
RGB, BGR = "RGB", "BGR"
CHANNEL_ORDERS = (RGB, BGR)
LUMA = (299, 587, 114)


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes a network's input: resize until `crop_fraction` of it fills `size`, crop, scale, normalise.

    `mean` and `std` apply to RGB in 0..1. `visual_degrees` is the width of the field of view the input stands for, None
    if the model assumes none: where it and the stimuli's width are known, an image is placed at its visual angle.
    With one of `channels`, the image is made grey first, .299 R + .587 G + .114 B (ITU-R 601, as Pillow's `L`), and
    `mean` and `std` hold the same number three times. `channel_order` is how the network takes the three channels:
    BGR of those trained with Caffe or OpenCV.
    """

    size: tuple[int, int]
    interpolation: str = "bicubic"
    crop_fraction: float = 1.0
    crop_mode: str = "center"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    visual_degrees: float | None = None
    channels: int = 3
    channel_order: str = RGB

    @property
    def content(self) -> dict[str, Any]:
        """What it is known by, in digests and receipts; of images in RGB what it was before there were others."""
        return {key: value for key, value in asdict(self).items() if USUAL.get(key) != value}

    @property
    def in_grey(self) -> "Preprocessing":
        """The same of grey images, with the luma of `mean` and `std`."""
        if self.channels == GREY:
            return self
        return replace(self, channels=GREY, mean=(_luma(self.mean),) * 3, std=(_luma(self.std),) * 3)

    def of_channels(self, channels: int) -> "Preprocessing":
        """The same for a network that takes that many: 3 or 1. Raises UserError for an order of a single one."""
        if channels == GREY and self.channel_order != RGB:
            raise UserError(f"channel_order is {self.channel_order}, and the network takes one channel: leave it out")
        return self.in_grey if channels == GREY else self


USUAL = {"channels": COLOUR, "channel_order": RGB}


def _luma(colours: tuple[float, float, float]) -> float:
    """Of one number three times that number, to the last bit."""
    if len(set(colours)) == 1:
        return colours[0]
    return sum(weight * each for weight, each in zip(LUMA, colours, strict=True)) / sum(LUMA)


@dataclass(frozen=True)
class OwnTransform(Preprocessing):
    """A transform of the user's own, called as it is on each decoded image; `size` is what it puts out.

    `described` is what it says of itself and `sha256` the digest of its code and settings, by which it is known: the
    transform itself is no data, and neither stored nor compared. None stands for it where only the key is needed.
    """

    described: str = ""
    sha256: str = ""
    transform: InitVar[Callable[[Any], Any] | None] = None

    def __post_init__(self, transform: Callable[[Any], Any] | None) -> None:
        object.__setattr__(self, "call", transform)

    def __call__(self, image: Any) -> Any:
        """What the transform makes of an image. Raises TypeError where there is none."""
        return vars(self)["call"](image)


@dataclass(frozen=True)
class ModelSpec:
    """A model as data: `source` names the loader and what it loads, as `LOADER:NAME[@REVISION]`.

    `weights` is a file of known sha256; None where the loader needs none or finds it at its hub. `preprocessing` None
    and `layers` empty mean the loader's own; a layer is `MODULE[#CALL][:KEY...][:POOLING]` or a glob. `pooling` is what
    is done to the output of those without one: `flatten` (all of it), `mean` over space or patch tokens, or `cls`, the
    class token. `file_sha256` is the content of the local file that `source` names, if it names one:
    the path alone would not tell a changed file from the one that was scored.
    """

    name: str
    family: str
    source: str
    weights: RemoteFile | None = None
    preprocessing: Preprocessing | None = None
    layers: tuple[str, ...] = ()
    pooling: str = "flatten"
    description: str = field(default="", compare=False)
    card: ModelCard | None = field(default=None, compare=False)
    file_sha256: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of everything that decides what the model computes (not its name, family, description or card)."""
        content = {k: v for k, v in asdict(self).items() if k not in {"name", "family", "description", "card"}}
        content["preprocessing"] = self.preprocessing and self.preprocessing.content
        if not self.file_sha256:
            del content["file_sha256"]  # so that models without a local file keep the digest they always had
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
