"""What is read again is checked again: a flipped bit of an upload is found, however warm its model is."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stranger_files as files
import torch

from brainrank.api.services.runs.failures import can_pass
from brainrank.api.services.submissions.packages import uploaded_package
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.scoring.choices import _recorded
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.archive import pack
from brainrank.datasets.package.package import read_package
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.local import LocalFile
from brainrank.models_zoo.resolved import ResolvedModel


def flip(path: Path, at: int) -> None:
    """Flip a bit, and set the file's time back, as a disk that errs does not touch it."""
    times, content = path.stat(), bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def kept(content: bytes, suffix: str, locations: Locations) -> RemoteFile:
    """A file as a service keeps an upload."""
    locations.downloads.mkdir(parents=True, exist_ok=True)
    path = locations.downloads / "sent"
    path.write_bytes(content)
    file = RemoteFile(f"upload.{suffix}", sha256_of(path), ())
    path.rename(locations.downloads / cache_name(file))
    return file


def use_features(model: ResolvedModel) -> object:
    assert model.features is not None
    return model.features(files.IDS)


def use_graph(model: ResolvedModel) -> object:
    built = model.build()
    return built(torch.zeros(1, 3, 8, 8))


def use_trials(model: ResolvedModel) -> object:
    assert model.trials is not None
    return _recorded(LocalFile(model.trials, model.weights_digest))


WARM: dict[str, tuple[str, Callable[[], bytes], Callable[[ResolvedModel], object]]] = {
    "npy": ("features", lambda: files.npy(np.ones((8, 3))), use_features),
    "npz": ("features", lambda: files.npz(late=np.ones((8, 3))), use_features),
    "onnx": ("onnx", lambda: files.serialised(files.convolution()), use_graph),
    "csv": ("trials", files.trials, use_trials),
}


@pytest.mark.parametrize("suffix", WARM)
def test_a_flipped_bit_is_found_while_the_model_is_warm(suffix: str, tmp_path: Path) -> None:
    source, content, use = WARM[suffix]
    locations = Locations(tmp_path)
    file = kept(content(), suffix, locations)
    spec = ModelSpec(name="mine", family="mine", source=f"{source}:{file.sha256}.{suffix}", weights=file)
    warm = resolve(spec, locations, Silent())
    use(warm)
    flip(locations.downloads / cache_name(file), -9)
    with pytest.raises(DataUnavailableError, match=r"was damaged or changed .* send it again") as told:
        use(warm)
    assert can_pass(told.value), "resolved anew, a whole copy may be found where uploads are kept"
    with pytest.raises(DataUnavailableError, match="damaged"):
        resolve(spec, locations, Silent())
    flip(locations.downloads / cache_name(file), -9)
    use(warm)


def test_a_damaged_package_is_unpacked_anew(tmp_path: Path) -> None:
    locations = Locations(tmp_path / "home")
    pack(read_package(files.written(files.package_files(), tmp_path / "mine")), tmp_path / "mine.zip")
    file = kept((tmp_path / "mine.zip").read_bytes(), "zip", locations)
    first = uploaded_package(file, locations, Silent())
    for name in ("responses.npy", "images/im1.png", "dataset.toml", "SHA256SUMS"):
        flip(first.folder / name, -9)
        again = uploaded_package(file, locations, Silent())
        assert (again.version, again.sums) == (first.version, first.sums), name
    (first.folder / "stimuli.csv").unlink()
    assert uploaded_package(file, locations, Silent()).sums == first.sums
    flip(locations.downloads / cache_name(file), 3000)
    flip(first.folder / "responses.npy", -9)
    with pytest.raises(DataUnavailableError, match="damaged"):
        uploaded_package(file, locations, Silent())


def layer() -> LayerGram:
    rng = np.random.default_rng(0)
    vectors: dict[str, Any] = {
        name: rng.normal(size=3) for name in ("row_sums", "mean_products", "row_powers", "row_lengths")
    }
    half = rng.normal(size=(3, 3))
    return LayerGram(given_gram=half + half.T, mean=0.5, n_features=7, layer="late", key="", **vectors)


def test_every_flipped_bit_of_a_store_entry_is_found_or_changes_nothing(tmp_path: Path) -> None:
    """Bits that say nothing of the content (dates, who made the archive) may be flipped without effect."""
    store, key = ActivationStore(tmp_path), "ab" * 32
    store.put(key, layer())
    (path,) = tmp_path.rglob("*.npz")
    whole, found = path.read_bytes(), 0
    for bit in np.random.default_rng(1).permutation(8 * len(whole))[:1500]:
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(bytes(changed))
        read = store.get(key, LayerGram)
        if read is None:
            found += 1
            continue
        assert read.gram.tobytes() == layer().gram.tobytes(), bit
        assert read.row_sums.tobytes() == layer().row_sums.tobytes(), bit
        assert (read.mean, read.mean_products.tobytes()) == (0.5, layer().mean_products.tobytes()), bit
    assert found > 500
