"""`diffusers:OWNER/REPO[/FOLDER]@COMMIT` or `diffusers:CLASS@random`: the encoder of an autoencoder of diffusers."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.hub_names import AUTOENCODERS, Repository, autoencoder_repository
from brainrank.models_zoo.loaders.architecture import Architecture, untrained, with_weights_of
from brainrank.models_zoo.loaders.hub import hub_file
from brainrank.models_zoo.loaders.optional_packages import package
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

CONFIG, WEIGHTS = "config.json", "diffusion_pytorch_model.safetensors"
# Both take images in -1..1.
PREPROCESSING = Preprocessing(size=(256, 256), mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
ENCODING = ("encoder.", "quant_conv.")


class AutoencoderEncoder(nn.Module):
    """What of an autoencoder sees the image; a posterior's mean and log-variance are layers of their own."""

    def __init__(self, autoencoder: Any) -> None:
        super().__init__()
        self.encoder: nn.Module = autoencoder.encoder
        self.quant_conv: nn.Module | None = getattr(autoencoder, "quant_conv", None)
        self.has_posterior = type(autoencoder).__name__ == "AutoencoderKL"
        self.latent_mean = nn.Identity()
        if self.has_posterior:
            self.latent_log_variance = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the latents' means, (batch, channels, height, width)."""
        latents = self.encoder(images)
        if self.quant_conv is not None:
            latents = self.quant_conv(latents)
        if self.has_posterior:
            latents, log_variance = latents.chunk(2, dim=1)
            self.latent_log_variance(log_variance)
        mean: torch.Tensor = self.latent_mean(latents)
        return mean


def _diffusers() -> Any:
    return package("diffusers", source="diffusers", install="diffusers")


def check(spec: ModelSpec) -> None:
    """Raise UserError unless the source is a repository at a commit, or a known class untrained."""
    autoencoder_repository(spec.source)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Read the repository's configuration and fetch its weights, of which the decoder's are left aside."""
    source = autoencoder_repository(spec.source)
    if source is None:
        return untrained(_architecture(spec, {}), spec)
    architecture = _architecture(spec, _config(source))
    path = hub_file(source.name, (source.folder + WEIGHTS,), revision=source.commit)
    return with_weights_of(architecture, spec, path, digest=sha256_of(path))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same encoder with random weights."""
    source = autoencoder_repository(spec.source)
    return untrained(_architecture(spec, {} if source is None else _config(source)), spec)


def _config(source: Repository) -> dict[str, Any]:
    path: Path = hub_file(source.name, (source.folder + CONFIG,), revision=source.commit)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content.get("_class_name") not in AUTOENCODERS:
        raise ModelLoadError(
            f"{CONFIG} of '{source.name}' describes {content.get('_class_name')}, not one of {', '.join(AUTOENCODERS)}"
        )
    return content


def _architecture(spec: ModelSpec, config: Mapping[str, Any]) -> Architecture:
    name = config.get("_class_name") or spec.source.removeprefix("diffusers:").removesuffix("@random")
    network = Network(f"diffusers:{name}", dict(config), ("diffusers",))
    return Architecture(
        name, PREPROCESSING, partial(_create, name, config), network, stages=_stages, convert=_encoding_only
    )


def _stages(network: nn.Module) -> tuple[str, ...]:
    """The blocks of both classes' encoders, and the latents."""
    names = ("encoder.layers", "encoder.down_blocks", "encoder.mid_block", "latent_mean", "latent_log_variance")
    modules = dict(network.named_modules())
    return tuple(name for name in names if name in modules)


def _create(name: str, config: Mapping[str, Any]) -> nn.Module:
    kind = {"AutoencoderKL": _diffusers().AutoencoderKL, "AutoencoderTiny": _diffusers().AutoencoderTiny}[name]
    return AutoencoderEncoder(kind.from_config(dict(config)))


def _encoding_only(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in state.items() if key.startswith(ENCODING)}
