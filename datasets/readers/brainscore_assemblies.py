"""Brain-Score's files: a netCDF assembly of presentations x neuroids (x time bins), and its stimuli as csv and zip.

The layout is what its packaging writes (github:brain-score/brainio, packaging.py): coordinates are variables along
`presentation` (`image_id`, in newer files `stimulus_id`), `neuroid` (`neuroid_id`, `region`) and `time_bin`
(`time_bin_start`, `time_bin_end`, in ms); the csv names each id's file within the zip in its column `filename`.
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.timed_assemblies import TimedResponses
from brainrank.datasets.groups import groups_of
from brainrank.datasets.readers.axes import BINS_IN_MS
from brainrank.datasets.readers.labels import as_text
from brainrank.datasets.readers.own_files import OwnFiles
from brainrank.datasets.readers.single_trials import response_assembly, timed_responses
from brainrank.datasets.stimulus_files import stimulus_file

if TYPE_CHECKING:
    import xarray as xr

STIMULUS_IDS = ("stimulus_id", "image_id")


class Presentations(NamedTuple):
    """Which stimulus each presentation showed, the names of a region's neuroids, and their responses."""

    shown: tuple[str, ...]
    targets: tuple[str, ...]
    trials: NDArray[np.float64]


def read_presentations(path: Path, *, region: str, window_ms: tuple[float, float] | None = None) -> Presentations:
    """Read one region of an assembly; responses are averaged over the time bins that lie within `window_ms`.

    Only the region's neuroids are read. Raises InvalidDataError when the file is no such assembly, has no such region,
    or has several time bins and no window says which.
    """
    with _opened(path, region) as (stored, data, targets):
        responses = _within(data, stored, window_ms, path).transpose("presentation", "neuroid")
        shown = tuple(_coordinate(stored, STIMULUS_IDS, path))
        return Presentations(shown, targets, np.asarray(responses.to_numpy(), dtype=np.float64))


class TimedPresentations(NamedTuple):
    """As `Presentations`, in each bin of time: `trials` are (presentations, targets, times), by the bins' middles."""

    shown: tuple[str, ...]
    targets: tuple[str, ...]
    times_ms: NDArray[np.float64]
    trials: NDArray[np.float32]


def read_timed_presentations(path: Path, *, region: str) -> TimedPresentations:
    """Read one region of an assembly in every bin of time, in single precision, which counts of spikes fit into.

    Raises InvalidDataError when the file is no such assembly, has no such region, or no bins of time.
    """
    with _opened(path, region) as (stored, data, targets):
        if "time_bin" not in data.dims:
            raise InvalidDataError(f"{path} has no bins of time (time_bin); take the study's temporal assembly")
        start, end = _bins(stored, path)
        responses = data.transpose("presentation", "neuroid", "time_bin")
        trials = np.empty(responses.shape, dtype=np.float32)
        for number in range(len(start)):  # in float64 all of them may not fit into memory
            trials[:, :, number] = responses.isel(time_bin=number).to_numpy()
        return TimedPresentations(tuple(_coordinate(stored, STIMULUS_IDS, path)), targets, (start + end) / 2, trials)


@contextmanager
def _opened(path: Path, region: str) -> "Iterator[tuple[xr.Dataset, xr.DataArray, tuple[str, ...]]]":
    """The file, its responses of the region's neuroids, not read yet, and the neuroids' names."""
    import xarray as xr

    try:
        opened = xr.open_dataset(path, engine="h5netcdf")
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{path} is not a readable netCDF file ({error}); fetch it again") from error
    with opened as stored:
        names = [name for name, data in stored.data_vars.items() if {"presentation", "neuroid"} <= set(data.dims)]
        if len(names) != 1:
            raise InvalidDataError(f"{path} has {len(names)} variables over presentation and neuroid; it must have one")
        regions = _coordinate(stored, ("region",), path)
        chosen = np.flatnonzero(regions == region)
        if not chosen.size:
            raise InvalidDataError(f"{path} has no region '{region}'; it has {', '.join(sorted(set(regions)))}")
        targets = tuple(_coordinate(stored, ("neuroid_id",), path)[chosen])
        yield stored, stored[names[0]].isel(neuroid=chosen), targets


