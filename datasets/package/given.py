"""What a package is started from: files, and what they do not say of themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.benchmark.types.measure import Measure
from brainrank.datasets.package.description import measure_named
from brainrank.datasets.package.epoch_files import GivenEpochs
from brainrank.datasets.package.region_masks import GivenMask

USUAL = {
    "responses": ("responses.npy", "responses.nc"),
    "rdms": ("rdms.npz",),
    "trials": ("trials.csv",),
    "triplets": ("triplets.csv",),
}
"""Files that are described without being given, when they lie in a new package's folder."""
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
    masks: GivenMask = GivenMask()
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

    def metrics_of(self, measure: str, *, timed: bool) -> Sequence[str]:
        """The metrics of what is measured, at many times or at none."""
        return self.metrics.get(measure_named(measure, timed=timed), ())
