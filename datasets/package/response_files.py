"""Responses in any file that is read, as the package keeps them: `responses.npy`, or `responses.nc` with its labels."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.matching import USUAL, Labelled, Labels, match
from brainrank.datasets.package.responses import Aligned, align, labels_of, read_netcdf
from brainrank.datasets.package.stimulus_table import Row
from brainrank.datasets.readers.array_files import Found, read_array_file
from brainrank.datasets.readers.axes import TIMES_IN_MS, axis_called, choose_axes
from brainrank.datasets.readers.brain_files import BRAIN_IMAGES, read_responses_at
from brainrank.datasets.readers.epochs import FIF, read_epochs

NETCDF_ENDINGS = {".nc", ".nc4", ".cdf"}


class Converted(NamedTuple):
    """The file that was written, its shape and axes (of a .npy), and which labels brought it into order, if any did."""

    file: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    labels: str
    times_ms: tuple[float, ...] | None = None


def convert(
    source: Path,
    folder: Path,
    rows: Sequence[Row],
    *,
    found: Labelled,
    times_ms: Sequence[float] | None = None,
    columns: NDArray[np.int64] | None = None,
    stem: str = "responses",
) -> Converted:
    """Write the responses found in a file into a package whose stimuli are `rows`, as `stem` with the ending that fits.

    `columns` are the targets that are taken, all unless told. Raises InvalidDataError, naming the file, when its labels
    and the rows do not match, or it has fewer targets.
    """
    if columns is not None:
        found = _some_targets(found, columns, source)
    if times_ms is not None and found.times_ms is not None and not np.array_equal(times_ms, found.times_ms):
        raise InvalidDataError(
            f"{source} has the times {found.times_ms[0]:g} to {found.times_ms[-1]:g} ms, and others are told; leave "
            "--times out"
        )
    aligned: Aligned = align(found, rows)
    if aligned.faults:
        raise InvalidDataError(f"{source} {'; it '.join(aligned.faults)}")
    labels = [each.name for each in found.stimuli if match([each], rows).rows is not None]
    if source.suffix.lower() in NETCDF_ENDINGS and columns is None:
        file = f"{stem}.nc"
        copy_file(source, folder / file)
    else:
        file = f"{stem}.nc" if labels or found.targets else f"{stem}.npy"
        _write(folder / file, found)
    times = found.times_ms if times_ms is None else tuple(times_ms)
    return Converted(file, found.values.shape, found.axes, ", ".join(labels), times)


def _some_targets(found: Labelled, columns: NDArray[np.int64], source: Path) -> Labelled:
    axis = found.axes.index("targets")
    count = found.values.shape[axis]
    if columns.max(initial=-1) >= count:
        raise InvalidDataError(f"{source} has {count} targets, and the mask marks more; give each its own")
    targets = tuple(each._replace(values=tuple(each.values[place] for place in columns)) for each in found.targets)
    return found._replace(values=np.take(found.values, columns, axis=axis), targets=targets)


def labelled_file(
    source: Path,
    stimuli: int,
    *,
    axes: Sequence[str] | None,
    variable: str | None = None,
    mask: TargetPositions | None = None,
    times: int | None = None,
    option: str = "--axes {}",
) -> Labelled:
    """Responses of a file of any kind that is read; of brain images those a mask marks, a volume for each stimulus.

    Raises InvalidDataError, naming the file, when it cannot be read, or its axes can be read in two ways and are not
    told.
    """
    if source.name.lower().endswith(BRAIN_IMAGES):
        if mask is None:
            raise InvalidDataError(f"{source} needs --mask FILE, which marks the voxels or vertices that are targets")
        if axes is not None or variable is not None:
            raise InvalidDataError(f"{source} has a volume for each stimulus; leave --axes and --variable out")
        volumes = read_responses_at(source, mask)
        voxels = tuple(f"voxel-{number:05d}" for number in range(1, volumes.shape[1] + 1))
        return Labelled(volumes, ("stimuli", "targets"), (), (Labels("voxel_id", voxels, words=True),))
    if source.name.lower().endswith(FIF):
        if axes is not None or variable is not None:
            raise InvalidDataError(f"{source} names its own axes; leave --axes and --variable out")
        return _of_epochs(read_epochs([source], source.stem))
    if source.suffix.lower() in NETCDF_ENDINGS:
        if axes is not None or variable is not None:
            raise InvalidDataError(f"{source} names its own axes and its array; leave --axes and --variable out")
        try:
            return read_netcdf(source)
        except InvalidDataError as error:
            raise InvalidDataError(f"{source}: {error}") from error
    found = read_array_file(source, variable)
    marked = None if mask is None else len(mask.positions)
    return of_found(
        found, str(source), stimuli, axes=axes, variable=variable, times=times, targets=marked, option=option
    )


def _of_epochs(epochs: Epochs) -> Labelled:
    """Trials as responses of channels over time; those of one stimulus are its repeats."""
    stimuli, channels = (
        Labels("stimulus_id", epochs.stimuli, words=True),
        Labels("channel", epochs.channels, words=True),
    )
    times = tuple(map(float, epochs.times_ms))
    return Labelled(epochs.trials, ("stimuli", "targets", "times"), (stimuli,), (channels,), times)


def of_found(
    found: Found,
    source: str,
    stimuli: int,
    *,
    axes: Sequence[str] | None,
    variable: str | None = None,
    times: int | None = None,
    targets: int | None = None,
    option: str = "--axes {}",
) -> Labelled:
    """What was found in a file, or is in memory, with its axes named and its labels along them.

    `source` is what messages call it, `option` how its user says which axes it has. Raises InvalidDataError where its
    axes can be read in two ways and are not told, it holds no numbers, or labels fit no axis.
    """
    own_times = next(
        (each for name, each in found.labels.items() if name.lower() in TIMES_IN_MS and each.dtype.kind in "fiu"), None
    )
    if times is None and own_times is not None:
        times = len(own_times)
    chosen = _axes(source, found, stimuli, axes, times, targets, option)
    values = found.values
    if values.dtype.kind not in "fiub":
        raise InvalidDataError(f"{source} holds {values.dtype} values; they must be numbers")
    lengths = {axis: values.shape[place] for place, axis in enumerate(chosen)}
    told = ", ".join(f"{length} {axis}" for axis, length in lengths.items())
    along: dict[str, list[Labels]] = {"stimuli": [], "targets": []}
    for name, each in found.labels.items():
        if each is own_times:
            continue
        axis = _axis_of(name, each, lengths)
        if axis is not None:
            along[axis].append(labels_of(name, each))
        elif variable is None and (each.dtype.kind not in "fiub" or name.lower() in USUAL):
            raise InvalidDataError(
                f"{source} holds {name}, {len(each)} values, which fit no axis ({told}); leave them out, or name the "
                "responses with --variable"
            )
    told_times = None if own_times is None else tuple(map(float, own_times))
    return Labelled(values, chosen, tuple(along["stimuli"]), tuple(along["targets"]), told_times)


def _axes(
    source: str,
    found: Found,
    stimuli: int,
    stated: Sequence[str] | None,
    times: int | None,
    targets: int | None,
    option: str,
) -> tuple[str, ...]:
    shape = found.values.shape
    if found.axes is not None:
        if stated is not None and tuple(stated) != found.axes:
            raise InvalidDataError(f"{source} is a table of {' x '.join(found.axes)}; leave {option.split()[0]} out")
        return found.axes
    if stated is None:
        return choose_axes(
            shape,
            stimuli,
            times=times,
            targets=targets,
            what=source,
            remedy="give one for each, in the order of the images",
            option=option,
        )
    if len(stated) != len(shape):
        raise InvalidDataError(
            f"{source} has shape {shape}, {len(shape)} axes; {option.split()[0]} names {', '.join(stated)}"
        )
    return tuple(stated)


def _axis_of(name: str, values: NDArray[np.generic], lengths: dict[str, int]) -> str | None:
    """The axis that labels lie along: the one that their name means, or else the one of their length."""
    meant = axis_called(name.rstrip("s")) or axis_called(name) or ("stimuli" if name.lower() in USUAL else None)
    if meant in {"stimuli", "targets"}:
        return meant if lengths[str(meant)] == len(values) else None
    fitting = [axis for axis in ("stimuli", "targets") if lengths[axis] == len(values)]
    return fitting[0] if len(fitting) == 1 else None


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, unless it is that file already."""
    if not (target.exists() and target.samefile(source)):
        shutil.copyfile(source, target)


def require_another(source: Path, target: Path) -> None:
    """Raise InvalidDataError where what is made of a file would take its place."""
    if target.exists() and target.samefile(source):
        raise InvalidDataError(f"{source} would be written over by what is read of it; give it another name, or folder")


def _write(path: Path, found: Labelled) -> None:
    if path.suffix == ".npy":
        values = np.ascontiguousarray(found.values)
        with written_whole(path) as file:
            np.save(file, values)
        return
    import xarray

    coordinates: dict[str, tuple[str, list[Any]]] = {
        _plain_axis_name(each.name, found.axes): (axis, list(each.values))
        for axis, labels in (("stimuli", found.stimuli), ("targets", found.targets))
        for each in labels
    }
    if found.times_ms is not None:
        coordinates["times_ms"] = ("times", list(found.times_ms))
    array = xarray.DataArray(found.values, dims=found.axes, coords=coordinates, name="responses")
    array.to_netcdf(path, engine="h5netcdf")


def _plain_axis_name(name: str, axes: Sequence[str]) -> str:
    """A name of labels as netCDF can hold it beside its axes."""
    plain = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_") or "labels"
    return f"{plain}_labels" if plain in axes or plain == "responses" else plain
