"""`responses.npy` or `.nc`: what each target answered to each stimulus, brought to (stimuli, repeats, targets)."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.files.array_claims import check_npy
from brainrank.benchmark.types.errors import InvalidDataError, first_line
from brainrank.datasets.package.description import RegionFiles
from brainrank.datasets.package.faults import Fault, count_text, first_few, of_file
from brainrank.datasets.package.matching import Labelled, Labels, match
from brainrank.datasets.package.stimulus_table import Row
from brainrank.datasets.package.target_names import TargetNames, target_names
from brainrank.datasets.readers.axes import AXES, BINS_IN_MS, TIMES_IN_MS, axis_called, choose_axes
from brainrank.datasets.readers.hdf5_content import check_hdf5
from brainrank.datasets.readers.labels import as_text
from brainrank.datasets.readers.netcdf_classic import check_classic

if TYPE_CHECKING:
    import xarray

NPY_MAGIC = b"\x93NUMPY"
HDF5_MAGIC = b"\x89HDF"
CLASSIC_MAGIC = b"CDF"
UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, RuntimeError, OverflowError,
    EOFError, ZeroDivisionError, struct.error,
)  # fmt: skip
"""What the readers of netCDF raise for files that break its rules, besides saying so."""


class ReadResponses(NamedTuple):
    """Responses (stimuli, repeats, targets), or with times last, in the order of the stimuli, and what is wrong.

    With faults, the rest is not to be used.
    """

    responses: NDArray[np.floating]
    targets: tuple[str, ...]
    faults: tuple[Fault, ...]
    times_ms: tuple[float, ...] | None = None


def read_responses(folder: Path, region: RegionFiles, rows: Sequence[Row]) -> ReadResponses:
    """Read the responses of a region to the stimuli of some rows. Nothing is raised for their content."""
    file = str(region.responses)
    try:
        found = _labelled(folder / file, region, len(rows))
    except FileNotFoundError:
        return _nothing([Fault(file, "missing")])
    except InvalidDataError as error:
        return _nothing([of_file(file, folder, error)])
    return on_stimuli(found, rows, target_names(folder, region, found), file=file, times_ms=region.times_ms)


def on_stimuli(
    found: Labelled, rows: Sequence[Row], targets: TargetNames, *, file: str, times_ms: Sequence[float] | None = None
) -> ReadResponses:
    """Responses to the stimuli of some rows, wherever they were read; faults are told of `file`."""
    aligned = align(found, rows)
    texts = (*aligned.faults, *_times_faults(found, times_ms))
    faults = [*(Fault(file, text) for text in texts), *targets.faults]
    if faults:
        return _nothing(faults)
    ids = [row.stimulus_id for row in rows]
    responses, names = aligned.responses, targets.names
    if times_ms is not None:
        responses = responses.reshape(*responses.shape[:2], -1)
        names = tuple(f"{name} at {time:g} ms" for name in names for time in times_ms)
    faults = [Fault(file, text) for text in _value_faults(responses, ids, names)]
    return ReadResponses(aligned.responses, targets.names, tuple(faults), None if times_ms is None else tuple(times_ms))


def _times_faults(found: Labelled, times_ms: Sequence[float] | None) -> Iterator[str]:
    """What does not fit between the times that were told and those of the array."""
    if "times" not in found.axes:
        if times_ms is not None:
            yield f"has no axis of times ({', '.join(found.axes)}), and {len(times_ms)} are told; leave times_ms out"
        return
    length = found.values.shape[found.axes.index("times")]
    if times_ms is None:
        yield f"has {length} times; give times_ms, the time of each in ms from stimulus onset"
    elif len(times_ms) != length:
        yield f"has {length} times, and times_ms tells {len(times_ms)}; give one for each"
    elif found.times_ms is not None and not np.allclose(found.times_ms, times_ms):
        yield f"has the times {found.times_ms[0]:g} to {found.times_ms[-1]:g} ms, and times_ms others; keep one of them"


def _nothing(faults: Sequence[Fault]) -> ReadResponses:
    return ReadResponses(np.zeros((0, 0, 0)), (), tuple(faults))


class Aligned(NamedTuple):
    """Responses (stimuli, repeats, targets), or with times last, in the order of the table, or what is wrong."""

    responses: NDArray[np.floating]
    faults: tuple[str, ...] = ()


def align(found: Labelled, rows: Sequence[Row]) -> Aligned:
    """Bring responses into the order of the table, by their labels where there are any.

    Without an axis of repeats, the k-th row that a stimulus has is its k-th repeat.
    """
    matched = match(found.stimuli, rows)
    counts = np.bincount(matched.rows, minlength=len(rows)) if matched.rows else np.ones(0, np.int64)
    faults = (*_shape_faults(found, len(rows), labelled=matched.rows is not None), *matched.faults)
    if matched.rows and (counts == 0).any():
        lacking = first_few(rows[place].stimulus_id for place in np.flatnonzero(counts == 0).tolist())
        faults = (*faults, f"has nothing of {count_text(int((counts == 0).sum()), 'stimulus')} of the table: {lacking}")
    if matched.rows and (counts > 1).any() and "repeats" in found.axes:
        twice = first_few(rows[place].stimulus_id for place in np.flatnonzero(counts > 1).tolist())
        faults = (*faults, f"has some stimuli several times, and an axis of repeats as well: {twice}; give one of them")
    if faults:
        return Aligned(np.zeros((0, 0, 0)), faults)
    order = [axis for axis in AXES if axis in found.axes]
    # Single precision stays: products over targets are in it, twice as fast, and responses fill half the memory.
    holding = np.float32 if np.can_cast(found.values.dtype, np.float32) else np.float64
    turned = np.transpose(found.values, [found.axes.index(axis) for axis in order])
    responses: NDArray[np.floating] = turned.astype(holding)
    if "repeats" not in order:
        responses = responses[:, None]
    return Aligned(responses if matched.rows is None else _arrange_repeats(responses, matched.rows, counts))


def _arrange_repeats(
    responses: NDArray[np.floating], places: Sequence[int], counts: NDArray[np.int64]
) -> NDArray[np.floating]:
    """The rows of each stimulus as its repeats, in the order of the file; what was not measured is NaN."""
    if counts.max() == 1:
        return responses[np.argsort(places)]
    arranged = np.full((len(counts), counts.max(), *responses.shape[2:]), np.nan, responses.dtype)
    used = np.zeros(len(counts), np.int64)
    for row, place in zip(responses[:, 0], places, strict=True):
        arranged[place, used[place]] = row
        used[place] += 1
    return arranged


def _labelled(path: Path, region: RegionFiles, stimuli: int) -> Labelled:
    with path.open("rb") as opened:
        magic = opened.read(6)
    if magic.startswith((HDF5_MAGIC, CLASSIC_MAGIC)):
        if region.axes is not None:
            raise InvalidDataError("netCDF files name their own axes; remove axes from dataset.toml")
        return read_netcdf(path)
    values = _mapped(path)
    if region.axes is None:
        if values.ndim not in (2, 3, 4):
            raise InvalidDataError(
                f"has shape {values.shape}; its axes must be (stimuli, targets), or with repeats, or times"
            )
        remedy = "give one for each image that is not for training, in the same order"
        times = None if region.times_ms is None else len(region.times_ms)
        axes = choose_axes(values.shape, stimuli, times=times, what="the array", remedy=remedy, option="axes = [{}]")
        return Labelled(values, axes)
    if len(region.axes) != values.ndim:
        raise InvalidDataError(f"shape {values.shape} has {values.ndim} axes; they must be ({', '.join(region.axes)})")
    return Labelled(values, tuple(region.axes))


def _mapped(path: Path) -> NDArray[np.generic]:
    """A .npy file mapped into memory. Read without pickle, which would run whatever code a file holds."""
    with path.open("rb") as opened:
        if not opened.read(6).startswith(NPY_MAGIC):
            raise InvalidDataError(
                "neither a .npy nor a netCDF file; write it with numpy.save, or let it be read anew: brainrank dataset "
                "init DIR --responses FILE takes .mat, .h5, .npz, .csv and .parquet, too"
            )
    check_npy(path)
    return np.asarray(np.load(path, allow_pickle=False, mmap_mode="r"))


def read_netcdf(path: Path) -> Labelled:
    """Read the one array over stimuli and targets of a netCDF file, and every label along them.

    Dimensions may have any name that files use (readers/axes.py). Raises InvalidDataError for another file.
    """
    import xarray

    with path.open("rb") as opened:
        engine = "scipy" if opened.read(3) == CLASSIC_MAGIC else "h5netcdf"
    try:
        (check_hdf5 if engine == "h5netcdf" else check_classic)(path)
        with xarray.open_dataset(path, engine=engine) as stored:
            return of_dataset(stored)
    except UNREADABLE as error:
        raise InvalidDataError(f"not a readable netCDF file ({first_line(error)})") from error


def of_dataset(stored: "xarray.Dataset") -> Labelled:
    """The one array over stimuli and targets of an xarray data set. Raises InvalidDataError when there is not one."""
    stored = _without_one_bin(stored)
    axis_of = {str(name): axis_called(str(name)) for name in stored.dims}
    arrays = [
        each
        for each in stored.data_vars.values()
        if {"stimuli", "targets"} <= {axis_of[str(name)] for name in each.dims}
    ]
    axes = tuple(axis_of[str(name)] or "" for name in arrays[0].dims) if len(arrays) == 1 else ()
    if not axes or "" in axes or len(set(axes)) < len(axes):
        held = "; ".join(f"{name} ({', '.join(map(str, each.dims))})" for name, each in stored.data_vars.items())
        raise InvalidDataError(
            f"holds {held or 'no array'}; it needs one array with the dimensions stimuli and targets, and repeats if "
            "there are any"
        )
    along = {axis_of[str(name)]: str(name) for name in arrays[0].dims}
    labels = {
        axis: tuple(
            labels_of(str(name), each.values)
            for name, each in stored.variables.items()
            if tuple(each.dims) == (along[axis],) and axis_called(str(name)) != "repeats"
        )
        for axis in ("stimuli", "targets")
    }
    times, values = _times_along(stored, along.get("times")), arrays[0].values
    if times is not None and any(name in stored.variables for name in BINS_IN_MS):
        order = np.argsort(times, kind="stable")
        times, values = tuple(times[place] for place in order), np.take(values, order, axis=axes.index("times"))
    return Labelled(values, axes, labels["stimuli"], labels["targets"], times)


def _without_one_bin(stored: "xarray.Dataset") -> "xarray.Dataset":
    """Brain-Score's files of one bin of time as files of none."""
    alone = [name for name, size in stored.sizes.items() if size == 1 and str(name).startswith("time_bin")]
    return stored.isel(dict.fromkeys(alone, 0))


