"""Autoencoders' encoders with real weights, against functions that share no code with them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS, find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.tiny_autoencoder import TINY_ENCODERS

CELEBA = ["vae-celeba", "beta-vae-celeba", "beta-tcvae-celeba", "factor-vae-celeba"]
State = dict[str, torch.Tensor]


def weights_of(name: str, locations: Locations) -> tuple[torch.nn.Module, State]:
    model = resolve(MODELS[name], locations, Silent())
    source = MODELS[name].weights
    assert source is not None
    assert locations.mirror is not None
    repository, path = source.sources[0].removeprefix("github:").rsplit(":", 1)
    state = torch.load(locations.mirror / "github" / repository.replace("@", "/") / path, weights_only=True)
    return model.build().eval(), state


def smooth_images(n_images: int, side: int) -> torch.Tensor:
    """Images of large soft patches, which an autoencoder of ten latents can say something about."""
    coarse = torch.rand(n_images, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    return functional.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=True).clamp(0, 1)


def decoded(latents: torch.Tensor, state: State) -> torch.Tensor:
    """The published decoder, written as functions of its tensors."""
    hidden = latents
    for layer in ("lin1", "lin2", "lin3"):
        hidden = functional.linear(hidden, state[f"decoder.{layer}.weight"], state[f"decoder.{layer}.bias"]).relu()
    hidden = hidden.view(-1, 32, 4, 4)
    for layer in ("convT_64", "convT1", "convT2", "convT3"):
        weight, bias = state[f"decoder.{layer}.weight"], state[f"decoder.{layer}.bias"]
        hidden = functional.conv_transpose2d(hidden, weight, bias, stride=2, padding=1)
        hidden = hidden.sigmoid() if layer == "convT3" else hidden.relu()
    return hidden


@pytest.mark.parametrize("name", CELEBA)
def test_the_decoder_makes_the_image_again_from_the_latent_means(name: str, locations: Locations) -> None:
    """Taken for means, the log-variances would give an image that has nothing to do with the one put in."""
    network, state = weights_of(name, locations)
    images = smooth_images(16, 64)
    seen: dict[str, torch.Tensor] = {}
    for layer in ("latent_mean", "latent_log_variance"):
        network.get_submodule(layer).register_forward_hook(lambda _m, _i, out, layer=layer: seen.update({layer: out}))
    with torch.inference_mode():
        network(images)
        errors = {layer: float((decoded(latents, state) - images).square().mean()) for layer, latents in seen.items()}
    assert seen["latent_mean"].shape == (16, 10)
    spread = float((images.mean(dim=0) - images).square().mean())
    assert errors["latent_mean"] < spread < errors["latent_log_variance"]
    assert (seen["latent_log_variance"] < 0.2).all()  # a posterior is no wider than the prior


def encoded(images: torch.Tensor, state: State, *, strides: dict[int, int], activated: set[int]) -> torch.Tensor:
    """A tiny autoencoder's encoder as a walk over its tensors."""
    features = images
    for place in sorted({int(key.split(".")[0]) for key in state}):
        weights = {key.split(".", 1)[1]: tensor.float() for key, tensor in state.items() if key.startswith(f"{place}.")}
        if "weight" in weights:
            stride = strides.get(place, 1)
            features = functional.conv2d(features, weights["weight"], weights.get("bias"), stride=stride, padding=1)
            features = features.relu() if place in activated else features
            continue
        if "pool.0.weight" in weights:
            wide = functional.conv2d(features, weights["pool.0.weight"])
            n_images, channels, *sides = wide.shape
            grouped = wide.reshape(n_images, 4, -1)
            grouped = (grouped - grouped.mean(-1, keepdim=True)) / (
                grouped.var(-1, correction=0, keepdim=True) + 1e-5
            ).sqrt()
            wide = grouped.reshape(n_images, channels, *sides)
            wide = wide * weights["pool.1.weight"][:, None, None] + weights["pool.1.bias"][:, None, None]
            features = features + functional.conv2d(wide.relu(), weights["pool.3.weight"])
        hidden = features
        for k in (0, 2, 4):
            hidden = functional.conv2d(hidden, weights[f"conv.{k}.weight"], weights[f"conv.{k}.bias"], padding=1)
            hidden = hidden if k == 4 else hidden.relu()
        features = (features + hidden).relu()
    return features


@pytest.mark.parametrize(
    ("name", "strides", "activated", "factor"),
    [("taef2", {2: 2, 6: 2, 10: 2}, set(), 8), ("taesana", {0: 2, 2: 2, 5: 2, 9: 2, 13: 2}, {0, 2}, 32)],
)
def test_tiny_encoders_do_what_their_tensors_say(
    name: str, strides: dict[int, int], activated: set[int], factor: int, locations: Locations
) -> None:
    network, state = weights_of(name, locations)
    images = smooth_images(1, 64)
    with torch.inference_mode():
        latents = network(images)
        expected = encoded(images, state, strides=strides, activated=activated)
    assert latents.shape == (1, 32, 64 // factor, 64 // factor)
    assert torch.allclose(latents, expected, atol=1e-4)
    assert 0.1 < float(latents.std()) < 10


def test_the_plain_tiny_encoder_is_that_of_diffusers() -> None:
    tiny = pytest.importorskip("diffusers.models.autoencoders.vae")
    ours = TINY_ENCODERS["taesd"]().eval()
    theirs = tiny.EncoderTiny(3, 4, (1, 3, 3, 3), (64, 64, 64, 64), "relu").eval()
    theirs.load_state_dict({f"layers.{key}": tensor for key, tensor in ours.state_dict().items()})
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(ours(images), theirs(images * 2 - 1), atol=1e-5)


def test_weights_that_are_another_autoencoders_are_refused(locations: Locations) -> None:
    from dataclasses import replace

    with pytest.raises(ModelLoadError, match="does not fit burgess64"):
        resolve(replace(MODELS["vae-celeba"], weights=MODELS["taef2"].weights), locations, Silent()).build()


def test_weights_without_a_mirror_or_network_say_where_they_were_sought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(DataUnavailableError, match="BRAINRANK_MIRROR"):
        resolve(MODELS["vae-celeba"], Locations(tmp_path), Silent())


def test_ones_own_weights_come_back(tmp_path: Path) -> None:
    network = resolve(find_model("vae:taesd@random"), Locations(tmp_path), Silent()).build()
    path = tmp_path / "mine.safetensors"
    tensors = {f"encoder.{name}": tensor for name, tensor in network.state_dict().items()}
    save_file(tensors | {"decoder.weight": torch.zeros(2)}, path)
    built = resolve(find_model(f"file:{path}#vae:taesd"), Locations(tmp_path), Silent()).build()
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), built.parameters(), strict=True))


def test_an_encoder_without_weights_asks_for_them() -> None:
    with pytest.raises(UserError, match="vae:burgess64@random"):
        find_model("vae:burgess64")


def test_latents_differ_between_images(locations: Locations) -> None:
    network, _ = weights_of("beta-vae-celeba", locations)
    with torch.inference_mode():
        latents = network(smooth_images(32, 64)).numpy()
    assert np.isfinite(latents).all()
    assert (latents.std(axis=0) > 0.01).sum() >= 5
