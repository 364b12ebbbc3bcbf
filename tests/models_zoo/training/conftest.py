"""A small folder of images with something to learn: categories differ in colour and in the direction of stripes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.models_zoo.training.training_images import TrainingImages, read_images

CATEGORIES = ("bird", "cat", "ship", "truck")
PER_CATEGORY = 24


def striped(category: int, number: int) -> Image.Image:
    rng = np.random.default_rng((category, number))
    y, x = np.mgrid[:32, :32] / 32
    angle = np.pi * category / len(CATEGORIES)
    wave = np.sin(2 * np.pi * (3 * (x * np.cos(angle) + y * np.sin(angle)) + rng.random()))
    colour = 0.5 + 0.4 * np.cos(2 * np.pi * (category / len(CATEGORIES) + np.arange(3) / 3))
    image = colour * (0.6 + 0.3 * wave[..., None]) + 0.05 * rng.standard_normal((32, 32, 3))
    return Image.fromarray((image.clip(0, 1) * 255).astype(np.uint8))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("images")
    for label, category in enumerate(CATEGORIES):
        (root / category).mkdir()
        for number in range(PER_CATEGORY):
            striped(label, number).save(root / category / f"{number:03}.png")
    return root


@pytest.fixture(scope="session")
def images(folder: Path) -> TrainingImages:
    return read_images(folder, side=64)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
