"""Modes of images, visual angle, and files that are no images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.benchmark.activations.preprocessing import as_rgb, image_transform, read_image
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import Preprocessing


def saved(path: Path, image: Image.Image) -> Path:
    image.save(path)
    return path


def test_images_of_every_mode_become_rgb_by_the_stated_rule(tmp_path: Path) -> None:
    grey = Image.fromarray(np.full((4, 4), 200, np.uint8))
    deep = Image.fromarray(np.full((4, 4), 200 * 256, np.uint16))
    clear = Image.fromarray(np.full((4, 4, 4), (255, 0, 0, 0), np.uint8))
    solid = Image.fromarray(np.full((4, 4, 4), (255, 0, 0, 255), np.uint8))
    palette = solid.convert("RGB").convert("P")
    expected = {
        "grey": (grey, (200, 200, 200)),
        "deep": (deep, (200, 200, 200)),
        "clear": (clear, (128, 128, 128)),
        "solid": (solid, (255, 0, 0)),
        "grey-alpha": (grey.convert("LA"), (200, 200, 200)),
        "palette": (palette, (255, 0, 0)),
        "bits": (Image.new("1", (4, 4), 1), (255, 255, 255)),
    }
    for name, (image, colour) in expected.items():
        found = read_image(saved(tmp_path / f"{name}.png", image))
        assert (found.mode, found.getpixel((1, 1))) == ("RGB", colour), name
    assert as_rgb(Image.new("CMYK", (2, 2))).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif"])
def test_broken_files_are_named(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    path = saved(tmp_path / f"image.{suffix}", Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)))
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:20], b"", b"no image at all"):
        path.write_bytes(content)
        with pytest.raises(InvalidDataError, match=f"{path} is not a readable image"):
            read_image(path)
    with pytest.raises(InvalidDataError, match="is not a readable image"):
        read_image(tmp_path / "absent.png")


def placed(stimuli_degrees: float | None, model_degrees: float | None) -> torch.Tensor:
    white = Image.new("RGB", (80, 80), (255, 255, 255))
    preprocessing = Preprocessing(size=(40, 40), interpolation="nearest", visual_degrees=model_degrees)
    return image_transform(preprocessing, stimuli_degrees=stimuli_degrees)(white)


def test_an_image_takes_its_share_of_the_field_of_view() -> None:
    half = placed(4.0, 8.0)
    assert half[:, 10:30, 10:30].min() == 1
    half[:, 10:30, 10:30] = 128 / 255
    assert torch.allclose(half, torch.full_like(half, 128 / 255))


def test_a_field_of_view_smaller_than_the_image_sees_its_middle_and_unknown_widths_fill_the_input() -> None:
    for degrees in ((8.0, 4.0), (8.0, 8.0), (8.0, None), (None, 8.0), (None, None)):
        assert placed(*degrees).min() == 1


def test_the_middle_is_what_is_seen() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[20:60, 20:60] = 255
    transform = image_transform(Preprocessing(size=(40, 40), visual_degrees=4.0), stimuli_degrees=8.0)
    assert transform(Image.fromarray(pixels)).min() == 1
