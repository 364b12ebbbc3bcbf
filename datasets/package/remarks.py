"""What is done with images and measurements that are in order but not plain, for their owner to know."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from brainrank.benchmark.images import UNREADABLE
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.measure import Assembly
from brainrank.datasets.package.faults import Fault, count_text, first_few
from brainrank.datasets.package.stimulus_table import StimulusTable

TURNED, CMYK, DARK = "turned", "cmyk", "dark"
WORDS = {
    TURNED: "turned as EXIF says, as a viewer shows them; programs that ignore it show them lying",
    CMYK: "in CMYK: they are turned into RGB by their colour profile, or by the plain rule without one",
    DARK: "of 16 bits with no level above 4095, which are read as nearly black; if they hold 12 bits, multiply by 16",
}
GREATEST_OF_12_BITS = 4095


def kind_of(path: Path) -> str | None:
    """What about an image file its owner should know; None for a plain one, or one that cannot be read at all."""
    try:
        with Image.open(path) as image:
            if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
                return TURNED
            if image.mode == "CMYK":
                return CMYK
            if image.format in {"PNG", "PPM"} and image.mode.startswith("I"):
                greatest = np.asarray(image).max(initial=0)
                return DARK if 0 < greatest <= GREATEST_OF_12_BITS else None
    except UNREADABLE:
        pass  # told by whoever decodes it
    return None


def image_remarks(table: StimulusTable, kinds: Mapping[str, str | None]) -> Iterator[Fault]:
    """A line about the images of each kind; `kinds` are by the file of the table."""
    for kind, words in WORDS.items():
        rows = [row for row in table.rows if kinds.get(row.file) == kind]
        if rows:
            named = first_few(row.file for row in rows)
            verb = "is" if len(rows) == 1 else "are"
            yield Fault(table.file, f"{count_text(len(rows), 'image')} {verb} {words}: {named}", rows[0].line)


def constant_targets(file: str, assembly: Assembly) -> Iterable[Fault]:
    """A line about the targets that answer every stimulus alike, which no metric scores."""
    if not isinstance(assembly, ResponseAssembly):
        return []
    means = np.nanmean(assembly.responses, axis=1)
    places = np.flatnonzero(np.ptp(means, axis=0) == 0)
    if not places.size:
        return []
    named = first_few(assembly.targets[place] for place in places.tolist())
    verb = "answers" if places.size == 1 else "answer"
    count = count_text(int(places.size), "target")
    text = f"{count} {verb} every stimulus alike: {named}; no score is made of such targets"
    return [Fault(file, text)]
