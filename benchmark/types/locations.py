"""Locations: the folders brainrank reads and writes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Locations:
    """`home` holds everything brainrank writes; `mirror`, if any, is a read-only folder of upstream files.

    `own_studies`, if any, is where studies lie whose files their users must get themselves, a folder each. `uploads`,
    if any, is a folder or an fsspec URL that all workers of a service share, where what was uploaded to it is kept.
    """

    home: Path
    mirror: Path | None = None
    own_studies: Path | None = None
    uploads: str | None = None

    @property
    def studies(self) -> Path:
        """Studies got by hand: the folder set, or that of the home."""
        return self.own_studies or self.home / "studies"

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

    @property
    def packages(self) -> Path:
        """One's own data sets that were added, a folder each."""
        return self.home / "packages"
