"""Objective: a backbone with what an objective puts on it, which gives the loss of a batch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import nn

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.installing import extra_command
from brainrank.models_zoo.training.augment import cropped, recoloured
from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.recurrent_backbone import RecurrentBackbone


@dataclass(frozen=True)
class Batch:
    """Images as bytes with labels, the share of the training done so far, and the source of all chance in the step."""

    pixels: torch.Tensor
    labels: torch.Tensor
    progress: float
    generator: torch.Generator

    def view(self, *, recolour: bool = True) -> torch.Tensor:
        """A newly augmented view of every image, in 0..1."""
        images = cropped(self.pixels.float() / 255, generator=self.generator)
        return recoloured(images, generator=self.generator) if recolour else images


class Objective(nn.Module, ABC):
    """What is optimised together: the backbone, which is kept, and heads, of which those named in `kept` are, too."""

    kept: tuple[str, ...] = ()
    learns = True

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    @abstractmethod
    def loss(self, batch: Batch) -> torch.Tensor:
        """The batch's loss, a scalar to go down."""

    def after_step(self) -> None:
        """What is to be done when the weights have moved: nothing, unless an objective says so."""


# Each in a file of its own in objectives/, as the function `create`.
OBJECTIVES = (
    "supervised",
    "blur-to-sharp",
    "simclr",
    "moco",
    "barlow-twins",
    "byol",
    "rotation",
    "jigsaw",
    "colourisation",
    "masked-autoencoder",
    "autoencoder",
    "denoising-autoencoder",
    "vae",
    "beta-vae",
    "class-vae",
    "gan",
    "clip",
    "recurrent",
    "untrained",
)
# Those that learn from the categories.
LABELLED = {"supervised", "blur-to-sharp", "class-vae", "clip", "recurrent"}
# What is trained where it is not the one network of all: that has the same first weights.
BACKBONES: Mapping[str, Callable[[], Backbone]] = {"recurrent": RecurrentBackbone}


def create(name: str, categories: tuple[str, ...]) -> Objective:
    """Build an objective on a new network of its kind.

    Raises UnknownNameError; InvalidDataError for an objective that needs categories where there are fewer than two;
    UserError when a package that it needs is not installed.
    """
    if name not in OBJECTIVES:
        raise UnknownNameError("objective", name, OBJECTIVES)
    if name in LABELLED and len(categories) < 2:
        raise InvalidDataError(
            f"'{name}' learns from categories, of which these images have {len(categories)}; put each category's "
            "images into a folder of its own, or choose an objective without labels, such as simclr"
        )
    try:
        module = import_module(f"brainrank.models_zoo.training.objectives.{name.replace('-', '_')}")
    except ImportError as error:
        raise UserError(f"'{name}' needs a package that is not here ({error}): {extra_command('train')}") from error
    make: Callable[[Backbone, tuple[str, ...]], Objective] = module.create
    return make(BACKBONES.get(name, Backbone)(), categories)
