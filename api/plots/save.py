"""Figures into files."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError

FORMATS = (".png", ".svg", ".pdf")
DATES = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
DOTS_PER_INCH = 300


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all. InvalidDataError for an ending that is no picture's; StorageError."""
    ending = checked_ending(path)
    # Journals want fonts in the file (TrueType), and text that stays text; the same figure is the same bytes.
    form = rc_context({"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "brainrank"})
    with written_whole(path) as file, form:
        figure.savefig(file, format=ending[1:], dpi=DOTS_PER_INCH, metadata=DATES.get(ending))


def checked_ending(path: Path) -> str:
    """The ending that says the format. Raises InvalidDataError for one that is no picture's."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InvalidDataError(f"Cannot draw into '{path}'; end the file's name in {', '.join(FORMATS)}")
    return ending
