"""Whether an uploaded file is what it is said to be: asked of a process of its own, as a stranger made the file."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from brainrank.benchmark.types.errors import InvalidDataError

FILE_TIMEOUT_S, PACKAGE_TIMEOUT_S = 120, 300
REJECTED = 2
LONGEST_REASON = 20_000
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH")
"""What a check may know of the environment: what Python needs to start, and no address, token or password."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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


async def check(kind: UploadKind, path: Path, *, most_bytes: int) -> str:
    """Raise InvalidDataError, with what to do, unless the file is a good one of its kind.

    Returns what a package declares, as JSON, and nothing of other files. `most_bytes` bounds what an archive may unpack
    to. The process is killed when its time is over, and when whoever waits for it is cancelled.
    """
    limit_s = FILE_TIMEOUT_S if kind.is_model else PACKAGE_TIMEOUT_S
    command = [
        sys.executable,
        "-P",
        "-m",
        "brainrank.api.services.submissions.upload_check_process",
        kind,
        str(path),
        str(most_bytes),
    ]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | ONE_THREAD
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(each).absolute()) for each in paths if each)
    async with _empty_folder(path.parent) as empty:
        try:
            with anyio.fail_after(limit_s):
                done = await anyio.run_process(
                    [*command, str(limit_s)],
                    check=False,
                    cwd=empty,
                    env=environment | {"HOME": empty},
                    start_new_session=True,
                )
        except TimeoutError as error:
            raise InvalidDataError(
                f"Reading the file took longer than {limit_s} s; give fewer or smaller layers, columns or images"
            ) from error
    if done.returncode == REJECTED:
        raise InvalidDataError(done.stdout.decode(errors="replace").strip()[:LONGEST_REASON])
    if done.returncode != 0:
        raise InvalidDataError(
            f"The file cannot be read as {kind} (its reader ended with {done.returncode}); save it anew"
        )
    return done.stdout.decode()


@asynccontextmanager
async def _empty_folder(beside: Path) -> AsyncIterator[str]:
    """A folder for the process to be in and to unpack to; thousands of files are removed without anybody's waiting."""
    folder = TemporaryDirectory(prefix="check-", dir=beside, ignore_cleanup_errors=True)
    try:
        yield folder.name
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(folder.cleanup)
