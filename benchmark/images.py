"""How an image file becomes pixels: as a viewer shows it, in RGB of 8 bits, or not at all.

Models, thumbnails and the search for equal images all read a file here, and so see the same. What a file leaves open
(which of its frames was shown, which number is white) is refused, never guessed.
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from brainrank.benchmark.types.errors import InvalidDataError

DECODING = 1
"""Raised whenever a file that was read before comes out with other pixels: what is stored of images goes by it."""

FORMATS = (
    "PNG", "JPEG", "JPEG2000", "TIFF", "WEBP", "AVIF", "GIF", "BMP", "DIB", "PPM", "TGA", "PCX", "SGI",
)  # fmt: skip
"""What is read (JPEG with a camera's MPO). Of the others some run programs (EPS: Ghostscript); none is for stimuli."""
MOST_PIXELS, MOST_FILE_BYTES, MOST_PAGES = 2**26, 2**29, 100
# Pillow unpacks runs of a BMP in Python, and fills a row that ends early pixel by pixel: 34 million took 8 s.
MOST_PIXELS_IN_RUNS = 2**22
MID_GREY = (128, 128, 128)
# The tags of a TIFF: how many bits a number has, whether 0 is white, whether numbers have a sign, what a page is.
BITS, PHOTOMETRIC, SAMPLE_FORMAT, KIND_OF_PAGE = 258, 262, 339, 254
WHITE_IS_ZERO, SIGNED = 0, 2
REDUCED_OR_MASK = 1 | 4
WHOLE_RANGE_OF_16_BITS = {"PNG", "PPM"}  # formats whose numbers beyond 8 bits come as 32-bit ones of 0 to 65535
FIRST_IS_SHOWN = {"MPO"}  # a camera's JPEG with previews behind the photograph
UNREADABLE = (
    OSError, EOFError, ValueError, TypeError, IndexError, KeyError, SyntaxError, RuntimeError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning, ImageCms.PyCMSError,
)  # fmt: skip
"""What Pillow's readers raise for broken files, besides telling that they are."""


def read_image(path: Path) -> Image.Image:
    """Decode an image file as `as_rgb` says. Raises InvalidDataError, naming the file and why, where that cannot be."""
    try:
        return decode(path)
    except UNREADABLE as error:
        raise InvalidDataError(
            f"{path} is not a readable image ({why_unreadable(error)}); replace it, or, if brainrank unpacked it, "
            "delete it and it is made anew"
        ) from error


def why_unreadable(error: Exception) -> str:
    """What one of UNREADABLE says, without the file's name."""
    if isinstance(error, UnidentifiedImageError):
        return "it is of no format that is read, or its numbers are of a kind that is not; PNG and JPEG of 8 bits are"
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    return str(error) or type(error).__name__


def decode(file: Path | io.BytesIO) -> Image.Image:
    """Decode an image as `as_rgb` says. Raises one of UNREADABLE for what is no whole image of one picture."""
    with Image.open(_content(file), formats=_formats()) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(
                f"it has {image.width} x {image.height} pixels, and at most {MOST_PIXELS:,} are read; make it smaller"
            )
        _check_runs(image)
        _check_one_picture(image)
        image.load()
        return as_rgb(image)


def _check_runs(image: Image.Image) -> None:
    """Raise ValueError for a large BMP of runs of pixels, which a few bytes can make take long."""
    in_runs = any(tile.codec_name == "bmp_rle" for tile in getattr(image, "tile", ()))
    if in_runs and image.width * image.height > MOST_PIXELS_IN_RUNS:
        raise ValueError(
            f"it is a BMP of {image.width} x {image.height} pixels packed in runs, and at most {MOST_PIXELS_IN_RUNS:,} "
            "are read so; save it as PNG"
        )


def _content(file: Path | io.BytesIO) -> io.BytesIO:
    """The bytes of a file: of a file on the disk, Pillow makes room for what a piece of it claims to be long."""
    if isinstance(file, io.BytesIO):
        return file
    size = file.stat().st_size
    if size > MOST_FILE_BYTES:
        raise ValueError(f"the file has {size:,} bytes, and at most {MOST_FILE_BYTES:,} are read; make it smaller")
    return io.BytesIO(file.read_bytes())


@cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this machine's Pillow has."""
    Image.init()
    return tuple(each for each in FORMATS if each in Image.OPEN)


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a loaded image in RGB, upright.

    Turned as its EXIF orientation says; transparency over mid-grey; grey in all three channels; 16 bits as their upper
    eight, 12 as theirs; numbers with a decimal point from 0 (black) to 1 (white); CMYK by its colour profile, or by the
    plain rule where it has none. Other profiles are ignored, as networks were trained. Raises ValueError where the
    numbers do not say what is black and white.
    """
    tags = getattr(image, "tag_v2", {})
    image = _upright(image)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode.startswith(("I", "F")):
        image = _of_8_bits(image, tags)
    elif SIGNED in tags.get(SAMPLE_FORMAT, ()):
        raise ValueError("its numbers have a sign, so that black and white are not known; save it with 8 bits")
    if image.mode == "La":
        image = image.convert("LA")  # the one way there is from grey that is multiplied by its alpha
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*MID_GREY, 255))
        return Image.alpha_composite(ground, image).convert("RGB")
    return image.convert("RGB")


def pixel_digest(image: Image.Image) -> str:
    """The sha256 of an RGB image's width, height and pixels: equal for equal pictures, whatever files they lie in."""
    return hashlib.sha256(f"{image.width} {image.height} ".encode() + image.tobytes()).hexdigest()


def is_blank(image: Image.Image) -> bool:
    """Whether every pixel of an RGB image has the same colour."""
    pixels = np.asarray(image)
    return bool((pixels == pixels[0, 0]).all())


def _check_one_picture(image: Image.Image) -> None:
    """Raise ValueError for an image of several pictures, unless all but the first are previews or masks of it."""
    if image.format in FIRST_IS_SHOWN:
        return
    count = _pages(image) if image.format == "TIFF" else getattr(image, "n_frames", 1)
    if count > 1:
        raise ValueError(
            f"it holds {count} pictures (frames, pages or layers), and a stimulus is one; save the one that was shown "
            "as a file of its own"
        )


def _pages(image: Image.Image) -> int:
    """The pages of a TIFF that are no previews. Raises ValueError for many: each takes longer than those before."""
    found = 1
    for page in range(1, MOST_PAGES + 1):
        try:
            image.seek(page)
        except EOFError:
            image.seek(0)
            return found
        found += not getattr(image, "tag_v2", {}).get(KIND_OF_PAGE, 0) & REDUCED_OR_MASK
    raise ValueError(f"it holds more than {MOST_PAGES} pages, and a stimulus is one; save the one that was shown")


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF orientation says; an EXIF block that cannot be read says nothing, as to a viewer."""
    try:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9)
    except (SyntaxError, ValueError, struct.error):
        return image
    return ImageOps.exif_transpose(image) if turned else image


def _of_8_bits(image: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    """Grey of more than 8 bits as grey of 8, with alpha where one of its levels is named transparent."""
    values: NDArray[np.generic] = np.asarray(image)
    grey = _from_fractions(values) if image.mode == "F" else _upper_bits(values, image, tags)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = (255 - grey).astype(np.uint8)
    found = Image.fromarray(grey)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        found.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return found


def _upper_bits(values: NDArray[np.generic], image: Image.Image, tags: Mapping[int, Any]) -> NDArray[np.uint8]:
    """The upper eight of 12 or 16 bits; Pillow's own conversion clips at 255, which turns nearly all of it white."""
    if image.mode.startswith("I;16"):
        bits = tags.get(BITS, (16,))[0]
    elif image.format in WHOLE_RANGE_OF_16_BITS:
        bits = 16
    else:
        raise ValueError(
            f"its numbers are whole ones from {values.min()} to {values.max()} in 32 bits or with a sign, so that "
            "black and white are not known; save it with 8 bits, or with 16 without a sign"
        )
    return np.asarray(values.astype(np.int64) >> (bits - 8), np.uint8)


def _from_fractions(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    fractions = values.astype(np.float64)
    if not (np.isfinite(fractions).all() and fractions.min() >= 0 and fractions.max() <= 1):
        raise ValueError(
            f"its numbers have a decimal point and go from {fractions.min():g} to {fractions.max():g}; such "
            "numbers are read from 0 (black) to 1 (white): scale them, or save it with 8 bits"
        )
    return np.round(255 * fractions).astype(np.uint8)


def _from_cmyk(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    found = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    if found is None:
        raise ValueError("its colour profile turns it into nothing; save it in RGB")
    return found
