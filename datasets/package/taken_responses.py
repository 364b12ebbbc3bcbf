"""Responses that a package is started from: read, split into the regions of an atlas, and written with their mask."""

import filecmp
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.types.brain_space import HEMISPHERES
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.brain_images import SHORT
from brainrank.datasets.package.given import Given
from brainrank.datasets.package.region_masks import MaskedRegion, given_positions, regions_of_atlas, write_mask
from brainrank.datasets.package.response_files import Converted, convert, copy_file, labelled_file
from brainrank.datasets.package.stimulus_table import StimulusTable
from brainrank.datasets.package.template import Block
from brainrank.datasets.readers.brain_files import hemisphere_of, load_image


class Taken(NamedTuple):
    """The block of a region that was read, a line about it, and whether it names its images."""

    block: Block
    told: str
    matched: bool


def take_responses(
    folder: Path, listed: StimulusTable, given: Given, region: str, source: Path, *, named: bool
) -> Iterator[Taken]:
    """The responses of a file, as one region, or as those that an atlas splits it into."""
    masked = given_positions(given.masks)
    times = None if given.times_ms is None else len(given.times_ms)
    found = labelled_file(source, len(listed.test), axes=given.axes, variable=given.variable, mask=masked, times=times)
    prefix = f"{region}-" if named or given.region else ""
    parts: dict[str, MaskedRegion | None] = {region: None}
    if masked is not None:
        inside = regions_of_atlas(given.masks, masked)
        parts = {f"{prefix}{name}": each for name, each in inside.items()} or {
            region: MaskedRegion(np.arange(len(masked.positions)), masked)
        }
    split = given.masks.roi is not None
    for name, part in parts.items():
        ending = f"-{name}" if named or split else ""
        columns = part.columns if part is not None and split else None
        written = convert(
            source,
            folder,
            listed.test,
            found=found,
            times_ms=given.times_ms,
            columns=columns,
            stem=f"responses{ending}",
        )
        block = Block(
            name,
            "responses",
            written.file,
            written.axes if written.file.endswith(".npy") else None,
            _targets(folder, given, f"targets{ending}.csv"),
            given.metrics_of("responses", timed=written.times_ms is not None),
            given.parameters,
            written.times_ms,
            None if part is None else write_mask(part.positions, folder, f"mask{ending}"),
            _mesh(given, folder, f"mesh{ending}"),
            given.masks.space or (f"{folder.absolute().name}-{prefix}native" if split else None),
        )
        yield Taken(block, _conversion_text(written), bool(written.labels))


def _mesh(given: Given, folder: Path, stem: str) -> str | None:
    """Copy the mesh of a mask as it is, since its bytes say which surface it is, and return its name.

    The name says the hemisphere, as that of the source may have done alone.
    """
    source = given.masks.mesh
    if source is None:
        return None
    side = HEMISPHERES[hemisphere_of(load_image(source), source)]
    packed = ".gz" if source.name.lower().endswith(".gz") else ""
    file = f"{stem}.{SHORT[side]}.surf.gii{packed}"
    copy_new(source, folder / file)
    return file


def _targets(folder: Path, given: Given, file: str) -> str | None:
    if given.targets is not None:
        if given.targets.suffix.lower() != ".csv":
            raise InvalidDataError(f"{given.targets} is no .csv file; save it as one, with a column target_id")
        copy_new(given.targets, folder / file)
    return file if (folder / file).is_file() else None


def _conversion_text(responses: Converted) -> str:
    sizes = " x ".join(f"{length} {axis}" for length, axis in zip(responses.shape, responses.axes, strict=True))
    order = f"matched with the images by its {responses.labels}" if responses.labels else "in the order of the images"
    return f"{responses.file}: {sizes}, {order}"


def copy_new(source: Path, target: Path) -> None:
    """Copy a file to where none is, or the same. Raises InvalidDataError rather than replace another."""
    if target.exists() and not filecmp.cmp(source, target, shallow=False):
        raise InvalidDataError(f"{target} is there already and is not {source}; remove one of the two, or rename it")
    copy_file(source, target)
