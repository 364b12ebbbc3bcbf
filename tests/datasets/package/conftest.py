"""A small package in order, to be made faulty."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

STIMULI = 12
DESCRIPTION = """\
name = "mine"
title = "Mine"
citation = "unpublished"
licence = "none"
access = "private"

[[regions]]
name = "v4"
responses = "responses.npy"
axes = ["stimuli", "repeats", "targets"]

[[regions]]
name = "it"
rdms = "rdms.npz"

[[regions]]
name = "people"
trials = "trials.csv"

[[benchmarks]]
region = "v4"
metric = "encoding"
parameters = { folds = 3, draws = 50 }

[[benchmarks]]
region = "it"
metric = "rsa"
parameters = { draws = 50 }

[[benchmarks]]
region = "people"
metric = "error-consistency"
parameters = { draws = 50 }
"""


def write_package(folder: Path, stimuli: int = STIMULI) -> Path:
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    lines, trials = ["stimulus_id,file,category"], ["observer,stimulus_id,response,category"]
    for number in range(stimuli):
        category = "cat" if number % 2 else "dog"
        pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"images/im{number}.png")
        lines.append(f"im{number},images/im{number}.png,{category}")
        trials += [f"{person},im{number},{rng.choice(['cat', 'dog'])},{category}" for person in "abc"]
    (folder / "stimuli.csv").write_text("\n".join(lines) + "\n")
    (folder / "trials.csv").write_text("\n".join(trials) + "\n")
    np.save(folder / "responses.npy", rng.standard_normal((stimuli, 3, 5)))
    np.savez(folder / "rdms.npz", rdms=rng.random((4, stimuli * (stimuli - 1) // 2)))
    (folder / "dataset.toml").write_text(DESCRIPTION)
    return folder


@pytest.fixture
def twice_as_many(tmp_path: Path) -> Path:
    """A package whose stimuli are enough for any metric when they are pairs."""
    return write_package(tmp_path / "twice", 2 * STIMULI)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_package(tmp_path / "package")
