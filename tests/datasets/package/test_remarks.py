"""What a package's owner is told of images and targets that are in order but not plain."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder


def save(folder: Path, kind: str) -> None:
    rng = np.random.default_rng(9)
    image = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(folder / "images/im3.png", exif=exif)
    elif kind == "cmyk":
        image.convert("CMYK").save(folder / "images/im3.png", format="JPEG")
    else:
        levels = rng.integers(0, 4096 if kind == "dark" else 65536, (16, 16)).astype(np.uint16)
        Image.fromarray(levels).save(folder / "images/im3.png")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("turned", "1 image is turned as EXIF says, as a viewer shows them"),
        ("cmyk", "1 image is in CMYK"),
        ("dark", "if they hold 12 bits, multiply by 16: images/im3.png"),
        ("of 16 bits", ""),
    ],
)
def test_images_that_are_not_plain_are_told(folder: Path, kind: str, message: str) -> None:
    save(folder, kind)
    checked = check_folder(folder, Silent())
    assert checked.faults == ()
    told = [str(each) for each in checked.warnings() if "near-duplicates" not in str(each)]
    assert len(told) == bool(message)
    assert message in "".join(told)


def test_targets_that_do_not_vary_are_told(folder: Path) -> None:
    responses = np.load(folder / "responses.npy")
    responses[:, :, 2] = 1.5
    np.save(folder / "responses.npy", responses)
    checked = check_folder(folder, Silent())
    assert checked.faults == ()
    (told,) = [str(each) for each in checked.warnings()]
    assert told == ("responses.npy: 1 target answers every stimulus alike: target-3; no score is made of such targets")
