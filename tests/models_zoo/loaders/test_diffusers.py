"""Autoencoders of diffusers: the latents that diffusers itself gives, from a repository's files made here."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

diffusers = pytest.importorskip("diffusers")
COMMIT = "b" * 40
TINY_KL = {
    "block_out_channels": (8, 16),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "norm_num_groups": 4,
    "latent_channels": 3,
}


def test_mean_and_log_variance_are_the_posteriors(tmp_path: Path, hub: Callable[[str, str, Path], Path]) -> None:
    torch.manual_seed(0)
    theirs = diffusers.AutoencoderKL(**TINY_KL).eval()
    theirs.save_pretrained(tmp_path / "saved")
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        hub(f"owner/repo@{COMMIT}", f"vae/{name}", tmp_path / "saved" / name)
    model = resolve(find_model(f"diffusers:owner/repo/vae@{COMMIT}"), Locations(tmp_path), Silent())
    assert model.layers == (
        *("encoder.down_blocks.0", "encoder.down_blocks.1", "encoder.mid_block"),
        *("latent_mean", "latent_log_variance"),
    )
    built, images = model.build().eval(), torch.rand(2, 3, 32, 32) * 2 - 1
    seen: list[torch.Tensor] = []
    built.get_submodule("latent_log_variance").register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.inference_mode():
        posterior = theirs.encode(images).latent_dist
        assert torch.equal(built(images), posterior.mean)
        assert torch.equal(seen[0].clamp(-30, 20), posterior.logvar)


def test_a_repository_of_another_class_is_refused(tmp_path: Path, hub: Callable[[str, str, Path], Path]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": "UNet2DModel"}))
    hub(f"owner/repo@{COMMIT}", "config.json", tmp_path / "config.json")
    with pytest.raises(BrainrankError, match="describes UNet2DModel"):
        resolve(find_model(f"diffusers:owner/repo@{COMMIT}"), Locations(tmp_path), Silent())


def test_the_tiny_one_has_its_blocks(tmp_path: Path) -> None:
    model = resolve(find_model("diffusers:AutoencoderTiny@random"), Locations(tmp_path), Silent())
    assert model.layers[-1] == "latent_mean"
    assert len(model.layers) == 11


@pytest.mark.parametrize(
    ("name", "message"),
    [("diffusers:AutoencoderKl@random", "did you mean AutoencoderKL"), ("diffusers:owner/repo@main", "at a commit")],
)
def test_names_that_are_none_say_how_to_write_them(name: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        find_model(name)
