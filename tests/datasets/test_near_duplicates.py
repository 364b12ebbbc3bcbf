"""Equal images and near-duplicates: found by pixels, not by files."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from brainrank.datasets.near_duplicates import BLOCK, equal_images, look, near_duplicates


def photograph(seed: int, side: int = 96) -> NDArray[np.float64]:
    """A random picture with the spectrum of photographs."""
    rng = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]) + 1 / side
    noise = np.fft.fft2(rng.standard_normal((3, side, side))) / frequencies
    picture = np.fft.ifft2(noise).real.transpose(1, 2, 0)
    return np.asarray(128 + 40 * picture / picture.std())


def image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def thumbnails(*pictures: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.stack([look(image(each)).thumbnail for each in pictures])


def test_variants_of_a_picture_are_found_and_other_pictures_are_not() -> None:
    first, noise = photograph(0), np.random.default_rng(9).standard_normal((96, 96, 3))
    variants = [first, first + 10 * noise, 0.7 * first + 20, np.round(first / 16) * 16]
    pairs = near_duplicates(thumbnails(*variants, *(photograph(seed) for seed in range(1, 40))))
    assert {(pair.first, pair.second) for pair in pairs} == {(a, b) for a in range(4) for b in range(a + 1, 4)}


def test_r_is_that_of_the_channels_about_their_means() -> None:
    first = photograph(0)
    second = first + 5 * photograph(1) / 20
    (pair,) = near_duplicates(thumbnails(first, second))
    small = [
        np.asarray(image(each).resize((32, 32), Image.Resampling.BOX), np.float64).reshape(-1, 3)
        for each in (first, second)
    ]
    covariance = sum(np.cov(small[0][:, c], small[1][:, c])[0, 1] for c in range(3))
    variances = [sum(each[:, c].var(ddof=1) for c in range(3)) for each in small]
    assert pair.r == pytest.approx(covariance / np.sqrt(variances[0] * variances[1]), abs=1e-5)


def test_a_common_colour_or_hardly_any_contrast_makes_no_near_duplicates() -> None:
    red = [np.tile([200.0, 10.0, 10.0], (96, 96, 1)) for _ in range(2)]
    red[0][10:30, 10:30] += 40
    red[1][60:80, 60:80] += 40
    faint = [128 + 0.5 * np.sign(photograph(seed) - 128) for seed in (3, 3)]
    flat = [np.full((96, 96, 3), 77.0)] * 2
    assert near_duplicates(thumbnails(*red, *faint, *flat)) == []


def test_pairs_are_found_across_blocks() -> None:
    rows = np.random.default_rng(0).standard_normal((BLOCK + 300, 3072)).astype(np.float32)
    rows[[BLOCK - 1, BLOCK, BLOCK + 250]] = rows[5]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    places = [5, BLOCK - 1, BLOCK, BLOCK + 250]
    found = {(pair.first, pair.second) for pair in near_duplicates(rows)}
    assert found == {(a, b) for a in places for b in places if a < b}


def test_equal_pixels_are_equal_whatever_the_mode() -> None:
    grey = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    other = grey.copy()
    other.putpixel((0, 0), 255)
    digests = [look(each.convert("RGB")).pixels for each in (grey, other, grey.convert("RGBA"), grey.transpose(0))]
    assert equal_images(digests) == [[0, 2]]
    assert equal_images([]) == []
    assert look(Image.new("RGB", (4, 4), (1, 2, 3))).blank
    assert not look(other.convert("RGB")).blank
