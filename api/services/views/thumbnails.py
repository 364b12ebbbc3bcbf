"""Stimuli, small."""

import io
from pathlib import Path

from PIL import Image

from brainrank.benchmark.images import read_image

SIDE = 160
QUALITY = 80
MEDIA_TYPE = "image/webp"


def thumbnail(path: Path) -> bytes:
    """An image as models see it, at most 160 x 160 pixels, as WebP; a smaller one keeps its pixels and is not blurred.

    Raises InvalidDataError, naming the file, when it cannot be read.
    """
    image = read_image(path)
    if max(image.size) < SIDE // 2:
        factor = SIDE // max(image.size)
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=QUALITY)
    return encoded.getvalue()
