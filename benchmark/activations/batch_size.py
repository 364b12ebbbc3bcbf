"""How many images pass a network at once: halved when memory runs out, and remembered for the next time."""

import hashlib
from pathlib import Path

import torch

from brainrank.benchmark.files.storage import written_whole

# Small enough for the caches of a CPU (32 was no faster for resnet50 on two cores); large enough to fill a GPU.
START = {"cpu": 16, "cuda": 128}


class BatchSize:
    """A number of images that only ever shrinks; kept in `file`, if given, so that it is found once per machine."""

    def __init__(self, start: int, *, file: Path | None = None) -> None:
        self.value, self._file = start, file
        if file is not None and file.exists():
            text = file.read_text().strip()
            self.value = min(start, int(text)) if text.isdigit() and int(text) > 0 else start

    def at_most(self, value: int) -> None:
        """Take no more than this from now on, which is not remembered: it is no limit of the device."""
        self.value = min(self.value, value)

    def halve(self) -> None:
        """Halve it, and remember. Raises StorageError when it cannot be written."""
        self.value = max(1, self.value // 2)
        if self._file is not None:
            with written_whole(self._file) as file:
                file.write(f"{self.value}\n".encode())


def remembered_batch_size(folder: Path, device: torch.device, *made_of: str) -> BatchSize:
    """Return the batch size known to fit for this kind of device and this model (`made_of`), else a first guess."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    key = hashlib.sha256("\n".join((name, *made_of)).encode()).hexdigest()[:32]
    return BatchSize(START[device.type], file=folder / key)
