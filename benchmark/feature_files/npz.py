"""Features as `.npz`: an array for each layer, `stimulus_ids`, and the receipt in JSON; at first a file a layer."""

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from brainrank.benchmark.feature_files.content import IDS, RECEIPT, Content, Stored, Target, stored_names
from brainrank.benchmark.files.array_claims import check_npz

COPIED_BYTES = 2**24


def create(draft: Path, content: Content, *, block: int) -> None:
    """Make a folder with a file for each layer, all of its length claimed: a full disk is told before the work."""
    stored_names(content.features)
    draft.mkdir()
    for number, count in enumerate(content.features.values()):
        with (draft / f"{number}.npy").open("wb") as file:
            npy.write_array_header_1_0(
                file, {"descr": "<f4", "fortran_order": False, "shape": (len(content.ids), count)}
            )
            file.truncate(file.tell() + len(content.ids) * count * 4)
        _claim(draft / f"{number}.npy")


def _claim(path: Path) -> None:
    """Have the file system give all of a file's length: a store into a page that it lacks would end the process."""
    if sys.platform == "linux":
        with path.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


@contextmanager
def writing(draft: Path, content: Content) -> Iterator[Target]:
    """The layers as arrays on the disk."""
    files = (draft / f"{number}.npy" for number in range(len(content.features)))
    yield Target(
        {layer: np.load(file, mmap_mode="r+") for layer, file in zip(content.features, files, strict=True)},
        lambda: None,
    )


def finish(draft: Path, content: Content) -> Path:
    """Join the layers into one archive beside them; return where it lies."""
    whole = draft / "whole.npz"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for number, layer in enumerate(content.features):
            with (
                (draft / f"{number}.npy").open("rb") as source,
                archive.open(f"{layer}.npy", "w", force_zip64=True) as to,
            ):
                while piece := source.read(COPIED_BYTES):
                    to.write(piece)
        for name, value in ((IDS, np.array(content.ids)), (RECEIPT, np.array([json.dumps(content.receipt)]))):
            with archive.open(f"{name}.npy", "w") as to:
                npy.write_array(to, value, allow_pickle=False)
    return whole


def read(path: Path) -> Stored:
    """What a file holds, by its headers; each layer is read when it is asked for. Raises InvalidDataError."""
    shapes = {each.name: each.shape for each in check_npz(path)}
    layers = {name: prod(shape[1:]) for name, shape in shapes.items() if name not in {IDS, RECEIPT}}
    rows = next((shapes[name][0] for name in layers), 0)
    ids = _load(path, IDS).tolist() if IDS in shapes else range(rows)
    receipt = json.loads(str(_load(path, RECEIPT)[0])) if RECEIPT in shapes else {}
    return Stored(Content(tuple(map(str, ids)), layers, receipt), partial(_load, path), IDS in shapes)


def _load(path: Path, name: str) -> NDArray[Any]:
    with np.load(path, allow_pickle=False) as archive:
        found: NDArray[Any] = archive[name]
        return found
