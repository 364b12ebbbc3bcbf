"""A small network's weights in the forms in which people have them, made from a seed."""

from collections.abc import Mapping
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file

NAME = "timm:test_resnet"
Tensors = dict[str, torch.Tensor]


def weights(seed: int = 0) -> Tensors:
    """The tensors of the network; its normalisation is no identity."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = timm.create_model("test_resnet").state_dict()
        spread = {key: torch.rand_like(each) + 0.5 for key, each in made.items() if key.endswith("running_var")}
    return {**{key: each.contiguous() for key, each in made.items()}, **spread}


def body(tensors: Mapping[str, torch.Tensor]) -> Tensors:
    """All but the classifier's."""
    return {key: each for key, each in tensors.items() if not key.startswith("fc.")}


def prefixed(prefix: str, tensors: Mapping[str, torch.Tensor]) -> Tensors:
    """With longer names."""
    return {f"{prefix}{key}": each for key, each in tensors.items()}


def cast(tensors: Mapping[str, torch.Tensor], dtype: torch.dtype) -> Tensors:
    """Numbers with a fraction in another precision."""
    return {key: each.to(dtype) if each.is_floating_point() else each for key, each in tensors.items()}


def write_forms(folder: Path) -> dict[str, Path]:
    """Files by name, all of one network; `plain.safetensors` is the plainest."""
    own, other = weights(0), weights(1)
    inner, foreign = body(own), body(other)
    safe = {
        "plain": own,
        "data-parallel": prefixed("module.", own),
        "compiled": prefixed("_orig_mod.", own),
        "no-head": inner,
        "ten-classes": inner | {"fc.weight": torch.zeros(10, own["fc.weight"].shape[1]), "fc.bias": torch.zeros(10)},
        "half": cast(own, torch.float16),
    }
    contrast = inner | {"fc.0.weight": torch.zeros(4, 4)}
    pickled = {
        "plain.pth": own,
        "lightning.ckpt": {"state_dict": prefixed("model.", own), "epoch": 3},
        "moco.pth.tar": {
            "state_dict": prefixed("module.encoder_q.", contrast)
            | prefixed("module.encoder_k.", foreign)
            | {"module.queue": torch.zeros(8, 4)},
            "arch": "test_resnet",
        },
        "dino.pth": {
            "teacher": prefixed("backbone.", inner) | {"head.mlp.0.weight": torch.zeros(4, 4)},
            "student": prefixed("module.backbone.", foreign),
        },
        "with-ema.pth": {"model": own, "model_ema": dict(own), "optimizer": {}},
    }
    for name, tensors in safe.items():
        save_file(tensors, folder / f"{name}.safetensors")
    for name, content in pickled.items():
        torch.save(content, folder / name)
    return {each.name: each for each in sorted(folder.iterdir())}
