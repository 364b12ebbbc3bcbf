"""Small images for pages: no larger than they need be, and what was a pixel stays one."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.api.services.views.thumbnails import SIDE, thumbnail
from brainrank.benchmark.types.errors import InvalidDataError


def made(folder: Path, pixels: np.ndarray) -> Image.Image:
    path = folder / "image.png"
    Image.fromarray(pixels).save(path)
    found = Image.open(io.BytesIO(thumbnail(path)))
    assert found.format == "WEBP"
    return found


@pytest.mark.parametrize(
    ("shape", "size"), [((600, 300), (80, 160)), ((100, 400), (160, 40)), ((100, 100), (100, 100))]
)
def test_the_longer_side_is_no_longer_than_160(tmp_path: Path, shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert made(tmp_path, np.full((*shape, 3), 128, dtype=np.uint8)).size == size


def test_a_tiny_image_is_enlarged_by_a_whole_factor_and_not_blurred(tmp_path: Path) -> None:
    left_black = np.zeros((4, 4, 3), dtype=np.uint8)
    left_black[:, 2:] = 255
    found = np.asarray(made(tmp_path, left_black).convert("L"))
    assert found.shape == (SIDE, SIDE)
    assert found[:, : SIDE // 2].max() < 10
    assert found[:, SIDE // 2 :].min() > 245


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no image")
    with pytest.raises(InvalidDataError, match=r"words\.png"):
        thumbnail(tmp_path / "words.png")
