"""Sources: what a service may take from a stranger, one's own weights, recorded choices."""

from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS, find_model
from brainrank.models_zoo.load import SOURCES, find_source, require_data_only, resolve


def spec_of(source: str) -> ModelSpec:
    return ModelSpec(name="theirs", family="unsorted", source=source)


@pytest.mark.parametrize(
    "source", ["python:net.py:make", "onnx:/etc/passwd", "features:x.npz", "file:x#timm:y", "trials:x"]
)
def test_a_service_takes_neither_code_nor_paths_of_its_disk(source: str) -> None:
    with pytest.raises(UserError, match="runs code|names a file on the server's disk"):
        require_data_only(spec_of(source))


def test_a_service_takes_uploads_and_names() -> None:
    upload = RemoteFile("net.onnx", "0" * 64, ())
    require_data_only(replace(spec_of("onnx:net.onnx"), weights=upload))
    require_data_only(MODELS["resnet50"])
    with pytest.raises(UserError, match="runs code"):
        require_data_only(replace(spec_of("python:net.py:make"), weights=upload))


def test_what_is_the_users_own_word_is_marked() -> None:
    assert {name for name, source in SOURCES.items() if not source.verified} == {"features", "trials", "python", "live"}
    assert find_source(MODELS["resnet50"]).verified


def test_ones_own_weights_for_a_named_architecture(tmp_path: Path) -> None:
    state = timm.create_model("test_resnet").state_dict()
    path = tmp_path / "odd#name.safetensors"
    save_file(state, path)
    spec = find_model(f"file:{path}#timm:test_resnet")
    model = resolve(spec, Locations(tmp_path), Silent())
    assert model.weights_digest == spec.file_sha256 == sha256_of(path)
    built = model.build().state_dict()
    assert all(torch.equal(state[key], built[key]) for key in state)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("file:{}/net.safetensors", "names no architecture"),
        ("file:{}/net.safetensors#tim:resnet50", "Unknown source of architectures 'tim': did you mean timm"),
        ("file:{}/net.safetensors#timm:resnet5", "did you mean resnet50"),
        ("file:{}/net.safetensors#onnx:net", "Unknown source of architectures"),
        ("file:{}/net.onnx#timm:resnet50", "is no file of weights, which end in .safetensors, .pth"),
        ("file:{}/net.pth#timm:resnet50?kei=a", "Unknown setting of a checkpoint 'kei': did you mean key"),
        ("file:{}/none.safetensors#timm:resnet50", "There is no file"),
        ("trials:{}/net.txt", "is no .csv file"),
        ("features:{}/net.txt", "is none of .npz, .npy, .h5, .nc, .zarr"),
        ("nosuch:thing", "Unknown model"),
    ],
)
def test_a_source_that_cannot_be_says_how_to_write_it(source: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_bytes(b"")
    with pytest.raises(BrainrankError, match=message):
        find_model(source.format(tmp_path))


def test_recorded_choices_have_no_activations(tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_text("subj,object_response\n")
    spec = find_model(f"trials:{path}")
    assert spec.file_sha256
    with pytest.raises(UserError, match="benchmarks of behaviour only"):
        resolve(spec, Locations(tmp_path), Silent()).build()


def test_an_unknown_kind_of_source_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Unknown model source 'tim': did you mean timm"):
        find_source(spec_of("tim:resnet50"))
