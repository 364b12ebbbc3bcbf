"""What decides a model's activations is in their key in the store: each of it is changed in turn."""

import importlib.metadata
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from brainrank.benchmark.activations import store
from brainrank.benchmark.activations.store import store_key
from brainrank.benchmark.scoring import code_version
from brainrank.benchmark.scoring.code_version import network_code
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.load import pin_weights, resolve
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, silent):
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.out, self.silent = nn.Conv2d(3, 4, 3), nn.Identity(), silent

    def forward(self, images):
        maps = self.conv(images)
        return self.out(torch.cat([0 * maps[:, :2], maps[:, 2:]], 1) if self.silent else maps)

def whole():
    return Net(False), {"preprocessing": {"size": 16}, "layers": ["out"]}

def silent():
    return Net(True), {"preprocessing": {"size": 16}, "layers": ["out"]}
"""


def digest(source: str, folder: Path) -> str:
    spec = ModelSpec("model", "family", source)
    return resolve(spec, Locations(folder), Silent()).network_digest(network_code(spec))


def key(network_digest: str = "n", **changed: object) -> str:
    settings: dict[str, object] = {
        "preprocessing": Preprocessing(size=(8, 8)),
        "layer": "conv",
        "pooling": "flatten",
        "reduction": "",
        "precision": "float32 on cpu",
        "stimuli_digest": "s",
    }
    return store_key(network_digest=network_digest, **{**settings, **changed})  # type: ignore[arg-type]


def test_every_setting_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Preprocessing(size=(8, 8))
    prepared: tuple[dict[str, object], ...] = (
        {"size": (8, 9)}, {"interpolation": "bilinear"}, {"crop_fraction": 0.9}, {"crop_mode": "squash"},
        {"mean": (0.0, 0.0, 0.1)}, {"std": (1.0, 1.0, 0.9)}, {"visual_degrees": 8.0},
        {"channel_order": "BGR"},
    )  # fmt: skip
    keys = [
        key(), key("other"), key(layer="conv2"), key(pooling="mean"), key(reduction="units"),
        key(precision="bf16 on cpu"), key(precision="float32 on cuda"), key(stimuli_digest="other"),
        *(key(preprocessing=replace(one, **each)) for each in prepared),
    ]  # fmt: skip
    monkeypatch.setattr(store, "EXTRACTOR_VERSION", store.EXTRACTOR_VERSION + 1)
    keys.append(key())
    assert len(set(keys)) == len(keys)


def test_weights_network_arguments_versions_and_code_change_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(weights: str = "w", network: Network | None = None, code: str = "c") -> str:
        made = network or Network("timm:resnet18", {"classes": 10})
        return ResolvedModel(weights, made, Preprocessing((8, 8)), ("conv",), torch.nn.Identity).network_digest(code)

    other = (Network("timm:resnet34", {"classes": 10}), Network("timm:resnet18", {"classes": 11}))
    digests = [of(), of("v"), *(of(network=each) for each in other), of(code="d")]
    digests.append(of(network=Network("timm:resnet18", {"classes": 10}, ("numpy",))))
    for package in ("torch", "timm", "torchvision", "pillow"):
        with monkeypatch.context() as changed:
            real = importlib.metadata.version

            def version(name: str, *, new: str = package, real: Callable[[str], str] = real) -> str:
                return "99" if name == new else real(name)

            changed.setattr("brainrank.models_zoo.network.version", version)
            digests.append(of())
    assert len(set(digests)) == len(digests)


def test_one_weights_file_as_two_architectures_is_two_models(tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    save_file(timm.create_model("mobilenetv3_small_075").state_dict(), weights)
    same = [f"file:{weights}#timm:{name}" for name in ("mobilenetv3_small_075", "tf_mobilenetv3_small_075")]
    networks = [timm.create_model(each.rpartition(":")[2]) for each in same]
    assert type(networks[0].conv_stem) is not type(networks[1].conv_stem)
    assert len({digest(each, tmp_path) for each in same}) == 2
    moved = tmp_path / "moved.safetensors"
    weights.rename(moved)
    assert digest(f"file:{moved}#timm:mobilenetv3_small_075", tmp_path) == digest(
        f"file:{moved}#timm:mobilenetv3_small_075", tmp_path
    )


def test_the_activation_function_of_a_tower_is_part_of_it(tmp_path: Path) -> None:
    names = ("ViT-B-32", "ViT-B-32-quickgelu")
    assert len({digest(f"open_clip:{name}@random", tmp_path) for name in names}) == 2


def test_two_functions_of_one_file_are_two_models(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(CODE)
    whole, silent = (digest(f"python:{file}:{name}", tmp_path) for name in ("whole", "silent"))
    assert whole != silent
    assert digest(f"python:{file}:whole", tmp_path) == whole
    file.write_text(CODE.replace("maps[:, :2]", "maps[:, :1]").replace("maps[:, 2:]", "maps[:, 1:]"))
    assert digest(f"python:{file}:silent", tmp_path) != silent


def test_what_the_file_imports_of_the_users_own_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "brain_parts").mkdir()
    part, file = tmp_path / "brain_parts" / "gain.py", tmp_path / "net.py"
    part.write_text("GAIN = 1\n")
    file.write_text(
        "from brain_parts.gain import GAIN\n" + CODE.replace("self.conv(images)", "GAIN * self.conv(images)")
    )
    source = f"python:{file}:whole"
    before, spec = digest(source, tmp_path), pin_weights(ModelSpec("model", "family", source))
    image = torch.ones(1, 3, 16, 16)
    one = resolve(spec, Locations(tmp_path), Silent()).build()(image)
    then = part.stat()
    part.write_text("GAIN = 2\n")  # within the same second and of the same length
    os.utime(part, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert digest(source, tmp_path) != before
    assert pin_weights(ModelSpec("model", "family", source)).digest != spec.digest
    two = resolve(ModelSpec("model", "family", source), Locations(tmp_path), Silent()).build()(image)
    torch.testing.assert_close(two, 2 * one)


def test_the_code_of_the_loader_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec("gabor", "classical", "classical:gabor")
    reached = code_version.sources().closure(("brainrank.models_zoo.loaders.classical",))
    assert "brainrank.models_zoo.loaders.gabor" in reached
    asked: list[frozenset[str]] = []

    class Recording:
        def digest(self, entries: frozenset[str]) -> str:
            asked.append(entries)
            return "d"

    monkeypatch.setattr(code_version, "sources", Recording)
    network_code(spec)
    assert asked == [frozenset({"brainrank.benchmark.activations.extract", "brainrank.models_zoo.loaders.classical"})]
