"""Masks of a package's regions: where the targets lie that responses were measured of, and atlases that split them."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.brain_space import Grayordinates, Surface, TargetPositions, Volume, same_space
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.brain_images import write_values
from brainrank.datasets.package.faults import count_text, first_few
from brainrank.datasets.package.file_names import plain_name
from brainrank.datasets.readers.brain_files import read_label_volume
from brainrank.datasets.readers.masks import checked_affine, mask_of, read_mask
from brainrank.datasets.readers.meshes import read_mesh

NUMBERS, NAMES = ("index", "label", "value", "id", "roi"), ("name", "region", "area", "label_name", "roi_name")
FILES = {Volume: "nii.gz", Surface: "shape.gii", Grayordinates: "dscalar.nii"}


class GivenMask(NamedTuple):
    """Files that say where targets lie: a mask, the affine of one that is an array, its space, an atlas, its names,
    and the mesh of a mask that is of a surface.
    """

    mask: Path | None = None
    affine: Path | None = None
    space: str | None = None
    roi: Path | None = None
    roi_names: Path | None = None
    mesh: Path | None = None


class MaskedRegion(NamedTuple):
    """The targets of one region: which of those given, and where they lie."""

    columns: Int[ndarray, " targets"]
    positions: TargetPositions


def given_positions(given: GivenMask) -> TargetPositions | None:
    """Where the targets lie, of the mask or, without one, of the atlas; None where neither is given.

    Raises InvalidDataError for files that are none, or of which one says nothing without another.
    """
    if given.mask is not None:
        targets = read_mask(given.mask, given.space or "", affine=given.affine)
        return targets if given.mesh is None else read_mesh(given.mesh, targets)
    for option, value, needed in (
        ("--affine", given.affine, "--mask"),
        ("--mesh", given.mesh, "--mask"),
        ("--space", given.space, "--mask or --roi"),
        ("--roi-names", given.roi_names, "--roi"),
    ):
        if value is not None and (given.roi is None or needed == "--mask"):
            raise InvalidDataError(f"{option} says more of {needed}, which is not given")
    if given.roi is None:
        return None
    atlas = _read_atlas(given.roi, given.space or "")
    return TargetPositions(atlas.space, np.flatnonzero(atlas.labels))


def regions_of_atlas(given: GivenMask, targets: TargetPositions) -> Mapping[str, MaskedRegion]:
    """The targets by region of the atlas; those in none are left out.

    Raises InvalidDataError where the atlas lies in another space, or none of its regions has a target.
    """
    if given.roi is None:
        return {}
    atlas = _read_atlas(given.roi, targets.space.name)
    try:
        same_space([atlas.space, targets.space])
    except InvalidDataError as error:
        raise InvalidDataError(f"{given.roi} does not fit the mask: {error}") from error
    here = atlas.labels[targets.positions]
    found = {}
    for name, label in _names_of(atlas.labels, given).items():
        columns = np.flatnonzero(here == label)
        if columns.size:
            found[name] = MaskedRegion(columns, TargetPositions(targets.space, targets.positions[columns]))
    if not found:
        raise InvalidDataError(f"no region of {given.roi} has a target: the mask marks nothing that the atlas names")
    return found


def write_mask(targets: TargetPositions, folder: Path, stem: str) -> str:
    """Write where targets lie as a mask beside their responses, and return its name.

    Raises InvalidDataError for targets of both hemispheres in GIFTI, which has a file for each.
    """
    marked = mask_of(targets).astype(np.float64)
    if isinstance(targets.space, Surface):
        halves = marked.reshape(2, -1)
        if halves.any(axis=1).all():
            raise InvalidDataError("a mask is of one hemisphere in GIFTI; add each hemisphere as a region of its own")
        halves[~halves.any(axis=1)] = np.nan  # the other hemisphere has no file
    path = folder / f"{stem}.{FILES[type(targets.space)]}"
    files = write_values(targets.space, marked, path, "mask")
    return files[0].name


class _Atlas(NamedTuple):
    space: Volume
    labels: Int[ndarray, " size"]


def _read_atlas(path: Path, name: str) -> _Atlas:
    volume = read_label_volume(path)
    i, j, k = volume.labels.shape
    return _Atlas(Volume(name, (i, j, k), checked_affine(volume.affine, str(path))), volume.labels.ravel())


def _names_of(labels: Int[ndarray, " size"], given: GivenMask) -> Mapping[str, int]:
    """The regions of an atlas by name: by its table, which may name fewer, or by number."""
    present = [int(label) for label in np.unique(labels) if label]
    if given.roi_names is None:
        return {f"roi-{label}": label for label in present}
    named = _read_names(given.roi_names)
    if not set(named.values()) & set(present):
        raise InvalidDataError(
            f"{given.roi_names} names {first_few(map(str, named.values()))}, and {given.roi} has the labels "
            f"{first_few(map(str, present))}; give the table of this atlas"
        )
    return {name: label for name, label in named.items() if label in present}


def _read_names(path: Path) -> dict[str, int]:
    """The label of each region by its name, of a .csv or .tsv with a column of numbers and one of names."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDataError(f"{path} is not readable ({error}); give a .csv or .tsv") from error
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t" if "\t" in text.partition("\n")[0] else ","))
    headings = [each.strip().lower() for each in rows[0]] if rows else []
    number = next((each for each in NUMBERS if each in headings), None)
    name = next((each for each in NAMES if each in headings), None)
    if number is None or name is None:
        raise InvalidDataError(
            f"{path} has the columns {', '.join(headings) or 'none'}; it needs one of numbers ({', '.join(NUMBERS)}) "
            f"and one of names ({', '.join(NAMES)})"
        )
    found: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        values = {str(key).strip().lower(): (value or "").strip() for key, value in row.items()}
        if not values[number].isdigit():
            raise InvalidDataError(f"{path}, line {line}: '{values[number]}' is no label; give whole numbers")
        if int(values[number]):
            region = plain_name(values[name])
            if region in found:
                raise InvalidDataError(f"{path}, line {line}: {region} has two labels; make one of them in the atlas")
            found[region] = int(values[number])
    if not found:
        raise InvalidDataError(f"{path} names no region; give a line for each label")
    return found


def regions_text(regions: Mapping[str, MaskedRegion]) -> str:
    """How many targets each region has, in words."""
    return "; ".join(f"{name}: {count_text(len(each.columns), 'target')}" for name, each in regions.items())
