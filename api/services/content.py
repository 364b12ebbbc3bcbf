"""Whether an uploaded file is what it is said to be: read by a process of its own, as a stranger made it.

`python -m brainrank.api.services.content KIND PATH BYTES` ends with 0 and, of a package, what it declares on stdout; or
with 2 and the reason on stderr.
"""

import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import IO

from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError

CHECK_TIMEOUT_S = 300
# Libraries' own address space, and the file a few times over: a parsed graph takes more than its bytes.
LIBRARIES_BYTES, COPIES = 4 * 2**30, 4
REJECTED = 2
MOST_FILES = 50_000  # of a package: as many images as are decoded within the time


class UploadKind(StrEnum):
    """What can be uploaded; the value is the suffix of the file. A package is as `brainrank dataset pack` writes it."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"
    NPZ = "npz"
    NPY = "npy"
    TRIALS = "csv"
    PACKAGE = "zip"

    @property
    def is_model(self) -> bool:
        """Whether a model can be made of it; a package is what models are scored on."""
        return self is not UploadKind.PACKAGE


def check(kind: UploadKind, path: Path, *, most_bytes: int) -> str:
    """Raise InvalidDataError, with what to do, unless the file is a good one of its kind.

    Returns what a package declares, as JSON, and nothing of other files. `most_bytes` bounds what an archive may unpack
    to.
    """
    command = [sys.executable, "-m", "brainrank.api.services.content", kind, str(path), str(most_bytes)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CHECK_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise InvalidDataError(f"Reading the file took longer than {CHECK_TIMEOUT_S} s; save it anew") from error
    finally:
        shutil.rmtree(_unpacked(path), ignore_errors=True)
    if done.returncode == REJECTED:
        raise InvalidDataError(done.stderr.strip())
    if done.returncode != 0:
        raise InvalidDataError(
            f"The file cannot be read as {kind} (its reader ended with {done.returncode}); save it anew"
        )
    return done.stdout


def _unpacked(path: Path) -> Path:
    """Where an archive is unpacked to be read."""
    return path.with_suffix(".unpacked")


def _safetensors(path: Path, _most_bytes: int) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as content:
            if not list(content.keys()):
                raise InvalidDataError("The file holds no tensor; save a state dict")
    except SafetensorError as error:
        raise InvalidDataError(
            f"The file is damaged or no safetensors file ({error}); write it with "
            "safetensors.torch.save_file(state_dict, path)"
        ) from error


def _onnx(path: Path, _most_bytes: int) -> None:
    from brainrank.models_zoo.loaders.onnx_graph import read_graph

    read_graph(path)


def _npz(path: Path, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > most_bytes:
                raise InvalidDataError(f"The archive unpacks to more than {most_bytes:,} bytes; give fewer layers")
            for member in members:
                with archive.open(member) as file:
                    _header(file, member.filename)
    except zipfile.BadZipFile as error:
        raise InvalidDataError(f"The file is damaged or no .npz ({error}); save arrays with numpy.savez") from error
    if not members:
        raise InvalidDataError("The file holds no array; save an array (stimuli x features) per layer")


def _npy(path: Path, _most_bytes: int) -> None:
    with path.open("rb") as file:
        _header(file, "The file")


def _header(file: IO[bytes], name: str) -> None:
    """Read an array's header only: an object array is a pickle, which may run code."""
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        version = npy.read_magic(file)
        if version not in readers:
            raise InvalidDataError(f"{name} is of the .npy version {version}; save plain arrays with numpy.savez")
        shape, _, dtype = readers[version](file)
    except ValueError as error:
        raise InvalidDataError(f"{name} is no array ({error}); save plain arrays with numpy.savez") from error
    if dtype.hasobject:
        raise InvalidDataError(f"{name} holds Python objects, which may run code; save plain arrays with numpy.savez")
    if not shape:
        raise InvalidDataError(f"{name} is a single number; an array has a row per stimulus")


def _trials(path: Path, _most_bytes: int) -> None:
    from brainrank.datasets.readers.trials import read_trials

    observers = read_trials([path]).observers
    if len(observers) > 1:
        raise InvalidDataError(f"The file holds trials of {', '.join(observers[:5])}; give those of one model")


def _package(path: Path, most_bytes: int) -> str:
    from brainrank.api.services.packages import contents_of, find_faults
    from brainrank.benchmark.types.reporter import Silent
    from brainrank.datasets.package.archive import Limits, unpack
    from brainrank.datasets.package.faults import MOST_SHOWN, counted
    from brainrank.datasets.package.package import read_package

    folder = _unpacked(path)
    folder.mkdir()
    unpack(path, folder, Limits(MOST_FILES, most_bytes))
    faults = find_faults(folder, Silent())
    if faults:
        shown = "".join(f"\n  {fault}" for fault in faults[:MOST_SHOWN])
        raise InvalidDataError(
            f"The package has {counted(len(faults), 'fault')} (brainrank dataset validate DIR tells all):{shown}"
        )
    return contents_of(read_package(folder)).model_dump_json()


CHECKS: Mapping[UploadKind, Callable[[Path, int], str | None]] = {
    UploadKind.SAFETENSORS: _safetensors,
    UploadKind.ONNX: _onnx,
    UploadKind.NPZ: _npz,
    UploadKind.NPY: _npy,
    UploadKind.TRIALS: _trials,
    UploadKind.PACKAGE: _package,
}


def _main(kind: str, path: str, most_bytes: str) -> int:
    size = Path(path).stat().st_size
    limit = LIBRARIES_BYTES + COPIES * size
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        sys.stdout.write(CHECKS[UploadKind(kind)](Path(path), int(most_bytes)) or "")
    except (BrainrankError, MemoryError) as error:
        reason = str(error) or "Reading the file takes too much memory; give a smaller one"
        sys.stderr.write(reason.replace(path, "The file").replace(Path(path).name, "The file"))
        return REJECTED
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
