"""Images that show the same: equal pixel by pixel, or so nearly that a model fitted to one knows the other.

Near-duplicates are found by thumbnails of 32 x 32 pixels in colour: r, over the pixels of all three channels about each
channel's mean, above .95. Thumbnails that hardly vary (root mean square below 2 of 255 about those means) are not
compared: what is left of them is rounding. Why these numbers: docs/decisions/groups-of-stimuli.md.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from PIL import Image

from brainrank.benchmark.images import is_blank, pixel_digest

SIDE = 32
NEAR = 0.95
LEAST_VARIATION = 2.0
BLOCK = 1000


class Seen(NamedTuple):
    """What of an image tells whether another shows the same."""

    pixels: str
    blank: bool
    thumbnail: Float32[ndarray, " values"]


class Pair(NamedTuple):
    """Two images by their places, the first first, and r between their thumbnails."""

    first: int
    second: int
    r: float


def look(image: Image.Image) -> Seen:
    """Look at an RGB image; a thumbnail has length 1, or is zero where it hardly varies."""
    small = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float64).reshape(-1, 3)
    small = (small - small.mean(axis=0)).ravel()
    variation = np.sqrt((small**2).mean())
    unit = small / np.linalg.norm(small) if variation >= LEAST_VARIATION else np.zeros_like(small)
    return Seen(pixel_digest(image), is_blank(image), unit.astype(np.float32))


def equal_images(pixels: Sequence[str]) -> list[list[int]]:
    """The places of images with the same pixels, for each picture that is there more than once."""
    places = defaultdict(list)
    for place, digest in enumerate(pixels):
        places[digest].append(place)
    return [found for found in places.values() if len(found) > 1]


def near_duplicates(thumbnails: Float32[ndarray, "images values"]) -> list[Pair]:
    """The pairs of images whose thumbnails are nearly the same; a matrix product for each block of images."""
    found = []
    for start in range(0, len(thumbnails), BLOCK):
        r = thumbnails[start : start + BLOCK] @ thumbnails[start:].T
        rows, columns = np.nonzero(r > NEAR)
        found += [
            Pair(start + row, start + column, float(r[row, column]))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if row < column
        ]
    return found
