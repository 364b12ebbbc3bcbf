"""A package of eight small images and the RDMs of three subjects, made from a seed."""

from pathlib import Path

import numpy as np
from PIL import Image

STIMULI = 8
BENCHMARK = "mine.it.rsa"
DESCRIPTION = """\
name = "mine"
title = "Mine"
citation = "unpublished"
licence = "none"
access = "private"

[[regions]]
name = "it"
rdms = "rdms.npz"

[[benchmarks]]
region = "it"
metric = "rsa"
group = "tiny"
parameters = { draws = 50 }
"""


def tiny_package(folder: Path) -> Path:
    """Write it into a folder that is there, and return that."""
    rng = np.random.default_rng(0)
    for number in range(STIMULI):
        Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(folder / f"im{number}.png")
    table = "".join(f"im{number},im{number}.png\n" for number in range(STIMULI))
    (folder / "stimuli.csv").write_text(f"stimulus_id,file\n{table}")
    np.savez(folder / "rdms.npz", rdms=rng.random((3, STIMULI * (STIMULI - 1) // 2)))
    (folder / "dataset.toml").write_text(DESCRIPTION)
    return folder
