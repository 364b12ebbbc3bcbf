"""timm architectures: random weights, weights files, and the hub's cache (a tiny one made here)."""

import hashlib
from pathlib import Path

import huggingface_hub
import pytest
import timm
import torch
from safetensors.torch import save_file

from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

TINY = "test_resnet"


def from_file(path: Path, home: Path) -> ModelSpec:
    """A spec whose weights lie in the cache under their sha256 already."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (home / "downloads").mkdir(exist_ok=True)
    path.rename(home / "downloads" / f"{sha256[:16]}-{path.name}")
    return ModelSpec(name="tiny", family="test", source=f"timm:{TINY}", weights=RemoteFile(path.name, sha256, ()))


def test_random_weights_are_the_same_every_time_and_leave_the_generator_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    model = resolve(find_model(f"timm:{TINY}@random"), Locations(tmp_path), Silent())
    first, second = model.build().state_dict(), model.build().state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert torch.equal(before, torch.get_rng_state())
    assert model.layers == ("act1", "layer1.0", "layer2.0", "layer3.0", "layer4.0")


def test_weights_come_back_tensor_by_tensor_whatever_their_names(tmp_path: Path) -> None:
    source = timm.create_model(TINY)
    path = tmp_path / "weights.pth"
    torch.save({f"other.{key}": value for key, value in source.state_dict().items()}, path)
    built = resolve(from_file(path, tmp_path), Locations(tmp_path), Silent()).build()
    assert all(
        torch.equal(a, b) for a, b in zip(source.state_dict().values(), built.state_dict().values(), strict=True)
    )


def test_safetensors_are_read_as_well(tmp_path: Path) -> None:
    source = timm.create_model(TINY).state_dict()
    path = tmp_path / "weights.safetensors"
    save_file(dict(source), path)
    built = resolve(from_file(path, tmp_path), Locations(tmp_path), Silent()).build().state_dict()
    assert all(torch.equal(source[key], built[key]) for key in source)


def test_weights_of_another_shape_name_the_tensor(tmp_path: Path) -> None:
    weights = timm.create_model(TINY).state_dict()
    key = next(iter(weights))
    weights[key] = torch.zeros(1, 2, 3, 4)
    path = tmp_path / "weights.pth"
    torch.save(weights, path)
    model = resolve(from_file(path, tmp_path), Locations(tmp_path), Silent())
    with pytest.raises(ModelLoadError, match=rf"weights.pth does not fit {TINY}: '{key}' is \(1, 2, 3, 4\)"):
        model.build()


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"code": Path("would be built by running code")}, path)
    model = resolve(from_file(path, tmp_path), Locations(tmp_path), Silent())
    with pytest.raises(ModelLoadError, match="no plain state dict"):
        model.build()


def test_missing_and_surplus_tensors_are_named(tmp_path: Path) -> None:
    weights = dict(timm.create_model(TINY).state_dict())
    weights["head.extra"] = weights.pop("fc.bias")
    path = tmp_path / "weights.safetensors"
    save_file(weights, path)
    model = resolve(from_file(path, tmp_path), Locations(tmp_path), Silent())
    with pytest.raises(ModelLoadError, match=r"missing fc.bias; surplus head.extra"):
        model.build()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("timm:resnet19", "did you mean .*resnet18"),
        ("timm:resnet18.no_such_tag", "weights tag 'no_such_tag'"),
        ("timm:resnet18@latest", "Unknown timm revision 'latest'"),
        ("efficientnet-lite9", "did you mean efficientnet-lite"),
        ("lite0", "did you mean efficientnet-lite0"),
        ("nosuchloader:thing", "Unknown model"),
        ("classical:gabbor", "did you mean gabor"),
    ],
)
def test_unknown_names_suggest_near_ones(name: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        find_model(name)


def test_hub_weights_come_from_the_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache as the hub's client lays it out, with weights made here, in place of a download."""
    config = timm.get_pretrained_cfg(TINY)
    source = timm.create_model(TINY).state_dict()
    weights = tmp_path / "model.safetensors"
    save_file(dict(source), weights)
    repository = tmp_path / "hub" / f"models--{config.hf_hub_id.replace('/', '--')}"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    weights.rename(snapshot / "model.safetensors")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    model = resolve(find_model(f"timm:{TINY}"), Locations(tmp_path), Silent())
    built = model.build().state_dict()
    assert all(torch.equal(source[key], built[key]) for key in source)
    assert model.weights_digest == hashlib.sha256((snapshot / "model.safetensors").read_bytes()).hexdigest()


def test_weights_that_no_hub_gives_are_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataUnavailableError, match="HF_ENDPOINT") as caught:
        resolve(find_model(f"timm:{TINY}"), Locations(tmp_path), Silent())
    assert f"timm:{TINY}@random" in str(caught.value)
