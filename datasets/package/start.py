"""The start of a package, or more in one that is there: files are read at once, and what does not fit is refused."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.package.description import DESCRIPTION, STIMULI
from brainrank.datasets.package.description_file import check_measured, describe, write_text
from brainrank.datasets.package.epoch_files import GivenEpochs, usual_region, write_epochs
from brainrank.datasets.package.file_names import plain_name
from brainrank.datasets.package.given import USUAL, Given
from brainrank.datasets.package.stimulus_table import StimulusTable, read_table
from brainrank.datasets.package.taken_responses import Taken, copy_new, take_responses
from brainrank.datasets.package.template import Block, image_files, stimuli_text
from brainrank.datasets.package.written_measures import copy_triplets, write_rdms, write_trials

IMAGES = "images"


class Started(NamedTuple):
    """What was found: images in the order of the table, and a line about each measurement.

    `matched` says that everything measured names its images, so that no order of them is to be believed.
    """

    images: tuple[str, ...]
    measured: tuple[str, ...]
    matched: bool = False


def start(folder: Path, given: Given, reporter: Reporter | None = None) -> Started:
    """Read the files given into a folder, list its images in `stimuli.csv`, and write `dataset.toml`, or add to it.

    Files that lie in a folder without a description under their usual names are described as well. Raises
    InvalidDataError, and leaves the folder as it was, when a given file is not there or cannot be read, and when
    measurements do not fit the images or what is there already.
    """
    there = (folder / DESCRIPTION).exists()
    _check_given(folder, given, there=there)
    with unless_done(folder), writing_to(folder):
        _copy_images(given, folder)
        if not (folder / STIMULI).is_file():
            write_text(folder / STIMULI, stimuli_text(folder))
        listed = read_table(folder, STIMULI).table
        found = list(_read(folder, listed, given, there=there))
        if given.epochs is not None:
            found.append(_decoded(folder, listed, given, given.epochs, reporter or Silent()))
        blocks = [each.block for each in found]
        describe(folder, blocks, stimuli=len(listed.test), visual_degrees=given.visual_degrees, there=there)
        check_measured(folder, [each.region for each in blocks], listed)
    matched = bool(found) and all(each.matched for each in found)
    return Started(tuple(row.file for row in listed.rows), tuple(each.told for each in found), matched)


@contextmanager
def unless_done(folder: Path) -> Iterator[None]:
    """Leave a folder as it was when something is raised."""
    existed, before = folder.exists(), set(folder.rglob("*"))
    kept = {path: path.read_bytes() for name in (DESCRIPTION, STIMULI) if (path := folder / name).is_file()}
    try:
        yield
    except BaseException:
        new = [path for path in folder.rglob("*") if path not in before]
        for path in sorted(new, reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        for path, content in kept.items():
            path.write_bytes(content)
        if not existed and folder.exists():
            folder.rmdir()
        raise


def _check_given(folder: Path, given: Given, *, there: bool) -> None:
    files = [path for by_region in given.measured.values() for path in by_region.values()]
    files += [] if given.epochs is None else given.epochs.paths
    for path in (given.images, *files, given.targets, given.masks.mask, given.masks.mesh, given.masks.roi):
        if path is not None and not path.exists():
            raise InvalidDataError(f"{path} does not exist; give the path of a file or folder that does")
    if there and not given.measured and given.epochs is None:
        raise InvalidDataError(
            f"{folder / DESCRIPTION} is there already; edit it, add measurements with --responses, --rdms, --epochs, "
            "--trials or --triplets, or give another folder"
        )
    if there and (given.images is not None or given.visual_degrees is not None):
        raise InvalidDataError(
            f"{folder / DESCRIPTION} is there already, and its images with it; leave --images and --visual-degrees out"
        )
    if given.targets is not None and given.masks.roi is not None:
        raise InvalidDataError("--targets names the targets of one region, and --roi makes several; leave one out")
    if len(given.files("responses")) > 1 and given.targets is not None:
        raise InvalidDataError("--targets names the targets of one region; add regions one by one, each with its own")
    if given.region is not None and any(name for by_region in given.measured.values() for name in by_region):
        raise InvalidDataError("--region names what has no name yet; leave it out, or write NAME=FILE for each file")


def _read(folder: Path, listed: StimulusTable, given: Given, *, there: bool) -> Iterator[Taken]:
    """Read what is given, and what lies in the folder under a usual name, into the package's own files."""
    measured = given.measured
    if not there:
        for measure, files in USUAL.items():
            lying = [folder / file for file in files if (folder / file).is_file()]
            if lying and measure not in measured:
                measured[measure] = {"": lying[0]}
    _check_used(given, measured)
    alone = sum(map(len, measured.values())) == 1
    for measure, by_region in measured.items():
        if not listed.test:
            source = next(iter(by_region.values()))
            raise InvalidDataError(f"There are no images for {source}; give their folder with --images")
        for name, source in by_region.items():
            unnamed = given.region if given.region and alone else f"{given.region or 'my'}-{measure}"
            yield from _one(folder, listed, given, measure, plain_name(name or unnamed), source, named=bool(name))


