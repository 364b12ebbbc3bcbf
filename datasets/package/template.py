"""The text of a `dataset.toml` that explains itself, and of a `stimuli.csv`."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.datasets.package.description import STIMULI

ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif"))


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts names by the numbers in them: image2 before image10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name) if part)


def image_files(folder: Path) -> list[str]:
    """The images below a folder, relative to it, in their natural order."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and not path.name.startswith(".")]
    return sorted((path.relative_to(folder).as_posix() for path in found), key=natural)


def stimuli_text(folder: Path) -> str:
    """A line for each image: its id is its name without ending, or its path where two have the same name."""
    files = image_files(folder)
    stems = [Path(file).stem for file in files]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("stimulus_id", "file"))
    writer.writerows((stem if stems.count(stem) == 1 else file, file) for stem, file in zip(stems, files, strict=True))
    return written.getvalue()


class Block(NamedTuple):
    """A region and its benchmarks, as they are written; `axes` are those of a .npy of responses."""

    region: str
    measure: str
    file: str
    axes: Sequence[str] | None = None
    targets: str | None = None
    metrics: Sequence[str] = ()
    parameters: Mapping[str, Any] = {}
    times_ms: Sequence[float] | None = None
    mask: str | None = None
    mesh: str | None = None
    space: str | None = None
    preprocessing: Mapping[str, Any] = {}

    def text(self) -> str:
        """The block of the region, and one for each metric."""
        lines = [f"{self.measure} = {json.dumps(self.file)}"]
        if self.axes is not None:
            lines.append(f"axes = {json.dumps(list(self.axes))}")
        if self.times_ms is not None:
            lines.append(f"times_ms = {json.dumps(list(self.times_ms))}")
        if self.preprocessing:
            lines.append(f"preprocessing = {{ {_inline(self.preprocessing)} }}")
        if self.measure == "responses":
            lines.append(f'targets = "{self.targets}"' if self.targets else '# targets = "targets.csv"')
        if self.mask is not None:
            lines.append(f"mask = {json.dumps(self.mask)}")
            lines += [f"mesh = {json.dumps(self.mesh)}"] if self.mesh is not None else []
            lines.append(f"space = {json.dumps(self.space)}" if self.space else '# space = "MNI152NLin2009cAsym"')
        written = "\n".join(lines)
        return f"""\
# What was measured. Its stimuli are those of {STIMULI}, in that order, unless `stimuli` names another table.
[[regions]]
name = "{self.region}"
{written}
""" + "".join(self._benchmark(metric) for metric in self.metrics)

    def _benchmark(self, metric: str) -> str:
        inside = _inline(self.parameters)
        parameters = f"parameters = {{ {inside} }}" if inside else "# parameters = { draws = 1000 }"
        return f"""
[[benchmarks]]
region = "{self.region}"
metric = "{metric}"
# group = "v4"                      # benchmarks of one group are averaged on the leaderboard
{parameters}
"""


def _inline(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items())


def description_text(name: str, title: str, stimuli: int, visual_degrees: float | None, blocks: Sequence[Block]) -> str:
    """A whole `dataset.toml`."""
    written = [block.text() for block in blocks] or [_EXAMPLE]
    return "\n".join([_card(name, title, stimuli, visual_degrees), *written])


def _card(name: str, title: str, stimuli: int, visual_degrees: float | None) -> str:
    title = json.dumps(f"{title}, {stimuli} images" if stimuli else title, ensure_ascii=False)
    degrees = "# visual_degrees = 8.0" if visual_degrees is None else f"visual_degrees = {float(visual_degrees)}"
    return f"""\
# A data set of one's own. Every key is explained in docs/reference/dataset-package.md; the file stays on this machine.
name = "{name}"
title = {title}
citation = "unpublished"
licence = "not to be passed on"
access = "private"
# The width at which the images were seen; without it, models see them as they see any image.
{degrees}
"""


_EXAMPLE = """\
# What was measured: put one of these files beside this one, and remove the # of its lines.
# [[regions]]
# name = "v4"
# responses = "responses.npy"       # numbers, stimuli x targets or stimuli x repeats x targets
# axes = ["stimuli", "repeats", "targets"]
# targets = "targets.csv"           # a column target_id
# times_ms = [0, 10, 20]            # of responses or rdms over time: ms from stimulus onset, with axes that name times
# rdms = "rdms.npz"                 # or: an array rdms, subjects x stimuli x stimuli
# trials = "trials.csv"             # or: observer, stimulus_id, condition, response, category
# triplets = "triplets.csv"         # or: image1, image2, image3, odd, and subject if known

# [[benchmarks]]
# region = "v4"
# metric = "encoding"               # encoding of responses, rsa of rdms, error-consistency of trials
"""
