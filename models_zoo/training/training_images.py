"""Training images: any folder or zip of class folders, in memory as one tensor."""

import hashlib
import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps

from brainrank.benchmark.images import UNREADABLE, decode, why_unreadable
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter, Silent

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".tif", ".tiff"}


@dataclass(frozen=True)
class TrainingImages:
    """Pixels (images, 3, side, side) as bytes, a label each, the categories in order, and a digest of the files.

    The digest is the sha256 over `CATEGORY/FILE` and content of every file in order: a zip and the folder it was packed
    from have the same one.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    categories: tuple[str, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.pixels)

    def split(self, *, every: int) -> "tuple[TrainingImages, TrainingImages]":
        """All but every n-th image of each category, and these."""
        place = torch.empty_like(self.labels)
        for label in range(len(self.categories)):
            of_category = self.labels == label
            place[of_category] = torch.arange(int(of_category.sum()))
        asked = place % every == every - 1
        return self._chosen(~asked), self._chosen(asked)

    def sample(self, n_images: int, *, seed: int) -> "TrainingImages":
        """So many images at random, or all of them."""
        chosen = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))[:n_images]
        return self._chosen(chosen)

    def first_of_each(self, per_category: int) -> "TrainingImages":
        """The first images of every category: a small sample that is the same every time."""
        found = [torch.nonzero(self.labels == label)[:per_category, 0] for label in range(len(self.categories))]
        return self._chosen(torch.cat(found))

    def _chosen(self, chosen: torch.Tensor) -> "TrainingImages":
        return replace(self, pixels=self.pixels[chosen], labels=self.labels[chosen])


def read_images(path: Path, *, side: int, first: int | None = None, reporter: Reporter | None = None) -> TrainingImages:
    """Read all images below a folder or in a zip, or the `first` of each category: the folder that an image lies in.

    Each is resized until its shorter side is `side`, then cropped in the middle. Raises InvalidDataError when there are
    none, or for a file that is no readable image.
    """
    reporter = reporter or Silent()
    files = list(_first_of_each(sorted(_files(path)), first))
    if not files:
        raise InvalidDataError(
            f"{path} holds no images ({', '.join(sorted(SUFFIXES))}); give a folder of class folders"
        )
    categories = tuple(sorted({file.category for file in files}))
    pixels, digest = torch.empty(len(files), 3, side, side, dtype=torch.uint8), hashlib.sha256()
    with _Contents(path) as contents:
        for number, file in enumerate(files):
            content = contents.read(file.place)
            digest.update(f"{file.category}/{file.name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
            pixels[number] = _decoded(content, file.place, side=side)
            if number % 500 == 0 or number + 1 == len(files):
                reporter.progress(f"reading {path.name}", number + 1, len(files))
    labels = torch.tensor([categories.index(file.category) for file in files])
    return TrainingImages(pixels, labels, categories, digest.hexdigest())


class _File(NamedTuple):
    category: str
    name: str
    place: str


class _Contents:
    """The bytes of files in a folder or a zip."""

    def __init__(self, path: Path) -> None:
        self._folder = path
        self._archive = zipfile.ZipFile(path) if path.is_file() else None

    def __enter__(self) -> "_Contents":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def read(self, place: str) -> bytes:
        return (self._folder / place).read_bytes() if self._archive is None else self._archive.read(place)


def _first_of_each(files: list[_File], first: int | None) -> Iterator[_File]:
    for _category, of_category in itertools.groupby(files, key=lambda file: file.category):
        yield from itertools.islice(of_category, first)


def _files(path: Path) -> Iterator[_File]:
    for place in _places(path):
        file = PurePosixPath(place)
        if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
            yield _File(file.parent.name, file.name, place)


def _places(path: Path) -> list[str]:
    if path.is_dir():
        return [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
    if not path.is_file():
        raise InvalidDataError(f"There is no folder or zip of images at {path}; give its path from {Path.cwd()}")
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile as error:
        raise InvalidDataError(f"{path} is neither a folder nor a zip ({error}); give a folder of images") from error


def _decoded(content: bytes, place: str, *, side: int) -> torch.Tensor:
    try:
        fitted = ImageOps.fit(decode(io.BytesIO(content)), (side, side), Image.Resampling.BICUBIC)
    except UNREADABLE as error:
        reason = why_unreadable(error)
        raise InvalidDataError(f"{place} is not a readable image ({reason}); take it out or replace it") from error
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1)
