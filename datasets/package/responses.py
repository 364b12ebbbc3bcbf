"""`responses.npy` or `.nc`: what each target answered to each stimulus, brought to (stimuli, repeats, targets)."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.description import AXES, RegionFiles
from brainrank.datasets.package.faults import Fault, counted, first_few

NPY_MAGIC = b"\x93NUMPY"
HDF5_MAGIC = b"\x89HDF"
CLASSIC_MAGIC = b"CDF"


class Labelled(NamedTuple):
    """An array with its axes by name, and the ids of its stimuli and targets where the file has them."""

    values: NDArray[np.generic]
    axes: tuple[str, ...]
    stimulus_ids: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


class ReadResponses(NamedTuple):
    """Responses (stimuli, repeats, targets) in the order of the stimuli, and what is wrong with them.

    With faults, `responses` and `targets` are not to be used.
    """

    responses: NDArray[np.float64]
    targets: tuple[str, ...]
    faults: tuple[Fault, ...]


def read_responses(folder: Path, region: RegionFiles, stimulus_ids: Sequence[str]) -> ReadResponses:
    """Read the responses of a region whose stimuli are known. Nothing is raised for their content."""
    file = str(region.responses)
    nothing = np.zeros((0, 0, 0))
    try:
        found = _labelled(folder / file, region)
    except FileNotFoundError:
        return ReadResponses(nothing, (), (Fault(file, "missing"),))
    except InvalidDataError as error:
        return ReadResponses(nothing, (), (Fault(file, str(error)),))
    faults = [Fault(file, text) for text in _shape_faults(found, stimulus_ids)]
    targets, target_faults = _targets(folder, region, found)
    faults.extend(target_faults)
    if faults:
        return ReadResponses(nothing, (), tuple(faults))
    order = [axis for axis in AXES if axis in found.axes]
    responses = np.transpose(found.values, [found.axes.index(axis) for axis in order]).astype(np.float64)
    if "repeats" not in order:
        responses = responses[:, None, :]
    if found.stimulus_ids:
        row_of = {stimulus: row for row, stimulus in enumerate(found.stimulus_ids)}
        responses = responses[[row_of[stimulus] for stimulus in stimulus_ids]]
    faults = [Fault(file, text) for text in _value_faults(responses, stimulus_ids, targets)]
    return ReadResponses(responses, targets, tuple(faults))


def npy_shape(path: Path) -> tuple[int, ...]:
    """The shape of a .npy file. Raises InvalidDataError for another file, and OSError where it cannot be read."""
    return _mapped(path).shape


def _labelled(path: Path, region: RegionFiles) -> Labelled:
    with path.open("rb") as opened:
        magic = opened.read(6)
    if magic.startswith((HDF5_MAGIC, CLASSIC_MAGIC)):
        if region.axes is not None:
            raise InvalidDataError("netCDF files name their own axes; remove axes from dataset.toml")
        return _from_netcdf(path, "scipy" if magic.startswith(CLASSIC_MAGIC) else "h5netcdf")
    values = _mapped(path)
    axes = tuple(region.axes or (AXES if values.ndim == 3 else ("stimuli", "targets")))
    if len(axes) != values.ndim:
        raise InvalidDataError(f"shape {values.shape} has {values.ndim} axes; they must be ({', '.join(axes)})")
    return Labelled(values, axes)


def _mapped(path: Path) -> NDArray[np.generic]:
    """A .npy file mapped into memory. Read without pickle, which would run whatever code a file holds."""
    with path.open("rb") as opened:
        if not opened.read(6).startswith(NPY_MAGIC):
            raise InvalidDataError("neither a .npy nor a netCDF file; write it with numpy.save")
    try:
        return np.asarray(np.load(path, allow_pickle=False, mmap_mode="r"))
    except ValueError as error:
        remedy = "write a plain array of numbers with numpy.save"
        raise InvalidDataError(f"not a plain array ({str(error).rstrip('.')}); {remedy}") from error


def _from_netcdf(path: Path, engine: str) -> Labelled:
    import xarray

    try:
        with xarray.open_dataset(path, engine=engine) as opened:
            arrays = [each for each in opened.data_vars.values() if {"stimuli", "targets"} <= set(each.dims)]
            if len(arrays) != 1 or not set(arrays[0].dims) <= set(AXES):
                held = "; ".join(
                    f"{name} ({', '.join(map(str, each.dims))})" for name, each in opened.data_vars.items()
                )
                raise InvalidDataError(
                    f"holds {held or 'no array'}; it needs one array with the dimensions stimuli and targets, and "
                    "repeats if there are any"
                )
            array = arrays[0].load()
    except (OSError, ValueError, KeyError) as error:
        raise InvalidDataError(f"not a readable netCDF file ({error})") from error
    names = {key: array.coords[key].values for key in ("stimulus_id", "target_id") if key in array.coords}
    ids = {key: tuple(str(name) for name in values) for key, values in names.items()}
    axes = tuple(str(axis) for axis in array.dims)
    return Labelled(array.values, axes, ids.get("stimulus_id", ()), ids.get("target_id", ()))


def _shape_faults(found: Labelled, stimulus_ids: Sequence[str]) -> Iterator[str]:
    values, axes = found.values, found.axes
    if values.dtype.kind not in "fiub":
        yield f"holds {values.dtype} values; they must be numbers"
    told = ", ".join(f"{length} {axis}" for length, axis in zip(values.shape, axes, strict=True))
    count = values.shape[axes.index("stimuli")]
    if count != len(stimulus_ids):
        remedy = "one for each image that is not for training, in the same order"
        if len(stimulus_ids) in values.shape:
            remedy += "; are the axes in another order? Say so with axes in dataset.toml"
        yield f"has {told}, and {len(stimulus_ids)} stimuli are listed; give {remedy}"
    elif 0 in values.shape:
        yield f"has {told}: no values at all"
    if found.stimulus_ids and sorted(found.stimulus_ids) != sorted(stimulus_ids):
        for what, ids in (
            ("has stimulus_id that are not listed", set(found.stimulus_ids) - set(stimulus_ids)),
            ("lacks listed stimulus_id", set(stimulus_ids) - set(found.stimulus_ids)),
            ("repeats stimulus_id", {each for each in found.stimulus_ids if found.stimulus_ids.count(each) > 1}),
        ):
            if ids:
                yield f"{what}: {first_few(sorted(ids))}"


def _value_faults(responses: NDArray[np.float64], stimulus_ids: Sequence[str], targets: Sequence[str]) -> Iterator[str]:
    infinite = np.argwhere(np.isinf(responses))
    if len(infinite):
        stimulus, _, target = infinite[0]
        where = f"stimulus {stimulus_ids[stimulus]}, target {targets[target]}"
        yield f"{counted(len(infinite), 'infinite value')}, the first of {where}; measure or leave out"
    unmeasured = np.asarray(np.isnan(responses).all(axis=1))
    if unmeasured.all():
        yield "every value is NaN"
        return
    silent = np.asarray(unmeasured.all(axis=0))
    if silent.any():
        names = first_few(targets[target] for target in np.flatnonzero(silent).tolist())
        yield f"no value but NaN for {counted(int(silent.sum()), 'target')}: {names}; leave them out"
    for stimulus in np.flatnonzero(unmeasured[:, ~silent].any(axis=1)).tolist():
        missing = int(unmeasured[stimulus, ~silent].sum())
        yield (
            f"stimulus {stimulus_ids[stimulus]} (row {stimulus + 1}) has no repeat but NaN for "
            f"{counted(missing, 'target')}; every target needs a value for every stimulus"
        )


def _targets(folder: Path, region: RegionFiles, found: Labelled) -> tuple[tuple[str, ...], list[Fault]]:
    """The names of the targets: those of `targets`, of the netCDF file, or numbers."""
    count = found.values.shape[found.axes.index("targets")]
    if region.targets is None:
        width = len(str(count))
        return found.targets or tuple(f"target-{number:0{width}d}" for number in range(1, count + 1)), []
    try:
        with (folder / region.targets).open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            names = [(reader.line_num, (row.get("target_id") or "").strip()) for row in reader]
    except FileNotFoundError:
        return (), [Fault(region.targets, "missing")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return (), [Fault(region.targets, f"not readable as CSV: {error}")]
    if "target_id" not in [heading.strip() for heading in reader.fieldnames or ()]:
        return (), [Fault(region.targets, f"no column target_id; there are {', '.join(reader.fieldnames or ())}", 1)]
    faults = []
    seen: dict[str, int] = {}
    for line, name in names:
        if not name:
            faults.append(Fault(region.targets, "no target_id", line))
        elif name in seen:
            faults.append(Fault(region.targets, f"target_id '{name}' is that of line {seen[name]}, too", line))
        seen.setdefault(name, line)
    if len(names) != count:
        faults.append(Fault(region.targets, f"lists {len(names)} targets; {region.responses} has {count}"))
    return tuple(name for _, name in names), faults
