"""`python -m ...upload_check_process KIND PATH BYTES SECONDS`: read a stranger's file, in bounds.

Ends with 0 and, of a package, what it declares on stdout; or with 2 and the reason there. What libraries say of a file
is on stderr. The working directory is empty and the caller's; what is unpacked goes there, and goes with it.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from brainrank.api.services.submissions.upload_check import REJECTED, UploadKind
from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError

# Libraries' own address space, and the file a few times over: a parsed graph takes more than its bytes.
LIBRARIES_BYTES, COPIES = 4 * 2**30, 4
MOST_FILES = 50_000  # of a package: as many images as are decoded within the time
NICENESS = 10  # the web interface, which asked for the check, goes first
PR_SET_PDEATHSIG = 1
UNPACKED = "unpacked"


def read_safetensors(path: Path, _most_bytes: int) -> None:
    """Raise InvalidDataError for what is no safetensors file with a tensor in it."""
    from brainrank.models_zoo.loaders.safetensors_header import check_safetensors

    check_safetensors(path)


def read_onnx(path: Path, _most_bytes: int) -> None:
    """Raise ModelLoadError for what is no graph that can be run."""
    from brainrank.benchmark.files.downloads import sha256_of
    from brainrank.models_zoo.loaders.local import LocalFile
    from brainrank.models_zoo.loaders.onnx_graph import check_upload

    check_upload(LocalFile(path, sha256_of(path)))


def read_npz(path: Path, most_bytes: int) -> None:
    """Raise InvalidDataError for what is no archive of arrays, or one that unpacks to too much."""
    from brainrank.benchmark.files.array_claims import check_npz

    if not check_npz(path, most_bytes=most_bytes, whole=True):
        raise InvalidDataError("The file holds no array; save an array (stimuli x features) per layer")


def read_npy(path: Path, _most_bytes: int) -> None:
    """Raise InvalidDataError for what is no array."""
    from brainrank.benchmark.files.array_claims import check_npy

    check_npy(path)


def read_trial_table(path: Path, _most_bytes: int) -> None:
    """Raise InvalidDataError for what is no table of one model's trials."""
    from brainrank.datasets.readers.tables import check_table
    from brainrank.datasets.readers.trials import read_trials

    check_table(path)
    observers = read_trials([path], aligned=False).observers
    if len(observers) > 1:
        raise InvalidDataError(f"The file holds trials of {', '.join(observers[:5])}; give those of one model")


def read_packed(path: Path, most_bytes: int) -> str:
    """Return what a package declares, as JSON. Raises InvalidDataError with its faults."""
    from brainrank.api.services.submissions.packages import contents_of, find_faults
    from brainrank.benchmark.types.reporter import Silent
    from brainrank.datasets.package.archive import Limits, unpack
    from brainrank.datasets.package.faults import MOST_SHOWN, count_text
    from brainrank.datasets.package.package import read_package

    folder = Path(UNPACKED).absolute()
    folder.mkdir()
    sums = unpack(path, folder, Limits(MOST_FILES, most_bytes))
    faults = find_faults(folder, Silent())
    if faults:
        shown = "".join(f"\n  {fault}" for fault in faults[:MOST_SHOWN])
        raise InvalidDataError(
            f"The package has {count_text(len(faults), 'fault')} (brainrank dataset validate DIR tells all):{shown}"
        )
    package = read_package(folder, sums)
    unnamed = sorted(set(sums) - set(package.parts.files))
    if unnamed:
        raise InvalidDataError(
            f"The package holds {count_text(len(unnamed), 'file')} that nothing in it names, such as '{unnamed[0]}'; "
            "unpack it, and pack the folder with: brainrank dataset pack DIR"
        )
    return contents_of(package).model_dump_json()


CHECKS: Mapping[UploadKind, Callable[[Path, int], str | None]] = {
    UploadKind.SAFETENSORS: read_safetensors,
    UploadKind.ONNX: read_onnx,
    UploadKind.NPZ: read_npz,
    UploadKind.NPY: read_npy,
    UploadKind.TRIALS: read_trial_table,
    UploadKind.PACKAGE: read_packed,
}


def _limit_process(size_bytes: int, seconds: int) -> None:
    """Limit what this process may take, and end it with its parent, should that be killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(NICENESS)
    limit = LIBRARIES_BYTES + COPIES * size_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(kind: str, path: str, most_bytes: str, seconds: str) -> int:
    _limit_process(Path(path).stat().st_size, int(seconds))
    try:
        sys.stdout.write(CHECKS[UploadKind(kind)](Path(path), int(most_bytes)) or "")
    except (BrainrankError, MemoryError) as error:
        reason = str(error) or "Reading the file takes too much memory; give a smaller one"
        sys.stdout.write(reason.replace(path, "The file").replace(Path(path).name, "The file"))
        return REJECTED
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
