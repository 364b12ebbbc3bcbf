"""Locations: the folders brainrank reads and writes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Locations:
    """`home` holds everything brainrank writes; `mirror`, if any, is a read-only folder of upstream files."""

    home: Path
    mirror: Path | None = None

    @property
    def downloads(self) -> Path:
        """Files fetched from their sources, by the sha256 they must have."""
        return self.home / "downloads"

    @property
    def datasets(self) -> Path:
        """Stimuli unpacked from downloads."""
        return self.home / "datasets"

    @property
    def activations(self) -> Path:
        """The content-keyed activations store."""
        return self.home / "activations"
