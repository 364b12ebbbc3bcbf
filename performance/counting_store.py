"""A store of activations that holds nothing and counts what it is asked for."""

import threading
from collections import Counter

from brainrank.benchmark.activations.blobs import Blobs

LAYERS, LAYER_BYTES = 7, 2_000_000


class CountingStore(Blobs):
    """An object store, which counts requests and bytes."""

    def __init__(self) -> None:
        super().__init__("memory://hosts")
        self.requests, self.bytes_read, self.bytes_written = Counter[str](), 0, 0
        self._content, self._guard = dict[str, bytes](), threading.Lock()

    def read(self, name: str) -> bytes | None:
        """Read."""
        with self._guard:
            self.requests["GET"] += 1
            return self._content.get(name)

    def write(self, name: str, content: bytes) -> None:
        """Write."""
        with self._guard:
            self.requests["PUT"] += 1
            self._content[name] = content

    def create(self, name: str, content: bytes) -> bool:
        """Write unless there is one."""
        with self._guard:
            self.requests["PUT if none"] += 1
            return self._content.setdefault(name, content) is content

    def remove(self, name: str) -> None:
        """Remove."""
        with self._guard:
            self.requests["DELETE"] += 1
            self._content.pop(name, None)

    def put_layers(self, key: str) -> None:
        """Write a model's layers on a study."""
        for number in range(LAYERS):
            self.write(f"{key}.{number}", b"")
            self.bytes_written += LAYER_BYTES

    def has_layers(self, key: str) -> bool:
        """Read them if they are there, and say that they were used."""
        for number in range(LAYERS):
            if self.read(f"{key}.{number}") is None:
                return False
            self.bytes_read += LAYER_BYTES
            self.write(f"{key}.{number}.used", b"")
        return True
