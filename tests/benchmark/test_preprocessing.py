"""Visual angle: how much of the field of view an image takes."""

import numpy as np
import torch
from PIL import Image

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.model_spec import Preprocessing


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
