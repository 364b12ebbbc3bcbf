"""Image files of every kind: read as a viewer shows them, or refused with the reason."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from stranger_files import bmp_of_empty_rows

from brainrank.benchmark.images import UNREADABLE, as_rgb, decode, is_blank, pixel_digest, read_image
from brainrank.benchmark.types.errors import InvalidDataError

RAMP = np.linspace(0, 1, 64).reshape(8, 8)
GREY = np.round(255 * RAMP).astype(np.uint8)
TIFF_FORMATS = {"u": 1, "i": 2, "f": 3}


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def tiff(values: NDArray[Any], *, photometric: int = 1, bits: int | None = None, orientation: int = 1) -> bytes:
    """A TIFF of one strip, written by the letter of its specification; numbers of 12 bits are packed by the caller."""
    order = ">" if values.dtype.byteorder == ">" else "<"
    bits = bits or 8 * values.dtype.itemsize
    data = values.tobytes()
    height, width = RAMP.shape
    tags = {
        256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 274: orientation, 277: 1, 278: height,
        279: len(data), 339: TIFF_FORMATS[values.dtype.kind],
    }  # fmt: skip
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(data))
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return head + data + struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)


def grey_of(content: bytes) -> NDArray[np.uint8]:
    pixels = np.asarray(decode(io.BytesIO(content)))
    assert (pixels == pixels[:, :, :1]).all(), "grey is equal in all three channels"
    return pixels[:, :, 0]


def test_modes_of_eight_bits_become_rgb_by_the_stated_rule() -> None:
    grey = Image.fromarray(np.full((4, 4), 200, np.uint8))
    clear = Image.fromarray(np.full((4, 4, 4), (255, 0, 0, 0), np.uint8))
    solid = Image.fromarray(np.full((4, 4, 4), (255, 0, 0, 255), np.uint8))
    half_grey = Image.merge("LA", (grey, Image.new("L", (4, 4), 128)))
    red = solid.convert("RGB").convert("P")
    expected = {
        "grey": (grey, {}, (200, 200, 200)),
        "clear": (clear, {}, (128, 128, 128)),
        "solid": (solid, {}, (255, 0, 0)),
        "grey and alpha": (half_grey, {}, (164, 164, 164)),
        "palette": (red, {}, (255, 0, 0)),
        "palette with a clear colour": (red, {"transparency": red.getpixel((0, 0))}, (128, 128, 128)),
        "grey with a clear level": (grey, {"transparency": 200}, (128, 128, 128)),
        "colour with a clear one": (solid.convert("RGB"), {"transparency": (255, 0, 0)}, (128, 128, 128)),
        "bits": (Image.new("1", (4, 4), 1), {}, (255, 255, 255)),
    }
    for name, (image, options, colour) in expected.items():
        found = decode(io.BytesIO(encoded(image, "PNG", **options)))
        assert (found.mode, found.getpixel((1, 1))) == ("RGB", colour), name


def test_grey_that_is_multiplied_by_its_alpha_is_laid_over_grey() -> None:
    half = Image.merge("LA", (Image.new("L", (4, 4), 200), Image.new("L", (4, 4), 128)))
    found = as_rgb(half.convert("La")).getpixel((1, 1))
    assert isinstance(found, tuple)
    assert abs(found[0] - 164) <= 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (tiff((65535 * RAMP).astype("<u2")), (65535 * RAMP).astype(int) >> 8),
        (tiff((65535 * RAMP).astype(">u2")), (65535 * RAMP).astype(int) >> 8),
        (tiff((65535 * RAMP).astype("<u2"), photometric=0), 255 - ((65535 * RAMP).astype(int) >> 8)),
        (tiff(GREY, photometric=0), 255 - GREY),
        (tiff(RAMP.astype("<f4")), GREY),
        (tiff(RAMP.astype(">f4")), GREY),
        (tiff(RAMP.astype("<f4"), photometric=0), 255 - GREY),
        (tiff(RAMP.astype("<f4"), orientation=3), GREY[::-1, ::-1]),
        (encoded(Image.fromarray((65535 * RAMP).astype(np.uint16)), "PNG"), (65535 * RAMP).astype(int) >> 8),
        (b"P5 8 8 65535\n" + (65535 * RAMP).astype(">u2").tobytes(), (65535 * RAMP).astype(int) >> 8),
        (encoded(Image.fromarray(GREY), "GIF"), GREY),
        (encoded(Image.fromarray(GREY), "WEBP", lossless=True), GREY),
        (encoded(Image.fromarray(GREY), "BMP"), GREY),
    ],
)
def test_grey_of_any_depth_keeps_its_ramp(content: bytes, expected: NDArray[np.int64]) -> None:
    np.testing.assert_array_equal(grey_of(content), expected)


def test_twelve_bits_are_read_from_black_to_white() -> None:
    values = np.round(4095 * RAMP).astype(np.int64)
    pairs = values.reshape(-1, 2)
    packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1)
    np.testing.assert_array_equal(grey_of(tiff(packed.astype(np.uint8), bits=12)), values >> 4)


def test_a_level_of_sixteen_bits_may_be_transparent() -> None:
    deep = Image.fromarray((65535 * RAMP).astype(np.uint16))
    found = grey_of(encoded(deep, "PNG", transparency=65535))
    assert (found[-1, -1], found[0, 0]) == (128, 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (tiff((65535 * RAMP).astype("<i4")), "from 0 to 65535 in 32 bits or with a sign"),
        (tiff((65535 * RAMP).astype("<u4")), "in 32 bits"),
        (tiff((100 * RAMP).astype("<i2")), "with a sign"),
        (tiff((100 * RAMP).astype("i1")), "have a sign"),
        (tiff((255 * RAMP).astype("<f4")), "go from 0 to 255; such numbers are read from 0"),
        (tiff((RAMP - 0.5).astype("<f4")), "from -0.5 to 0.5"),
        (tiff(np.where(RAMP > 0, np.nan, 0).astype("<f4")), "decimal point"),
    ],
)
def test_numbers_that_leave_black_and_white_open_are_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "image.tif").write_bytes(content)
    with pytest.raises(InvalidDataError, match=rf"image\.tif is not a readable image .*{reason}"):
        read_image(tmp_path / "image.tif")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_file_of_several_pictures_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), (level, level, level)) for level in (0, 100, 200)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(UNREADABLE, match="it holds 3 pictures .* save the one that was shown"):
        decode(io.BytesIO(content))


def test_previews_are_no_further_pictures() -> None:
    preview = Image.new("L", (4, 4), 255)
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    assert (grey_of(encoded(Image.fromarray(GREY), "TIFF", save_all=True, append_images=[preview])) == GREY).all()
    other = Image.new("RGB", (4, 4), (255, 255, 255))
    camera = encoded(Image.new("RGB", (8, 8), (10, 10, 10)), "MPO", save_all=True, append_images=[other])
    assert decode(io.BytesIO(camera)).size == (8, 8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(kind: str, orientation: int) -> None:
    quarters = np.array([[250, 150], [80, 0]])
    upright = {
        1: quarters, 2: quarters[:, ::-1], 3: quarters[::-1, ::-1], 4: quarters[::-1], 5: quarters.T,
        6: np.rot90(quarters, -1), 7: quarters[::-1, ::-1].T, 8: np.rot90(quarters),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = Image.fromarray(np.kron(quarters, np.ones((16, 24))).astype(np.uint8))
    found = grey_of(encoded(stored, kind, exif=exif))
    assert found.shape == ((32, 48) if orientation < 5 else (48, 32))
    corners = found[[[4, 4], [-4, -4]], [[4, -4], [4, -4]]]
    assert np.abs(corners.astype(int) - upright).max() <= 6


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's own word to whoever reads the file
def test_exif_that_cannot_be_read_turns_nothing() -> None:
    stored = Image.new("RGB", (8, 4), (10, 10, 10))
    assert decode(io.BytesIO(encoded(stored, "JPEG", exif=b"Exif\0\0II*\0broken"))).size == (8, 4)


def test_printers_colours_follow_their_profile_or_the_plain_rule() -> None:
    assert as_rgb(Image.new("CMYK", (2, 2))).getpixel((0, 0)) == (255, 255, 255)
    cyan = Image.new("CMYK", (2, 2), (255, 0, 0, 0))
    assert as_rgb(cyan).getpixel((0, 0)) == (0, 255, 255)
    # A profile of another kind of colours cannot be applied to these: refused, not ignored.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with pytest.raises(UNREADABLE):
        decode(io.BytesIO(encoded(cyan, "JPEG", icc_profile=srgb)))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's own word on half a TIFF, before it fails
@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "tif", "webp"])
def test_broken_files_are_named(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:20], b"", b"no image at all"):
        path.write_bytes(content)
        with pytest.raises(InvalidDataError, match=f"{path} is not a readable image"):
            read_image(path)
    with pytest.raises(InvalidDataError, match=r"absent.png is not a readable image \(it does not exist"):
        read_image(tmp_path / "absent.png")


def test_equal_pictures_have_one_digest_whatever_their_files(tmp_path: Path) -> None:
    image = Image.fromarray(GREY)
    files = [encoded(image, "PNG"), encoded(image.convert("RGB"), "BMP"), encoded(image, "TIFF"), tiff(GREY)]
    assert len({pixel_digest(decode(io.BytesIO(content))) for content in files}) == 1
    turned = decode(io.BytesIO(encoded(image.transpose(Image.Transpose.ROTATE_90), "PNG")))
    wide = Image.fromarray(GREY.reshape(4, 16)).convert("RGB")
    assert len({pixel_digest(each) for each in (image.convert("RGB"), turned, wide)}) == 3


def test_blank_pictures_are_known() -> None:
    assert is_blank(Image.new("RGB", (5, 5), (3, 4, 5)))
    assert not is_blank(Image.fromarray(GREY).convert("RGB"))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of zeros whose header says how large it is, with the checksum of that."""
    content = bytearray(encoded(Image.new("L", (8, 8)), "PNG"))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


