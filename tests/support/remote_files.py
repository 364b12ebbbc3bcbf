"""A file to be downloaded, and what is told and left meanwhile."""

import hashlib
from pathlib import Path

from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Messages(Silent):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def message(self, text: str) -> None:
        self.texts.append(text)

    def progress(self, stage: str, done: int, total: int) -> None:
        pass


def remote(*sources: str, sha256: str = SHA256) -> RemoteFile:
    return RemoteFile(name="data.bin", sha256=sha256, sources=sources)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))
