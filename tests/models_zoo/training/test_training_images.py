"""Training images: from folders and zips, with a digest of what is in them."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.models_zoo.training.training_images import TrainingImages, read_images


def test_images_are_read_with_their_categories(images: TrainingImages) -> None:
    assert images.pixels.shape == (96, 3, 64, 64)
    assert images.pixels.dtype == torch.uint8
    assert images.categories == ("bird", "cat", "ship", "truck")
    assert torch.bincount(images.labels).tolist() == [24] * 4
    assert torch.equal(images.labels, images.labels.sort().values)


def test_a_zip_is_the_folder_it_was_packed_from(folder: Path, images: TrainingImages, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for file in sorted(folder.rglob("*.png"), reverse=True):
            archive.write(file, Path("train") / file.relative_to(folder))
        archive.writestr("train/readme.txt", "no image")
        archive.writestr("__MACOSX/train/bird/._000.png", b"no image either")
    packed = read_images(tmp_path / "images.zip", side=64)
    assert packed.digest == images.digest
    assert torch.equal(packed.pixels, images.pixels)


def test_the_digest_is_of_the_content(folder: Path, tmp_path: Path) -> None:
    for category in ("a", "b"):
        (tmp_path / category).mkdir()
        Image.new("RGB", (8, 8), (category == "a" and "red") or "blue").save(tmp_path / category / "0.png")
    before = read_images(tmp_path, side=16).digest
    Image.new("RGB", (8, 8), "green").save(tmp_path / "b" / "0.png")
    assert read_images(tmp_path, side=16).digest != before


def test_the_first_of_each_category_alone(folder: Path, images: TrainingImages) -> None:
    few = read_images(folder, side=64, first=5)
    assert torch.equal(few.pixels, images.first_of_each(5).pixels)
    assert torch.equal(few.labels, images.first_of_each(5).labels)


def test_every_fourth_is_held_out(images: TrainingImages) -> None:
    known, asked = images.split(every=4)
    assert len(known) == 72
    assert torch.bincount(asked.labels).tolist() == [6] * 4
    assert torch.equal(asked.pixels[0], images.pixels[3])


def test_other_shapes_are_cropped_in_the_middle(tmp_path: Path) -> None:
    wide = np.zeros((40, 120, 3), dtype=np.uint8)
    wide[:, 40:80] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    only = read_images(tmp_path, side=20)
    assert only.pixels[..., 1:-1].min() > 250
    assert only.categories == ("",)


@pytest.mark.parametrize("name", ["missing", "empty", "text.zip"])
def test_what_holds_no_images_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InvalidDataError, match=name):
        read_images(tmp_path / name, side=64)


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no more")
    with pytest.raises(InvalidDataError, match="broken.png is not a readable image"):
        read_images(tmp_path, side=64)