@pytest.mark.parametrize(("width", "height"), [(8193, 8192), (10_000, 10_000), (2**31 - 1, 1), (60_000, 60_000)])
def test_more_pixels_than_any_stimulus_has_are_refused_before_there_is_room_for_them(width: int, height: int) -> None:
    with pytest.raises(UNREADABLE, match=r"at most 67,108,864 are read|decompression bomb"):
        decode(io.BytesIO(png_claiming(width, height)))


def test_a_bmp_packed_in_runs_is_read_unless_a_few_bytes_can_make_it_take_long() -> None:
    pixels = np.asarray(decode(io.BytesIO(bmp_of_empty_rows(5, 3))))
    assert (pixels[:, 0] == 255).all()
    assert (pixels[:, 1:] == 0).all()
    with pytest.raises(ValueError, match="BMP of 4194304 x 2 pixels packed in runs, and at most 4,194,304 .* as PNG"):
        decode(io.BytesIO(bmp_of_empty_rows(2**22, 2)))


def test_a_bomb_of_every_format_names_its_file(tmp_path: Path) -> None:
    for kind in ("PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG"):
        path = tmp_path / f"bomb.{kind.lower()}"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("brainrank.benchmark.images.MOST_PIXELS", 63)
            path.write_bytes(encoded(Image.new("L", (8, 8)), kind))
            with pytest.raises(InvalidDataError, match=rf"bomb\.{kind.lower()} .* has 8 x 8 pixels, and at most 63"):
                read_image(path)
        assert read_image(path).size == (8, 8)


def test_a_file_larger_than_its_pixels_could_be_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.png").open("wb") as file:
        file.write(encoded(Image.new("L", (8, 8)), "PNG"))
        file.truncate(2**29 + 1)  # a hole: it takes no room on the disk
    with pytest.raises(InvalidDataError, match="the file has 536,870,913 bytes"):
        read_image(tmp_path / "x.png")


def test_formats_that_run_programs_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostScript is a language; Pillow hands it to Ghostscript where that is installed."""
    monkeypatch.setattr("subprocess.check_call", lambda *_: pytest.fail("a program was run"))
    with pytest.raises(UNREADABLE, match="cannot identify"):
        decode(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"))


def test_pages_without_end_are_not_counted() -> None:
    page = Image.new("L", (1, 1))
    with pytest.raises(UNREADABLE, match="more than 100 pages"):
        decode(io.BytesIO(encoded(page, "TIFF", save_all=True, append_images=[page] * 150)))
