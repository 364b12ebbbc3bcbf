"""`vae:NAME[@random]`: encoders of variational and distilled autoencoders, written here."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.architecture import Architecture, untrained, with_weights_of
from brainrank.models_zoo.loaders.tiny_autoencoder import TINY_ENCODERS
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

ENCODER = "encoder."


class BurgessEncoder(nn.Module):
    """The encoder of Burgess et al. (2018) for 64 x 64 images: four strided convolutions, two linear layers.

    The activations are modules of their own (`relu1`, ..., `relu_lin2`); `latent_mean` and `latent_log_variance` are
    the parameters of the posterior over the latents, of which nothing is drawn.
    """

    def __init__(self, latents: int = 10) -> None:
        super().__init__()
        channels = 32
        self.conv1 = nn.Conv2d(3, channels, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 4, stride=2, padding=1)
        self.conv3 = nn.Conv2d(channels, channels, 4, stride=2, padding=1)
        self.conv_64 = nn.Conv2d(channels, channels, 4, stride=2, padding=1)
        self.lin1 = nn.Linear(channels * 4 * 4, 256)
        self.lin2 = nn.Linear(256, 256)
        self.mu_logvar_gen = nn.Linear(256, 2 * latents)
        self.relu1, self.relu2, self.relu3, self.relu_64 = (nn.ReLU() for _ in range(4))
        self.relu_lin1, self.relu_lin2 = nn.ReLU(), nn.ReLU()
        self.latent_mean, self.latent_log_variance = nn.Identity(), nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the latents' means, (batch, latents)."""
        hidden = self.relu1(self.conv1(images))
        hidden = self.relu2(self.conv2(hidden))
        hidden = self.relu3(self.conv3(hidden))
        hidden = self.relu_64(self.conv_64(hidden))
        hidden = self.relu_lin1(self.lin1(hidden.flatten(1)))
        hidden = self.relu_lin2(self.lin2(hidden))
        # Mean and log-variance of a latent stand side by side.
        pairs = self.mu_logvar_gen(hidden).unflatten(1, (-1, 2))
        self.latent_log_variance(pairs[..., 1])
        mean: torch.Tensor = self.latent_mean(pairs[..., 0])
        return mean


BURGESS_LAYERS = (
    "relu1",
    "relu2",
    "relu3",
    "relu_64",
    "relu_lin1",
    "relu_lin2",
    "latent_mean",
    "latent_log_variance",
)


class _Encoder(NamedTuple):
    create: Callable[[], nn.Module]
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    version: int  # raise it when the network computes something else than before


# Both were trained on images in 0..1. CelebA's are squeezed to a square: its faces are, in training, too.
ENCODERS: Mapping[str, _Encoder] = {
    "burgess64": _Encoder(
        BurgessEncoder, Preprocessing(size=(64, 64), interpolation="bilinear", crop_mode="squash"), BURGESS_LAYERS, 1
    ),
    **{
        name: _Encoder(create, Preprocessing(size=(256, 256)), create().layers, 1)
        for name, create in TINY_ENCODERS.items()
    },
}


def _name(spec: ModelSpec) -> str:
    return spec.source.removeprefix("vae:").removesuffix("@random")


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when there is no such encoder, UserError when nothing says which weights."""
    found = architecture(_name(spec))
    if spec.weights is None and not spec.source.endswith("@random"):
        raise UserError(
            f"'{spec.source}' names no weights; choose a model of the family generative, vae:{found.name}@random, or "
            f"file:WEIGHTS.safetensors#vae:{found.name}"
        )


def architecture(name: str) -> Architecture:
    """The encoder of that name."""
    if name not in ENCODERS:
        raise UnknownNameError("autoencoder", name, ENCODERS)
    found = ENCODERS[name]
    network = Network(f"vae:{name}:{found.version}")
    return Architecture(name, found.preprocessing, found.create, network, layers=found.layers, convert=encoder_only)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the encoder and the file of its weights, of which a decoder's are left aside."""
    check(spec)
    found = architecture(_name(spec))
    if spec.weights is None:
        return untrained(found, spec)
    path = fetch(spec.weights, locations, reporter=reporter)
    return with_weights_of(found, spec, path, digest=spec.weights.sha256)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same encoder with random weights."""
    check(spec)
    return untrained(architecture(_name(spec)), spec)


def encoder_only(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of the encoder, under its own names; a file that holds nothing else is taken as it is."""
    found = {key.removeprefix(ENCODER): tensor for key, tensor in state.items() if key.startswith(ENCODER)}
    return found or state