def _times_along(stored: "xarray.Dataset", dimension: str | None) -> tuple[float, ...] | None:
    """The times in ms that a file tells along its dimension of times, or the middle of its bins of time."""
    ends = [stored.variables[name] for name in BINS_IN_MS if name in stored.variables]
    if len(ends) == len(BINS_IN_MS) and all(tuple(each.dims) == (dimension,) for each in ends):
        start, end = (np.asarray(each.values, dtype=np.float64) for each in ends)
        return tuple(map(float, (start + end) / 2))
    for name, each in stored.variables.items():
        if str(name) in TIMES_IN_MS and tuple(each.dims) == (dimension,) and each.dtype.kind in "fiu":
            return tuple(map(float, each.values))
    return None


def labels_of(name: str, values: NDArray[np.generic]) -> Labels:
    """Labels of a file as text. Raises InvalidDataError when they are neither text nor numbers."""
    try:
        text = as_text(values)
    except InvalidDataError as error:
        raise InvalidDataError(f"{name}: {error}") from error
    return Labels(name, text, values.dtype.kind not in "fiub")


def _shape_faults(found: Labelled, stimuli: int, *, labelled: bool) -> Iterator[str]:
    values, axes = found.values, found.axes
    if values.dtype.kind not in "fiub":
        yield f"holds {values.dtype} values; they must be numbers"
    told = ", ".join(f"{length} {axis}" for length, axis in zip(values.shape, axes, strict=True))
    if values.shape[axes.index("stimuli")] != stimuli and not labelled:
        remedy = "one for each image that is not for training, in the same order"
        if stimuli in values.shape:
            remedy += "; are the axes in another order? Say so with axes in dataset.toml"
        yield f"has {told}, and {stimuli} stimuli are listed; give {remedy}"
    elif 0 in values.shape:
        yield f"has {told}: no values at all"


def _value_faults(
    responses: NDArray[np.floating], stimulus_ids: Sequence[str], targets: Sequence[str]
) -> Iterator[str]:
    infinite = np.argwhere(np.isinf(responses))
    if len(infinite):
        stimulus, _, target = infinite[0]
        where = f"stimulus {stimulus_ids[stimulus]}, target {targets[target]}"
        yield f"{count_text(len(infinite), 'infinite value')}, the first of {where}; measure or leave out"
    unmeasured = np.asarray(np.isnan(responses).all(axis=1))
    if unmeasured.all():
        yield "every value is NaN"
        return
    silent = np.asarray(unmeasured.all(axis=0))
    if silent.any():
        names = first_few(targets[target] for target in np.flatnonzero(silent).tolist())
        yield f"no value but NaN for {count_text(int(silent.sum()), 'target')}: {names}; leave them out"
    for stimulus in np.flatnonzero(unmeasured[:, ~silent].any(axis=1)).tolist():
        missing = int(unmeasured[stimulus, ~silent].sum())
        yield (
            f"stimulus {stimulus_ids[stimulus]} (row {stimulus + 1}) has no repeat but NaN for "
            f"{count_text(missing, 'target')}; every target needs a value for every stimulus"
        )
