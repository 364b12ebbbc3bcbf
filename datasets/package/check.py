"""Everything that can be wrong with a package, told at once."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from brainrank.benchmark.downloads import sha256_of
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.package.faults import Fault
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.package import read_parts
from brainrank.datasets.package.stimulus_table import Row, StimulusTable


def check_folder(folder: Path, reporter: Reporter) -> list[Fault]:
    """The faults of a folder's description, tables, images and measurements, in that order."""
    parts = read_parts(folder)
    faults = list(parts.faults)
    for table in parts.tables.values():
        faults.extend(_image_faults(folder, table, reporter))
    for region in parts.description.regions:
        if not parts.tables[region.stimuli].rows:
            continue  # measurements of stimuli that cannot be read: no fault of theirs
        faults.extend(read_measured(folder, region, parts.tables[region.stimuli]).faults)
    return list(dict.fromkeys(faults))


def _image_faults(folder: Path, table: StimulusTable, reporter: Reporter) -> Iterator[Fault]:
    """Images that cannot be decoded, and images that are there twice."""
    first: dict[str, Row] = {}
    for number, row in enumerate(table.rows, start=1):
        path = folder / row.file
        if path.is_file():
            fault = _undecodable(path)
            if fault:
                yield Fault(table.file, f"file '{row.file}' {fault}", row.line)
            same = first.setdefault(sha256_of(path), row)
            if same is not row and not _kept_apart(row, same):
                yield Fault(table.file, f"stimulus '{row.stimulus_id}' {_same_image(row, same)}", row.line)
        reporter.progress(f"images of {table.file}", number, len(table.rows))


def _kept_apart(row: Row, same: Row) -> bool:
    """Whether a common group keeps a training image from the readout that judges the same image."""
    return row.training != same.training and bool(row.group) and row.group == same.group


def _same_image(row: Row, same: Row) -> str:
    remedy = "give both the same group" if row.training != same.training else "make them repeats of one stimulus"
    return (
        f"is the same image as '{same.stimulus_id}' of line {same.line}: a model would be judged on an image it was "
        f"fitted to; {remedy}"
    )


def _undecodable(path: Path) -> str:
    """Why an image cannot be decoded whole; nothing where it can."""
    try:
        with Image.open(path) as image:
            image.load()
    except UnidentifiedImageError:
        return "is no image"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"cannot be decoded: {error}"
    return ""
