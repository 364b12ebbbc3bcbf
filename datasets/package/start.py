"""The start of a package, or more in one that is there: files are read at once, and what does not fit is refused."""

import filecmp
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.package.description import DESCRIPTION, STIMULI, measure_named
from brainrank.datasets.package.description_file import check_measured, describe, write_text
from brainrank.datasets.package.epoch_files import GivenEpochs, usual_region, write_epochs
from brainrank.datasets.package.file_names import plain_name
from brainrank.datasets.package.response_files import Converted, convert, copy_file
from brainrank.datasets.package.stimulus_table import StimulusTable, read_table
from brainrank.datasets.package.template import Block, image_files, stimuli_text
from brainrank.datasets.package.written_measures import copy_triplets, write_rdms, write_trials

IMAGES = "images"
USUAL = {
    "responses": ("responses.npy", "responses.nc"),
    "rdms": ("rdms.npz",),
    "trials": ("trials.csv",),
    "triplets": ("triplets.csv",),
}
"""Files that are described without being given, when they lie in a new package's folder."""
TARGETS = "targets.csv"
Files = Mapping[str, Path]
"""Files by the name of their region, empty where it was not told."""


class Given(NamedTuple):
    """What a package is started from: files to read, and what they do not say of themselves.

    `metrics` are by what was measured; `parameters` are of all of them.
    """

    images: Path | None = None
    responses: Path | Files | None = None
    axes: Sequence[str] | None = None
    targets: Path | None = None
    rdms: Path | Files | None = None
    trials: Path | Files | None = None
    triplets: Path | Files | None = None
    region: str | None = None
    visual_degrees: float | None = None
    variable: str | None = None
    mask: Path | None = None
    columns: Mapping[str, str] | None = None
    times_ms: Sequence[float] | None = None
    epochs: GivenEpochs | None = None
    metrics: Mapping[Measure, Sequence[str]] = {}
    parameters: Mapping[str, Any] = {}

    def files(self, measure: str) -> dict[str, Path]:
        """The files of a measure by region."""
        found: Path | Files | None = getattr(self, measure)
        return {"": found} if isinstance(found, Path) else dict(found or {})

    @property
    def measured(self) -> dict[str, dict[str, Path]]:
        """The files of each measure that has some."""
        return {measure: files for measure in USUAL if (files := self.files(measure))}


class Started(NamedTuple):
    """What was found: images in the order of the table, and a line about each measurement.

    `matched` says that everything measured names its images, so that no order of them is to be believed.
    """

    images: tuple[str, ...]
    measured: tuple[str, ...]
    matched: bool = False


class _Taken(NamedTuple):
    block: Block
    told: str
    matched: bool


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
    for path in (given.images, *files, given.targets, given.mask):
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
    if len(given.files("responses")) > 1 and given.targets is not None:
        raise InvalidDataError("--targets names the targets of one region; add regions one by one, each with its own")
    if given.region is not None and any(name for by_region in given.measured.values() for name in by_region):
        raise InvalidDataError("--region names what has no name yet; leave it out, or write NAME=FILE for each file")


def _read(folder: Path, listed: StimulusTable, given: Given, *, there: bool) -> Iterator[_Taken]:
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
            yield _one(folder, listed, given, measure, plain_name(name or unnamed), source, named=bool(name))


def _check_used(given: Given, measured: Container[str]) -> None:
    """Raise InvalidDataError for what says how files are read of which none is given."""
    uses = {
        "axes": (given.axes, ("responses",)),
        "mask": (given.mask, ("responses",)),
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
) -> _Taken:
    stem = f"{measure}-{region}" if named else measure
    endings = {"responses": (".npy", ".nc"), "rdms": (".npz",), "trials": (".csv",), "triplets": (".csv",)}[measure]
    for target in (folder / f"{stem}{ending}" for ending in endings):
        if target.exists() and not target.samefile(source):
            raise InvalidDataError(
                f"{target} is there already; remove it, or name this region: --{measure} NAME={source}"
            )
    if measure == "responses":
        found = convert(
            source,
            folder,
            listed.test,
            axes=given.axes,
            variable=given.variable,
            mask=given.mask,
            times_ms=given.times_ms,
            stem=stem,
        )
        metrics = _metrics(given, measure, timed=found.times_ms is not None)
        targets = _targets(folder, given, f"targets-{region}.csv" if named else TARGETS)
        axes = found.axes if found.file.endswith(".npy") else None
        block = Block(region, measure, found.file, axes, targets, metrics, given.parameters, found.times_ms)
        return _Taken(block, _conversion_text(found), bool(found.labels))
    if measure == "rdms":
        rdms = write_rdms(source, folder / f"{stem}.npz", len(listed.test), given.variable, given.times_ms)
        metrics = _metrics(given, measure, timed=rdms.times_ms is not None)
        block = Block(region, measure, f"{stem}.npz", None, None, metrics, given.parameters, rdms.times_ms)
        return _Taken(block, rdms.told, False)
    metrics = _metrics(given, measure, timed=False)
    if measure == "triplets":
        told = copy_triplets(source, folder / f"{stem}.csv")
    else:
        told = write_trials(source, folder / f"{stem}.csv", given.columns)
    return _Taken(Block(region, measure, f"{stem}.csv", None, None, metrics, given.parameters), told, True)


def _decoded(folder: Path, listed: StimulusTable, given: Given, epochs: GivenEpochs, reporter: Reporter) -> _Taken:
    """Make the RDMs of epochs, in a file named after their region."""
    region = plain_name(given.region or usual_region(epochs))
    target = folder / f"rdms-{region}.npz"
    if target.exists():
        raise InvalidDataError(f"{target} is there already; remove it, or name this region with --region NAME")
    found = write_epochs(epochs, target, listed.test, reporter)
    metrics = _metrics(given, "rdms", timed=True)
    block = Block(
        region, "rdms", target.name, None, None, metrics, given.parameters, found.times_ms, found.preprocessing
    )
    return _Taken(block, found.told, found.named)


def _metrics(given: Given, measure: str, *, timed: bool) -> Sequence[str]:
    return given.metrics.get(measure_named(measure, timed=timed), ())


def _targets(folder: Path, given: Given, file: str) -> str | None:
    if given.targets is not None:
        if given.targets.suffix.lower() != ".csv":
            raise InvalidDataError(f"{given.targets} is no .csv file; save it as one, with a column target_id")
        _copy_new(given.targets, folder / file)
    return file if (folder / file).is_file() else None


def _conversion_text(responses: Converted) -> str:
    sizes = " x ".join(f"{length} {axis}" for length, axis in zip(responses.shape, responses.axes, strict=True))
    order = f"matched with the images by its {responses.labels}" if responses.labels else "in the order of the images"
    return f"{responses.file}: {sizes}, {order}"


def _copy_images(given: Given, folder: Path) -> None:
    if given.images is None or given.images.resolve().is_relative_to(folder.resolve()):
        return
    for file in image_files(given.images):
        target = folder / IMAGES / file
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_new(given.images / file, target)


def _copy_new(source: Path, target: Path) -> None:
    """Copy a file to where none is, or the same. Raises InvalidDataError rather than replace another."""
    if target.exists() and not filecmp.cmp(source, target, shallow=False):
        raise InvalidDataError(f"{target} is there already and is not {source}; remove one of the two, or rename it")
    copy_file(source, target)
