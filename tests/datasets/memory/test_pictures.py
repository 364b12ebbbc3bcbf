"""Images in whatever form people have them become stimuli with the pixels they had."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset

from brainrank.benchmark.images import read_image
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.memory.pictures import stimuli_from

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (5, 9, 7), dtype=np.uint8)


def read(images: object) -> tuple[list[str], np.ndarray]:
    with stimuli_from(images, name="mine", reporter=Silent()) as stimuli:
        pixels = [np.asarray(read_image(each.path)) for each in stimuli.stimuli]
        return list(stimuli.ids), np.stack(pixels)


class Items(Dataset):
    """As torch's documentation writes them: an item by number, with its label."""

    def __init__(self, items: object, *, label: bool) -> None:
        self.items, self.label = items, label

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> object:
        return (self.items[number], number) if self.label else self.items[number]


class Stream(IterableDataset):
    def __iter__(self) -> Iterator[object]:
        yield from COLOUR


PICTURES = [Image.fromarray(each) for each in COLOUR]
TENSOR = torch.from_numpy(COLOUR).permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    "images",
    [
        COLOUR,
        list(COLOUR),
        tuple(PICTURES),
        COLOUR.astype(np.float32) / 255,
        COLOUR / 255,
        TENSOR,
        TENSOR.float().div(255).requires_grad_(),
        list(TENSOR),
        Items(PICTURES, label=True),
        Items(PICTURES, label=False),
        Items(TENSOR / 255, label=True),
        [{"image": each, "label": 1} for each in PICTURES],
        Stream(),
        (each for each in PICTURES),
        [np.dstack([each, np.full(each.shape[:2], 255, np.uint8)]) for each in COLOUR],
    ],
)
def test_pictures_in_memory_keep_their_pixels(images: object) -> None:
    ids, pixels = read(images)
    assert ids == ["0", "1", "2", "3"]
    assert np.array_equal(pixels, COLOUR)


@pytest.mark.parametrize(
    "images",
    [
        GREY,
        list(GREY),
        GREY[..., None],
        GREY[:, None],
        torch.from_numpy(GREY) / 255,
        [Image.fromarray(each) for each in GREY],
    ],
)
def test_grey_pictures_are_grey_in_all_channels(images: object) -> None:
    assert np.array_equal(read(images)[1], np.repeat(GREY[..., None], 3, axis=-1))


@pytest.mark.parametrize("image", [COLOUR[0], PICTURES[0], TENSOR[:1]])
def test_one_picture_is_a_set_of_one(image: object) -> None:
    ids, pixels = read(image)
    assert ids == ["0"]
    assert np.array_equal(pixels[0], COLOUR[0])


def test_files_stay_where_they_are_and_are_called_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    files = [tmp_path / "image10.png", tmp_path / "image2.png", tmp_path / "b" / "cat.png", tmp_path / "cat.jpg"]
    for path, pixels in zip(files, COLOUR, strict=True):
        Image.fromarray(pixels).save(path)
    (tmp_path / "notes.txt").write_text("no image")
    names = [str(each) for each in files[:2]]
    for folder in (tmp_path, str(tmp_path)):
        assert read(folder)[0] == ["b/cat.png", "cat.jpg", "image2", "image10"]
    for two in (files[:2], names, pd.Series(names), np.array(names)):
        ids, pixels = read(two)
        assert ids == ["image10", "image2"]
        assert np.array_equal(pixels, COLOUR[:2])
    assert read(files[0])[0] == ["image10"]
    assert read({"mine": files[1]})[0] == ["mine"]
    assert read({"mine": PICTURES[1]})[0] == ["mine"]
    with stimuli_from(files[:1], name="mine", reporter=Silent()) as stimuli:
        assert stimuli.stimuli[0].path == files[0]
        with stimuli_from(stimuli, name="other", reporter=Silent()) as same:
            assert same is stimuli


def test_what_was_in_memory_is_gone_afterwards_and_known_by_its_pixels() -> None:
    def digest(images: object) -> str:
        with stimuli_from(images, name="mine", reporter=Silent()) as stimuli:
            assert isinstance(stimuli, StimulusSet)
            paths.append(stimuli.stimuli[0].path)
            return stimuli.digest

    paths: list[Path] = []
    assert digest(COLOUR) == digest(PICTURES) == digest(COLOUR / 255) != digest(COLOUR[::-1])
    assert not any(each.parent.exists() for each in paths)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (COLOUR.transpose(0, 3, 1, 2)[0], r"shape \(3, 9, 7\) may be one image .* or 3 grey ones; give array\[None\]"),
        (GREY[:3], "may be one image"),
        (np.zeros((2, 3, 5, 3), np.uint8), r"images\[0\] has the shape \(3, 5, 3\), whose channels may be the first"),
        (COLOUR.astype(np.int64), r"images\[0\] holds int64 from 0 to 249"),
        (GREY > 3, "holds bool"),
        (COLOUR.astype(np.float32), r"fractions are from 0 \(black\) to 1: divide it by 255"),
        (COLOUR / 255 - 0.5, "give it as it was before it was normalised"),
        (np.full((4, 4), np.nan), "goes from nan to nan"),
        (np.zeros((2, 5, 6, 7, 3)), "holds no images"),
        (np.zeros(5), "holds no images"),
        (np.zeros((2, 5, 6, 7)), r"images\[0\] has the shape \(5, 6, 7\); an image is"),
        ([], "list holds no image"),
        ([1, 2], r"images\[0\] is int, no image"),
        ([[1, 2], [3, 4]], r"images\[0\] is list, no image"),
        ([{"label": 3}], r"images\[0\] has label, and none of image, img"),
        (7, "int holds no images; give a folder"),
        (None, "NoneType holds no images"),
        ("/nowhere", "/nowhere is no folder"),
        (["/nowhere.png"], "there is no file /nowhere.png"),
        ([PICTURES[0], "/nowhere.png"], "there is no file /nowhere.png"),
        (DataLoader(Items(PICTURES, label=False)), "give its dataset"),
    ],
)
def test_what_is_no_image_or_may_be_two_things_is_refused(images: object, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        read(images)


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    PICTURES[0].save(tmp_path / "a.png")
    with pytest.raises(BrainrankError, match="is there twice"):
        read([tmp_path / "a.png"] * 2)
