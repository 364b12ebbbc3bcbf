"""Images of noise, from a seed."""

from pathlib import Path

import numpy as np
from PIL import Image

from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet


def noise_stimuli(folder: Path, count: int, shape: tuple[int, int]) -> StimulusSet:
    """So many PNG files of that height and width in a folder, `image-0` and on; their digests are their numbers."""
    rng, made = np.random.default_rng(0), []
    for number in range(count):
        path = folder / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (*shape, 3), dtype=np.uint8)).save(path)
        made.append(Stimulus(f"image-{number}", path, f"{number:064d}"))
    return StimulusSet("tiny", tuple(made))
