"""How many images pass a network at once: found once for a model on a device, halved when memory runs out."""

import hashlib
from pathlib import Path

import torch

from brainrank.benchmark.files.storage import written_whole

# Small enough for the caches of a CPU (32 was no faster for resnet50 on two cores); large enough to fill a GPU.
START = {"cpu": 16, "cuda": 256}


class BatchSize:
    """A number of images that only ever shrinks; kept in `file`, if given, so that it is found once per machine.

    `is_found` says that it is known to fit, from an earlier run or this one; else it is the most that is tried.
    """

    def __init__(self, start: int, *, file: Path | None = None) -> None:
        self.value, self._file, self.is_found = start, file, False
        if file is not None and file.exists():
            text = file.read_text().strip()
            self.is_found = text.isdigit() and int(text) > 0
            self.value = min(start, int(text)) if self.is_found else start

    def at_most(self, value: int) -> None:
        """Take no more than this from now on, which is not remembered: it is no limit of the device."""
        self.value = min(self.value, value)

    def halve(self) -> None:
        """Halve it, and remember. Raises StorageError when it cannot be written."""
        self.settle(max(1, self.value // 2))

    def settle(self, value: int) -> None:
        """So many fit: remember it. Raises StorageError when it cannot be written."""
        self.value, self.is_found = value, True
        if self._file is not None:
            with written_whole(self._file) as file:
                file.write(f"{self.value}\n".encode())


def remembered_batch_size(folder: Path, device: torch.device, *made_of: str) -> BatchSize:
    """Return the batch size known to fit for this kind of device and this model (`made_of`), else a first guess."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    key = hashlib.sha256("\n".join((name, *made_of)).encode()).hexdigest()[:32]
    return BatchSize(START[device.type], file=folder / key)
