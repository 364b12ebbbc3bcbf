"""Stimuli, small."""

import io
from pathlib import Path

from PIL import Image

SIDE = 160
QUALITY = 80
MEDIA_TYPE = "image/webp"


def thumbnail(path: Path) -> bytes:
    """An image of at most 160 x 160 pixels, as WebP; a smaller one keeps its pixels, sharp, and is not blurred up."""
    with Image.open(path) as opened:
        image = opened.convert("RGBA" if opened.mode in {"RGBA", "LA", "P"} else "RGB")
    if max(image.size) < SIDE // 2:
        factor = SIDE // max(image.size)
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=QUALITY)
    return encoded.getvalue()
