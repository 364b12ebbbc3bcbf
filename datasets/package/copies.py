"""Images of a package that show the same as others, and what is said of them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.images import DECODING, pixel_digest
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.near_duplicates import Pair, equal_images, near_duplicates
from brainrank.datasets.package.faults import Fault, count_text, first_few
from brainrank.datasets.package.stimulus_table import Row, StimulusTable

MOST_PAIRS = 3


def pixels_of(
    sums: Mapping[str, str], read: Callable[[str], Image.Image], store: Path, reporter: Reporter
) -> dict[str, str]:
    """The digest of each image's pixels, by file; `sums` has the sha256 of each, and `read` reads one.

    Decoding ten thousand photographs takes a minute, so the digests are kept in `store` by the files' content, and no
    file is touched when they are there. Raises what `read` raises, and StorageError when nothing can be written.
    """
    key = hashlib.sha256(json.dumps([DECODING, sorted(sums.items())]).encode()).hexdigest()
    path = store / f"{key}.json"
    if path.is_file():
        known: dict[str, str] = json.loads(path.read_text())
        return known
    found = {}
    for number, file in enumerate(sums, start=1):
        found[file] = pixel_digest(read(file))
        reporter.progress("looking for equal images", number, len(sums))
    with written_whole(path) as written:
        written.write(json.dumps(found).encode())
    return found


def all_the_same(table: StimulusTable, pixels: Sequence[str]) -> Fault | None:
    """A fault when all images that were shown have the same pixels: no model can tell them apart."""
    shown = [digest for digest, row in zip(pixels, table.rows, strict=True) if not row.training]
    if len(shown) < 2 or len(set(shown)) > 1:
        return None
    text = f"all {len(shown)} images that were shown are the same, pixel by pixel; give the images that people saw"
    return Fault(table.file, text)


def equal_rows(table: StimulusTable, pixels: Sequence[str]) -> list[list[Row]]:
    """The rows whose images have the same pixels, for each picture that is there more than once."""
    return [[table.rows[place] for place in places] for places in equal_images(pixels)]


def one_group(rows: Sequence[Row]) -> bool:
    """Whether the table itself puts some images into one group."""
    groups = {row.group or row.stimulus_id for row in rows}
    return len(groups) == 1


def equal_text(equal: Sequence[Sequence[Row]]) -> str:
    """What is said of images with the same pixels."""
    first = "; ".join(", ".join(row.stimulus_id for row in rows[:3]) for rows in equal[:MOST_PAIRS])
    more = "; ..." if len(equal) > MOST_PAIRS else ""
    count = sum(map(len, equal))
    return (
        f"{count} images show {count_text(len(equal), 'picture')}, the same pixels in several files ({first}{more}); "
        "the files of a picture are held out together, as one group: are they repeats of one stimulus?"
    )


def near_pairs(thumbnails: NDArray[np.float32], groups: Sequence[str]) -> list[Pair]:
    """The pairs of near-duplicates that are not in one group, the most alike first."""
    found = [pair for pair in near_duplicates(thumbnails) if groups[pair.first] != groups[pair.second]]
    return sorted(found, key=lambda pair: -pair.r)


def near_text(pairs: Sequence[Pair], stimulus_ids: Sequence[str]) -> str:
    """What is said of near-duplicates."""
    images = {place for pair in pairs for place in pair[:2]}
    named = first_few(f"{stimulus_ids[pair.first]} and {stimulus_ids[pair.second]} (r {pair.r:.3f})" for pair in pairs)
    return (
        f"{len(images)} images are near-duplicates of others, {count_text(len(pairs), 'pair')} with r > .95 between "
        f"thumbnails in colour: {named}; a model fitted to one knows the other. Where they show the same thing, give "
        "them one group: brainrank dataset init DIR --group-near-duplicates writes that column"
    )
