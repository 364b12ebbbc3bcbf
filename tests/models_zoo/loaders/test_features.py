"""Recorded features: aligned by id, and every way in which a file does not fit the stimuli."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.feature_files.content import Content
from brainrank.benchmark.feature_files.draft import open_draft
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.describe import describe_layers
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.loaders.features import read_features
from brainrank.models_zoo.loaders.local import LocalFile

IDS = ("a", "b", "c")


def local(path: Path) -> LocalFile:
    return LocalFile(path, sha256_of(path))


def written(path: Path, **arrays: object) -> Path:
    np.savez(path, **{name: np.asarray(array) for name, array in arrays.items()})
    return path


@given(order=st.permutations(["a", "b", "c", "d", "e"]))
def test_rows_are_found_by_id_whatever_their_order(tmp_path_factory: pytest.TempPathFactory, order: list[str]) -> None:
    values = {name: float(ord(name)) for name in order}
    path = tmp_path_factory.mktemp("features") / "net.npz"
    written(path, late=[[values[name], 0] for name in order], stimulus_ids=order)
    assert read_features(local(path), ("late",), IDS)["late"][:, 0].tolist() == [values[name] for name in IDS]


def test_a_model_of_features_has_layers_and_rows_but_no_network(tmp_path: Path) -> None:
    path = written(tmp_path / "net.npz", early=np.ones((3, 4, 2)), late=np.zeros((3, 5)), stimulus_ids=list(IDS))
    spec = find_model(f"features:{path}")
    model = resolve(spec, Locations(tmp_path), Silent())
    assert model.layers == ("early", "late")
    assert model.features is not None
    assert {name: rows.shape for name, rows in model.features(IDS).items()} == {"early": (3, 8), "late": (3, 5)}
    assert not find_source(spec).verified
    with pytest.raises(UserError, match="holds features, no network"):
        model.build()
    shapes = {each.name: each.shape for each in describe_layers(spec, Locations(tmp_path), Silent()).outputs}
    assert shapes == {"early": (4, 2), "late": (5,)}


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".nc", ".zarr"])
def test_files_that_brainrank_wrote_are_read_in_every_format(tmp_path: Path, suffix: str) -> None:
    path, receipt = tmp_path / f"net{suffix}", {"model": "theirs", "network_digest": "0" * 64}
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    content = Content(("d", "c", "b", "a"), {"layer4": 3}, receipt)
    with open_draft(path, content, batch=4, memory_bytes=2**20, reporter=Silent()) as draft:
        draft.write("layer4", 0, values)
        draft.mark(4)
    spec = find_model(f"features:{path}")
    model = resolve(spec, Locations(tmp_path), Silent())
    assert spec.file_sha256 == model.weights_digest
    assert model.layers == ("layer4",)
    assert model.features is not None
    assert np.array_equal(model.features(IDS)["layer4"], values[[3, 2, 1]])
    assert model.stored_shapes is not None
    assert model.stored_shapes() == {"layer4": (3,)}
    with pytest.raises(BrainrankError, match="lacks 1 of 1 stimuli: e; its first ids are d, c, b"):
        model.features(("e",))
    changed = path if path.is_file() else path / ".zattrs"
    changed.write_bytes(changed.read_bytes() + b" ")
    with pytest.raises(BrainrankError, match="damaged or changed after it was first read"):
        model.features(IDS)
    assert find_model(f"features:{path}").file_sha256 != spec.file_sha256


def test_one_array_is_one_layer_in_the_studys_order(tmp_path: Path) -> None:
    np.save(tmp_path / "net.npy", np.arange(6.0).reshape(3, 2))
    model = resolve(find_model(f"features:{tmp_path / 'net.npy'}"), Locations(tmp_path), Silent())
    assert model.features is not None
    assert model.features(IDS)["features"].tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"late": np.ones((3, 2)), "stimulus_ids": ["a", "b", "d"]}, "lacks 1 of 3 stimuli: c"),
        ({"late": np.ones((3, 2)), "stimulus_ids": ["a", "b", "b"]}, "repeats ids"),
        ({"late": np.ones((2, 2)), "stimulus_ids": ["a", "b", "c"]}, "has 2 rows, but 'stimulus_ids' has 3"),
        ({"late": np.ones((4, 2))}, "has 4 rows for 3 stimuli; add an array 'stimulus_ids'"),
        ({"late": np.ones(3)}, "stimuli x features"),
        ({"late": np.array([["x"], ["y"], ["z"]])}, "it must be numbers"),
        ({"late": np.full((3, 2), np.nan)}, "NaN or infinite"),
        ({"late": np.array([[object()]] * 3)}, "holds Python objects"),
        ({"stimulus_ids": ["a"]}, "holds no layer"),
    ],
)
def test_a_file_that_does_not_fit_says_why(arrays: dict[str, object], message: str, tmp_path: Path) -> None:
    spec = find_model(f"features:{written(tmp_path / 'net.npz', **arrays)}")
    with pytest.raises(BrainrankError, match=message):
        resolve(spec, Locations(tmp_path), Silent()).features(IDS)  # type: ignore[misc]


def test_a_file_that_changes_is_another_model(tmp_path: Path) -> None:
    path = written(tmp_path / "net.npz", late=np.ones((3, 2)))
    spec = find_model(f"features:{path}")
    written(path, late=np.zeros((3, 2)))
    assert find_model(f"features:{path}").digest != spec.digest
    with pytest.raises(UserError, match="has changed since it was named"):
        resolve(spec, Locations(tmp_path), Silent())


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_said_to_be_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.npz").write_bytes(content)
    with pytest.raises(BrainrankError, match="damaged or no zip archive"):
        resolve(find_model(f"features:{tmp_path / 'net.npz'}"), Locations(tmp_path), Silent())
