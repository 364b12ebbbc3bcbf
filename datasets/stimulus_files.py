"""Stimuli taken out of an archive or an array: written once, whole, and made anew when damaged."""

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.stimuli import Stimulus


def bitmap(pixels: NDArray[np.uint8]) -> bytes:
    """An image as a bitmap file: one encoding only, so its sha256 is the same on every machine."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "BMP")
    return encoded.getvalue()


def stimulus_file(content: bytes, path: Path, stimulus_id: str, labels: tuple[tuple[str, str], ...] = ()) -> Stimulus:
    """Make sure that `path` holds `content`, and return it as a stimulus."""
    if not path.is_file() or path.read_bytes() != content:
        with written_whole(path) as file:
            file.write(content)
    return Stimulus(stimulus_id, path, hashlib.sha256(content).hexdigest(), labels)
