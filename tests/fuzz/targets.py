"""What reads the bytes of strangers, each with good files to begin at and bad ones that it once fell over."""

import atexit
import pickle
import shutil
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import stranger_files as files

from brainrank.api.services.submissions import upload_check_process
from brainrank.api.services.submissions.packages import Contents, contents_of
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.images import read_image
from brainrank.benchmark.scoring.declarations import declaration_faults
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.datasets.package.archive import Limits, pack, unpack
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.package import read_package, read_parts
from brainrank.datasets.package.responses import read_netcdf
from brainrank.datasets.readers.plain_pickle import read_pickled_arrays
from brainrank.models_zoo.loaders.features import layers_in, read_features
from brainrank.models_zoo.loaders.local import LocalFile
from brainrank.models_zoo.loaders.weights import read_state_dict

LIMIT_BYTES = 64 * 2**20


class Target(NamedTuple):
    """A reader: the suffix of its files, what reads one, and the files to begin at."""

    suffix: str
    read: Callable[[Path], object]
    seeds: Callable[[], Sequence[bytes]]


def try_one(target: Target, content: bytes, folder: Path) -> None:
    """Let a reader read some bytes; whatever it raises beside a BrainrankError is let through."""
    path = folder / f"file{target.suffix}"
    path.write_bytes(content)
    try:
        target.read(path)
    except BrainrankError:
        return


def _read_features(path: Path) -> None:
    file = LocalFile(path, sha256_of(path))
    read_features(file, layers_in(file), files.IDS)


def _npz(path: Path) -> None:
    upload_check_process.read_npz(path, LIMIT_BYTES)
    _read_features(path)


def _npy(path: Path) -> None:
    upload_check_process.read_npy(path, LIMIT_BYTES)
    _read_features(path)


def _member(path: Path) -> None:
    """An array inside an archive whose checksums are right, as changed bytes of an archive never are."""
    archive = path.with_suffix(".npz")
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("late.npy", path.read_bytes())
    _npz(archive)


def _safetensors(path: Path) -> None:
    upload_check_process.read_safetensors(path, LIMIT_BYTES)
    read_state_dict(path)


@cache
def _package() -> dict[str, bytes]:
    return files.package_files()


@cache
def _folder() -> Path:
    """The package in a folder that goes with the process."""
    made = TemporaryDirectory()
    atexit.register(made.cleanup)
    return files.written(_package(), Path(made.name))


def _with(name: str) -> Callable[[Path], None]:
    """A reader of the package in which one file has the bytes; its images are not looked at."""

    def read(path: Path) -> None:
        folder = _folder()
        try:
            shutil.copyfile(path, folder / name)
            parts = read_parts(folder)
            for region in parts.description.regions:
                read_measured(folder, region, parts.tables[region.stimuli], {})
            if not parts.faults and not declaration_faults(parts):
                written = contents_of(read_package(folder)).model_dump_json()
                Contents.model_validate_json(written).declared()
        finally:
            (folder / name).write_bytes(_package()[name])

    return read


def _archive(path: Path) -> None:
    with TemporaryDirectory() as empty:
        unpack(path, Path(empty) / "unpacked", Limits(100, LIMIT_BYTES))
        shutil.rmtree(Path(empty) / "unpacked")


@cache
def _packed() -> bytes:
    with TemporaryDirectory() as empty:
        folder = files.written(_package(), Path(empty) / "mine")
        pack(read_package(folder), Path(empty) / "mine.zip")
        return (Path(empty) / "mine.zip").read_bytes()


def _images() -> list[bytes]:
    kinds = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "JPEG2000", "PCX", "SGI", "AVIF")
    return [
        *(files.image(kind) for kind in kinds),
        files.image("TIFF", compression="tiff_lzw"),
        files.image("TIFF", mode="CMYK"),
        files.image("PNG", mode="LA"),
        files.image("PNG", mode="P"),
        files.image("JPEG", mode="CMYK"),
    ]


def _pickles() -> list[bytes]:
    """A dictionary of arrays and words as each protocol has it, and as NumPy saves it."""
    content = {"data": np.ones((2, 3)), "times": np.arange(3.0), "names": ["Oz", "O1"]}
    return [*(pickle.dumps(content, protocol) for protocol in range(6)), files.npy(np.array(content), pickled=True)]


def _onnx_models() -> list[bytes]:
    return [files.serialised(model) for model in (files.graph(), files.convolution(), files.branching())]


TARGETS: dict[str, Target] = {
    "safetensors": Target(".safetensors", _safetensors, lambda: [files.safetensors()]),
    "onnx": Target(".onnx", lambda path: upload_check_process.read_onnx(path, LIMIT_BYTES), _onnx_models),
    "npz": Target(".npz", _npz, lambda: [files.npz(late=np.ones((8, 3)), stimulus_ids=np.array(files.IDS))]),
    "npz-member": Target(".member", _member, lambda: [files.npy(np.ones((8, 3))), files.npy(np.ones((8, 2), "<f4"))]),
    "npy": Target(".npy", _npy, lambda: [files.npy(np.ones((8, 3))), files.npy(np.ones((8, 2, 2), np.float16))]),
    "csv": Target(
        ".csv", lambda path: upload_check_process.read_trial_table(path, LIMIT_BYTES), lambda: [files.trials()]
    ),
    "archive": Target(".zip", _archive, lambda: [_packed()]),
    "description": Target(".toml", _with("dataset.toml"), lambda: [_package()["dataset.toml"]]),
    "stimuli": Target(".table", _with("stimuli.csv"), lambda: [_package()["stimuli.csv"]]),
    "people": Target(".table", _with("trials.csv"), lambda: [_package()["trials.csv"]]),
    "responses": Target(".array", _with("responses.npy"), lambda: [_package()["responses.npy"]]),
    "rdms": Target(".rdms", _with("rdms.npz"), lambda: [_package()["rdms.npz"]]),
    "image": Target(".image", read_image, _images),
    "netcdf": Target(
        ".nc",
        read_netcdf,
        lambda: [files.responses_netcdf(), files.responses_netcdf(compression="gzip"), files.responses_classic()],
    ),
    "pickle": Target(".npy", read_pickled_arrays, _pickles),
}
