"""Files of features in every format: whole or not there, gone on with, never of something else."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from brainrank.benchmark.feature_files.content import Content
from brainrank.benchmark.feature_files.draft import FORMATS, fitting_batch, is_there, open_draft, read_features
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.reporter import Silent

N = 37
RECEIPT = {"model": "net", "network_digest": "ab" * 32, "preprocessing": {"size": (8, 8)}, "pooling": "mean"}
FEATURES = {"layer4.0": 5, "layer1:flatten": 700, "/onnx/Relu_output_0": 3, "relu#2": 1}
CONTENT = Content(tuple(f"bild {n} é" for n in range(N)), FEATURES, RECEIPT)
RNG = np.random.default_rng(0)
VALUES = {layer: RNG.standard_normal((N, count)).astype(np.float32) for layer, count in FEATURES.items()}

every_format = pytest.mark.parametrize("suffix", FORMATS)


def write(path: Path, content: Content = CONTENT, *, until: int = N, batch: int = 4, memory_bytes: int = 2**20) -> int:
    """Write the rows up to one; return how many were there before."""
    with open_draft(path, content, batch=batch, memory_bytes=memory_bytes, reporter=Silent()) as draft:
        before = draft.done
        for start in range(draft.done, until, batch):
            for layer, values in VALUES.items():
                if layer in content.features:
                    draft.write(layer, start, values[start : min(start + batch, until)])
            draft.mark(min(start + batch, until))
    return before


@every_format
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    write(path)
    found = read_features(path)
    assert found.content.ids == CONTENT.ids
    assert list(found.content.features.items()) == list(FEATURES.items())
    assert found.content.receipt == json.loads(json.dumps(RECEIPT))
    assert found.has_ids
    for layer, values in VALUES.items():
        assert np.array_equal(found.load(layer), values)
        assert found.load(layer).dtype == np.float32
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert is_there(path, RECEIPT)


@every_format
def test_a_file_that_was_stopped_is_gone_on_with_and_not_there_before(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    row = 4 * sum(FEATURES.values())
    write(path, until=20, memory_bytes=12 * row)  # blocks of 8 rows
    assert not path.exists()
    assert write(path, memory_bytes=12 * row) == 16
    found = read_features(path)
    assert all(np.array_equal(found.load(layer), values) for layer, values in VALUES.items())


@every_format
def test_an_error_leaves_what_was_done(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    stopped = open_draft(path, CONTENT, batch=4, memory_bytes=2**20, reporter=Silent())
    draft = stopped.__enter__()
    for layer, values in VALUES.items():
        draft.write(layer, 0, values[:4])
    draft.mark(4)
    assert not stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not path.exists()
    write(path)
    assert np.array_equal(read_features(path).load("layer4.0"), VALUES["layer4.0"])


@every_format
def test_another_models_file_is_neither_overwritten_nor_gone_on_with(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    other = {**RECEIPT, "network_digest": "cd" * 32}
    write(path, until=12, memory_bytes=12 * 4 * sum(FEATURES.values()))
    with pytest.raises(BrainrankError, match=r"holds other features \(network digest of net \(abababab\), not of net"):
        write(path, CONTENT._replace(receipt=other))
    with pytest.raises(BrainrankError, match="was begun for other layers; remove it"):
        write(path, CONTENT._replace(features={"layer4.0": 5}))
    write(path)
    before = read_features(path).load("layer4.0").copy()
    with pytest.raises(BrainrankError, match="it is not overwritten; give another name, or remove it"):
        is_there(path, {**RECEIPT, "pooling": "cls"})
    assert np.array_equal(read_features(path).load("layer4.0"), before)


def test_xarray_and_others_read_them_without_brainrank(tmp_path: Path) -> None:
    for suffix in FORMATS:
        write(tmp_path / f"x{suffix}")
    with xr.open_dataset(tmp_path / "x.nc") as of_netcdf, xr.open_zarr(tmp_path / "x.zarr") as of_zarr:
        for opened in (of_netcdf, of_zarr):
            assert opened.stimulus.values.tolist() == list(CONTENT.ids)
            assert opened["layer4.0"].dims == ("stimulus", "layer4.0.feature")
            assert np.array_equal(opened["layer4.0"], VALUES["layer4.0"])
    with np.load(tmp_path / "x.npz") as archive:
        assert np.array_equal(archive["/onnx/Relu_output_0"], VALUES["/onnx/Relu_output_0"])
    with h5py.File(tmp_path / "x.h5") as file:
        assert np.array_equal(file["relu#2"][:], VALUES["relu#2"])


def test_a_batch_is_halved_until_the_memory_holds_two_of_it(tmp_path: Path) -> None:
    row = 4 * sum(FEATURES.values())

    def batch(memory_bytes: int, beside: int = 0) -> int:
        return fitting_batch(FEATURES, 16, memory_bytes=memory_bytes, beside_bytes=lambda size: size * beside)

    for memory, expected in ((32 * row, 16), (31 * row, 8), (8 * row, 4), (3 * row, 1), (2 * row, 1)):
        assert batch(memory) == expected
    assert (batch(32 * row, row), batch(3 * row, row)) == (8, 1)
    with pytest.raises(BrainrankError, match=r"holds no two images of 4 layers of 709 features .* it takes 1 MiB"):
        batch(2 * row - 1)
    write(tmp_path / "x.h5", batch=1, memory_bytes=2 * row)
    assert np.array_equal(read_features(tmp_path / "x.h5").load("relu#2"), VALUES["relu#2"])


def test_files_of_others_are_read_without_ids(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["b"] = VALUES["layer4.0"].astype(np.float64)
        file["words"] = "no layer"
    np.savez(tmp_path / "theirs.npz", b=VALUES["layer4.0"], stimulus_ids=np.arange(N))
    of_hdf5, of_npz = (read_features(tmp_path / f"theirs.{each}") for each in ("h5", "npz"))
    assert of_hdf5.content.features == of_npz.content.features == {"b": 5}
    assert of_hdf5.content.ids[:2] == of_npz.content.ids[:2] == ("0", "1")
    assert (of_hdf5.has_ids, of_npz.has_ids) == (False, True)


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrainrankError, match=r"'x.pkl' is of no format .* end it with .npz, .zarr, .h5, .nc"):
        write(tmp_path / "x.pkl")
    with pytest.raises(BrainrankError, match=r"'a/b' would be stored as 'a\|b', which is taken"):
        write(tmp_path / "x.h5", CONTENT._replace(features={"a|b": 1, "a/b": 1}))
    with pytest.raises(BrainrankError, match="There is no file"):
        read_features(tmp_path / "none.h5")
    for suffix in (".h5", ".nc", ".npz"):
        (tmp_path / f"bad{suffix}").write_bytes(b"no features")
        with pytest.raises(BrainrankError, match="bad"):
            read_features(tmp_path / f"bad{suffix}")