def _bins(stored: "xr.Dataset", path: Path) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Where bins of time start and end, in ms from stimulus onset."""
    start, end = (_coordinate(stored, (name,), path).astype(np.float64) for name in BINS_IN_MS)
    return start, end


def read_table(csv: Path, column: str = "filename") -> dict[str, str]:
    """Read what a column says of each stimulus, such as its file within the zip, in the csv's order.

    Every value is text, as it stands there. Raises InvalidDataError when it is no csv with the columns stimulus_id (or
    image_id) and that one, filled in, or repeats an id.
    """
    import pandas as pd

    try:
        table = pd.read_csv(csv, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{csv} is not a readable csv file ({error}); fetch it again") from error
    name = next((name for name in STIMULUS_IDS if name in table), None)
    if name is None or column not in table:
        raise InvalidDataError(
            f"{csv} has the columns {', '.join(map(str, table))}; it needs stimulus_id (or image_id), {column}"
        )
    for rule, faulty in (
        (f"no {column}", table[column] == ""),
        (f"no {name}", table[name] == ""),
        (f"a {name} that was there before", table[name].duplicated()),
    ):
        if faulty.any():
            raise InvalidDataError(f"{csv}, line {int(np.argmax(faulty)) + 2}: {rule}; fetch it again")
    return dict(zip(table[name], table[column], strict=True))


def read_stimuli(csv: Path, archive: Path, *, folder: Path, stage: str, reporter: Reporter) -> tuple[Stimulus, ...]:
    """Unpack the images of a stimulus set into `folder`, in the order of its csv.

    Raises InvalidDataError when either is not readable, or the zip lacks an image.
    """
    files, found = read_table(csv), []
    try:
        with zipfile.ZipFile(archive) as images:
            for number, (stimulus_id, name) in enumerate(files.items(), start=1):
                found.append(stimulus_file(images.read(name), folder / PurePosixPath(name).name, stimulus_id))
                reporter.progress(stage, number, len(files))
    except KeyError as error:
        raise InvalidDataError(f"{archive} lacks an image that {csv} lists ({error}); fetch both again") from error
    except zipfile.BadZipFile as error:
        raise InvalidDataError(f"{archive} is not a readable zip file ({error}); fetch it again") from error
    return tuple(found)


def _coordinate(stored: "xr.Dataset", names: tuple[str, ...], path: Path) -> NDArray[np.str_]:
    name = next((each for each in names if each in stored.variables), None)
    if name is None:
        raise InvalidDataError(f"{path} has no coordinate {' or '.join(names)}; it is no assembly of Brain-Score's")
    return np.array(as_text(stored[name].to_numpy()))


def _within(
    data: "xr.DataArray", stored: "xr.Dataset", window_ms: tuple[float, float] | None, path: Path
) -> "xr.DataArray":
    if "time_bin" not in data.dims:
        return data
    if window_ms is None:
        if data.sizes["time_bin"] != 1:
            raise InvalidDataError(f"{path} has {data.sizes['time_bin']} time bins; it must have one")
        return data.isel(time_bin=0)
    start, end = _bins(stored, path)
    bins = np.flatnonzero((start >= window_ms[0]) & (end <= window_ms[1]))
    if not bins.size:
        raise InvalidDataError(f"{path} has no time bin within {window_ms[0]:g} to {window_ms[1]:g} ms")
    return data.isel(time_bin=bins).mean("time_bin")


@dataclass(frozen=True)
class BrainScoreFiles:
    """The three files of a study as Brain-Score distributes it, got by hand, and what its regions are called there.

    Stimuli that have the same in the column `grouped_by` of the csv are a group. `timed` are the regions whose
    responses are had bin by bin, of the assembly `timed_assembly`.
    """

    study: str
    assembly: str
    table: str
    images: str
    regions: Mapping[str, str]
    visual_degrees: float
    grouped_by: str
    window_ms: tuple[float, float] | None = None
    timed: Mapping[str, str] = field(default_factory=dict)
    timed_assembly: str = ""

    @property
    def own(self) -> OwnFiles:
        """Where they must lie."""
        return OwnFiles(self.study, needed=lambda region: (self._assembly_of(region), self.table, self.images))

    def _assembly_of(self, region: str) -> str:
        return self.timed_assembly if region in self.timed else self.assembly

    def stimuli(self, _region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
        """The images of the table, unpacked."""
        stimuli = read_stimuli(
            self.own.path(self.table, locations),
            self.own.path(self.images, locations),
            folder=locations.datasets / self.study,
            stage=f"images of {self.study}",
            reporter=reporter,
        )
        return StimulusSet(self.study, stimuli, visual_degrees=self.visual_degrees)

    def responses(self, region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly | TimedResponses:
        """A region's responses, repeat by repeat, in the order of the table."""
        path = self.own.path(self._assembly_of(region), locations)
        group_of = read_table(self.own.path(self.table, locations), self.grouped_by)
        ids = tuple(group_of)
        groups = groups_of(ids, group_of)
        if region in self.timed:
            over_time = read_timed_presentations(path, region=self.timed[region])
            return replace(timed_responses(region, stimulus_ids=ids, **over_time._asdict()), groups=groups)
        found = read_presentations(path, region=self.regions[region], window_ms=self.window_ms)
        return replace(response_assembly(region, stimulus_ids=ids, **found._asdict()), groups=groups)
