"""The start of a package: what lies in its folder, described in a `dataset.toml` that explains itself."""

import csv
import io
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.storage import writing_to, written_whole
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.conversion import NETCDF, NPY, Converted, convert, copy_file
from brainrank.datasets.package.description import DESCRIPTION, STIMULI
from brainrank.datasets.package.stimulus_table import StimulusTable, read_table

IMAGES = "images"
ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif"))
FILES = {"responses": (NPY, NETCDF), "rdms": ("rdms.npz",), "trials": ("trials.csv",)}
METRICS = {"responses": "encoding", "rdms": "rsa", "trials": "error-consistency"}
TARGETS = "targets.csv"


class Given(NamedTuple):
    """What a package is started from: files to copy into it, and what they do not say of themselves."""

    images: Path | None = None
    responses: Path | None = None
    axes: Sequence[str] | None = None
    targets: Path | None = None
    rdms: Path | None = None
    trials: Path | None = None
    region: str | None = None
    visual_degrees: float | None = None
    variable: str | None = None


class Started(NamedTuple):
    """What was found: images in the order of the table, and a line about each measurement.

    `matched` says that labels of their own put the responses into that order, and nothing else was measured.
    """

    images: tuple[str, ...]
    measured: tuple[str, ...]
    matched: bool = False


def start(folder: Path, given: Given) -> Started:
    """Copy the files given into a folder, list its images in `stimuli.csv`, and write `dataset.toml`.

    Files that lie there under their usual names are described as well. Raises InvalidDataError when `dataset.toml` is
    there already, when a given file is not, and when responses cannot be matched with the images.
    """
    if (folder / DESCRIPTION).exists():
        raise InvalidDataError(f"{folder / DESCRIPTION} is there already; edit it, or give another folder")
    for path in (given.images, given.responses, given.targets, given.rdms, given.trials):
        if path is not None and not path.exists():
            raise InvalidDataError(f"{path} does not exist; give the path of a file or folder that does")
    with writing_to(folder):
        _copy(given, folder)
    if not (folder / STIMULI).is_file():
        _write(folder / STIMULI, _table(folder))
    listed = read_table(folder, STIMULI).table
    source = given.responses or next((folder / file for file in FILES["responses"] if (folder / file).is_file()), None)
    responses = None
    if source is not None:
        responses = _responses(source, folder, listed, given)
    elif given.axes is not None or given.variable is not None:
        raise InvalidDataError("--axes and --variable say how responses are read; give their file with --responses")
    text, measured = _description(folder, given, responses, len(listed.test))
    _write(folder / DESCRIPTION, text)
    matched = responses is not None and bool(responses.labels) and len(measured) == 1
    return Started(tuple(row.file for row in listed.rows), measured, matched)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts names by the numbers in them: image2 before image10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name) if part)


def image_files(folder: Path) -> list[str]:
    """The images below a folder, relative to it, in their natural order."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and not path.name.startswith(".")]
    return sorted((path.relative_to(folder).as_posix() for path in found), key=natural)


def _responses(source: Path, folder: Path, listed: StimulusTable, given: Given) -> Converted:
    if not listed.test:
        raise InvalidDataError(f"There are no images for {source}; give their folder with --images")
    return convert(source, folder, listed.test, axes=given.axes, variable=given.variable)


def _copy(given: Given, folder: Path) -> None:
    if given.images is not None and not given.images.resolve().is_relative_to(folder.resolve()):
        for file in image_files(given.images):
            target = folder / IMAGES / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(given.images / file, target)
    for source, name in ((given.rdms, FILES["rdms"][0]), (given.trials, FILES["trials"][0]), (given.targets, TARGETS)):
        if source is not None:
            if source.suffix.lower() != Path(name).suffix:
                raise InvalidDataError(
                    f"{source} is no {Path(name).suffix} file; save it as one, {name} of the package"
                )
            copy_file(source, folder / name)


def _table(folder: Path) -> str:
    """A line for each image: its id is its name without ending, or its path where two have the same name."""
    files = image_files(folder)
    stems = [Path(file).stem for file in files]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("stimulus_id", "file"))
    writer.writerows((stem if stems.count(stem) == 1 else file, file) for stem, file in zip(stems, files, strict=True))
    return written.getvalue()


def _description(folder: Path, given: Given, responses: Converted | None, stimuli: int) -> tuple[str, tuple[str, ...]]:
    name = re.sub(r"[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-") or "my-data"
    present = {key: file for key in ("rdms", "trials") for file in FILES[key] if (folder / file).is_file()}
    if responses is not None:
        present = {"responses": responses.file, **present}
    axes = responses.axes if responses is not None and responses.file == NPY else None
    parts = [_card(name, stimuli, given.visual_degrees)]
    measured = []
    for key, file in present.items():
        region = given.region if given.region and len(present) == 1 else f"{given.region or 'my'}-{key}"
        parts.append(_region(region, key, file, axes if key == "responses" else None, (folder / TARGETS).is_file()))
        measured.append(_told(responses) if key == "responses" and responses is not None else file)
    if not present:
        parts.append(_EXAMPLE)
    return "\n".join(parts), tuple(measured)


def _told(responses: Converted) -> str:
    sizes = " x ".join(f"{length} {axis}" for length, axis in zip(responses.shape, responses.axes, strict=True))
    order = f"matched with the images by its {responses.labels}" if responses.labels else "in the order of the images"
    return f"{responses.file}: {sizes}, {order}"


def _write(path: Path, text: str) -> None:
    with written_whole(path) as file:
        file.write(text.encode())


def _card(name: str, stimuli: int, visual_degrees: float | None) -> str:
    title = f"{name}, {stimuli} images" if stimuli else name
    degrees = "# visual_degrees = 8.0" if visual_degrees is None else f"visual_degrees = {float(visual_degrees)}"
    return f"""\
# A data set of one's own. Every key is explained in docs/reference/dataset-package.md; the file stays on this machine.
name = "{name}"
title = "{title}"
citation = "unpublished"
licence = "not to be passed on"
access = "private"
# The width at which the images were seen; without it, models see them as they see any image.
{degrees}
"""


def _region(region: str, key: str, file: str, axes: Sequence[str] | None, targets: bool) -> str:
    lines = [f"{key} = {json.dumps(file)}"]
    if axes is not None:
        lines.append(f"axes = {json.dumps(list(axes))}")
    if key == "responses":
        lines.append(f'{"" if targets else "# "}targets = "{TARGETS}"')
    written = "\n".join(lines)
    return f"""\
# What was measured. Its stimuli are those of stimuli.csv, in that order, unless `stimuli` names another table.
[[regions]]
name = "{region}"
{written}

[[benchmarks]]
region = "{region}"
metric = "{METRICS[key]}"
# group = "v4"                      # benchmarks of one group are averaged on the leaderboard
# parameters = {{ draws = 1000 }}
"""


_EXAMPLE = """\
# What was measured: put one of these files beside this one, and remove the # of its lines.
# [[regions]]
# name = "v4"
# responses = "responses.npy"       # numbers, stimuli x targets or stimuli x repeats x targets
# axes = ["stimuli", "repeats", "targets"]
# targets = "targets.csv"           # a column target_id
# rdms = "rdms.npz"                 # or: an array rdms, subjects x stimuli x stimuli
# trials = "trials.csv"             # or: observer, stimulus_id, condition, response, category

# [[benchmarks]]
# region = "v4"
# metric = "encoding"               # encoding of responses, rsa of rdms, error-consistency of trials
"""
