"""Writing files so that they appear whole or not at all, and saying plainly when they cannot be written."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from brainrank.benchmark.types.errors import StorageError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Make the folder and, inside the block, turn a full disk or a forbidden folder into a StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(
                f"The disk of {folder} is full ({error.strerror}); free some space or set BRAINRANK_HOME to a "
                "folder on a larger disk"
            ) from error
        if error.errno in FORBIDDEN:
            raise StorageError(
                f"Cannot write to {folder} ({error.strerror}); set BRAINRANK_HOME to a folder you may write to"
            ) from error
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name when the block ends, and is removed when it fails.

    Raises StorageError when it cannot be written.
    """
    # Not tempfile's: its files are readable by their owner alone, whatever the umask says.
    partial = path.with_name(f"partial-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    with writing_to(path.parent):
        try:
            with partial.open("xb") as file:
                yield file
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