def _check_used(given: Given, measured: Container[str]) -> None:
    """Raise InvalidDataError for what says how files are read of which none is given."""
    uses = {
        "axes": (given.axes, ("responses",)),
        "mask": (given.masks.mask, ("responses",)),
        "mesh": (given.masks.mesh, ("responses",)),
        "roi": (given.masks.roi, ("responses",)),
        "targets": (given.targets, ("responses",)),
        "variable": (given.variable, ("responses", "rdms")),
        "times": (given.times_ms, ("responses", "rdms")),
        "columns": (given.columns, ("trials",)),
    }
    for option, (value, measures) in uses.items():
        if value is not None and not any(each in measured for each in measures):
            files = " or ".join(f"--{each}" for each in measures)
            raise InvalidDataError(
                f"--{option} says how {' or '.join(measures)} are read; give their file with {files}"
            )


def _one(
    folder: Path, listed: StimulusTable, given: Given, measure: str, region: str, source: Path, *, named: bool
) -> Iterator[Taken]:
    stem = f"{measure}-{region}" if named else measure
    endings = {"responses": (".npy", ".nc"), "rdms": (".npz",), "trials": (".csv",), "triplets": (".csv",)}[measure]
    for target in (folder / f"{stem}{ending}" for ending in endings):
        if target.exists() and not target.samefile(source):
            raise InvalidDataError(
                f"{target} is there already; remove it, or name this region: --{measure} NAME={source}"
            )
    if measure == "responses":
        yield from take_responses(folder, listed, given, region, source, named=named)
    elif measure == "rdms":
        rdms = write_rdms(source, folder / f"{stem}.npz", len(listed.test), given.variable, given.times_ms)
        metrics = given.metrics_of(measure, timed=rdms.times_ms is not None)
        block = Block(region, measure, f"{stem}.npz", None, None, metrics, given.parameters, rdms.times_ms)
        yield Taken(block, rdms.told, False)
    else:
        metrics = given.metrics_of(measure, timed=False)
        if measure == "triplets":
            told = copy_triplets(source, folder / f"{stem}.csv")
        else:
            told = write_trials(source, folder / f"{stem}.csv", given.columns)
        yield Taken(Block(region, measure, f"{stem}.csv", None, None, metrics, given.parameters), told, True)


def _decoded(folder: Path, listed: StimulusTable, given: Given, epochs: GivenEpochs, reporter: Reporter) -> Taken:
    """Make the RDMs of epochs, in a file named after their region."""
    region = plain_name(given.region or usual_region(epochs))
    target = folder / f"rdms-{region}.npz"
    if target.exists():
        raise InvalidDataError(f"{target} is there already; remove it, or name this region with --region NAME")
    found = write_epochs(epochs, target, listed.test, reporter)
    metrics = given.metrics_of("rdms", timed=True)
    block = Block(region, "rdms", target.name, None, None, metrics, given.parameters, found.times_ms)
    return Taken(block._replace(preprocessing=found.preprocessing), found.told, found.named)


def _copy_images(given: Given, folder: Path) -> None:
    if given.images is None or given.images.resolve().is_relative_to(folder.resolve()):
        return
    for file in image_files(given.images):
        target = folder / IMAGES / file
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_new(given.images / file, target)
