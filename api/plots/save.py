"""Figures into files."""

from pathlib import Path

from matplotlib.figure import Figure

from brainrank.benchmark.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError

FORMATS = (".png", ".svg", ".pdf")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all. InvalidDataError for an ending that is no picture's; StorageError."""
    if path.suffix.lower() not in FORMATS:
        raise InvalidDataError(f"Cannot draw into '{path}'; end the file's name in {', '.join(FORMATS)}")
    with written_whole(path) as file:
        figure.savefig(file, format=path.suffix.lower()[1:], dpi=160)
