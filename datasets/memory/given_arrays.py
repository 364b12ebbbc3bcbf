"""Arrays in memory, of whichever library, as what a package's files hold: responses, RDMs, names of targets, groups."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.matching import Labelled
from brainrank.datasets.package.response_files import labelled_file, of_found
from brainrank.datasets.package.responses import of_dataset
from brainrank.datasets.package.target_names import TargetNames, checked_target_names, own_target_names
from brainrank.datasets.readers.array_files import Found, from_table
from brainrank.datasets.readers.labels import as_text
from brainrank.datasets.readers.masks import read_mask, volume_positions
from brainrank.datasets.readers.meshes import on_mesh, read_mesh
from brainrank.datasets.readers.rdm_files import read_rdm_file
from brainrank.datasets.readers.rdms import SubjectRdms, check_rdms

if TYPE_CHECKING:
    import pandas as pd

AXES_OPTION = "axes=({})"


def labelled(
    values: Any,
    *,
    stimuli: int,
    axes: Sequence[str] | None,
    what: str,
    times: int | None = None,
    mask: TargetPositions | None = None,
) -> Labelled:
    """Responses as an array with its axes named: a file, an xarray or pandas object, or whatever numpy takes.

    Raises InvalidDataError, beginning with `what`, where it is no array of numbers, or its axes can be read in two ways
    and are not told.
    """
    import pandas as pd
    import xarray

    if isinstance(values, str | Path):
        return labelled_file(Path(values), stimuli, axes=axes, times=times, mask=mask, option=AXES_OPTION)
    if isinstance(values, xarray.DataArray | xarray.Dataset):
        if axes is not None:
            raise InvalidDataError(f"{what} names its own axes, {', '.join(map(str, values.dims))}; leave axes out")
        named = values.to_dataset(name="responses") if isinstance(values, xarray.DataArray) else values
        try:
            return of_dataset(named)
        except InvalidDataError as error:
            raise InvalidDataError(f"{what} {error}") from error
    if isinstance(values, pd.DataFrame):
        return of_found(from_table(_plain_frame(values, what), what), what, stimuli, axes=axes, option=AXES_OPTION)
    marked = None if mask is None else len(mask.positions)
    return of_found(
        Found(array(values, what), {}), what, stimuli, axes=axes, times=times, targets=marked, option=AXES_OPTION
    )


def array(values: Any, what: str) -> NDArray[Any]:
    """An array of numbers. Raises InvalidDataError for what is none."""
    if isinstance(values, np.ma.MaskedArray):
        values = np.where(np.ma.getmaskarray(values), np.nan, values.data)
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        found = np.asarray(values)
    except ValueError as error:
        raise InvalidDataError(f"{what} is no array ({error}); give rows of the same length") from error
    if found.dtype.kind not in "fiub" or not found.ndim:
        raise InvalidDataError(f"{what} holds {found.dtype} values of shape {found.shape}; give an array of numbers")
    return found


def _plain_frame(frame: "pd.DataFrame", what: str) -> "pd.DataFrame":
    """A frame as files have it: its index, if it says anything, as a column, and numbered columns named."""
    import pandas as pd

    if isinstance(frame.columns, pd.MultiIndex) or isinstance(frame.index, pd.MultiIndex):
        raise InvalidDataError(f"{what} has an index of several levels; give a frame with one, reset_index() makes it")
    if isinstance(frame.columns, pd.RangeIndex):
        width = len(str(len(frame.columns)))
        frame = frame.set_axis([f"target-{number:0{width}d}" for number in range(1, len(frame.columns) + 1)], axis=1)
    if isinstance(frame.index, pd.RangeIndex):
        return frame
    return frame.reset_index(names=frame.index.name or "stimulus_id")


def names_of_targets(targets: Any, found: Labelled, *, what: str) -> TargetNames:
    """The names of targets: a frame with a column target_id, or names; without any, those the responses have."""
    import pandas as pd

    if targets is None:
        return own_target_names(found)
    if isinstance(targets, pd.DataFrame):
        if "target_id" not in targets:
            raise InvalidDataError(f"targets has no column target_id; there are {', '.join(map(str, targets.columns))}")
        targets = targets["target_id"]
    names = as_text(np.asarray(targets, dtype=object))
    return checked_target_names(found, list(enumerate(names, start=1)), file="targets", responses=what)


def subject_rdms(values: Any, *, what: str, times_ms: Sequence[float] | None = None) -> SubjectRdms:
    """RDMs of subjects: a file, an array, or a mapping with `rdms` and, if known, `stimulus_ids`, `subjects` and
    `times_ms`.

    Raises InvalidDataError, with `what`, as `read_rdm_file`.
    """
    if isinstance(values, str | Path):
        return read_rdm_file(Path(values), times_ms=times_ms)
    if isinstance(values, Mapping):
        arrays = {str(name): np.asarray(each) for name, each in values.items()}
        return check_rdms(arrays, what, times_ms)
    return check_rdms({"rdms": array(values, what)}, what, times_ms)


def given_positions(mask: Any, affine: Any, name: str) -> TargetPositions | None:
    """Where targets lie: a file, an image of nibabel, or an array of a volume with its affine; None without a mask.

    Raises InvalidDataError as `read_mask`, for an affine without a mask, and for an array without one.
    """
    if mask is None:
        if affine is not None:
            raise InvalidDataError("affine says where a mask lies, which is not given")
        return None
    if isinstance(mask, str | Path):
        return read_mask(Path(mask), name, affine=None if affine is None else Path(affine))
    if hasattr(mask, "dataobj") and hasattr(mask, "affine"):
        return volume_positions(np.asarray(mask.dataobj), np.asarray(mask.affine), name, "mask")
    if affine is None:
        raise InvalidDataError("mask is an array without a space; give affine, 4 x 4 numbers from (i, j, k) to mm")
    return volume_positions(array(mask, "mask"), np.asarray(affine), name, "mask")


def on_given_mesh(targets: TargetPositions | None, mesh: Any) -> TargetPositions | None:
    """Targets with the mesh of their surface: a GIFTI file, or points and triangles, as a pair of arrays (nibabel's
    read_geometry) or as `coordinates` and `faces` (nilearn's).

    Raises InvalidDataError as `read_mesh`, and for a mesh without a mask.
    """
    if mesh is None:
        return targets
    if targets is None:
        raise InvalidDataError("mesh is the surface of a mask, which is not given; give mask, too")
    if isinstance(mesh, str | Path):
        return read_mesh(Path(mesh), targets)
    pair = (mesh.coordinates, mesh.faces) if hasattr(mesh, "coordinates") and hasattr(mesh, "faces") else mesh
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise InvalidDataError(
            f"mesh is {type(mesh).__name__}; give a GIFTI file (.surf.gii), or points in mm and triangles, (points, "
            "faces)"
        )
    points, faces = (array(each, f"mesh, {name},") for each, name in zip(pair, ("points", "triangles"), strict=True))
    return on_mesh(targets, points, faces, what="mesh")


def group_of(groups: Any, stimulus_ids: Sequence[str]) -> dict[str, str]:
    """The group of each stimulus that is in one: from one for each in order, or from a mapping or Series by id.

    None, NaN and an empty word mean that a stimulus stands for itself. Raises InvalidDataError where groups are not
    those of the stimuli.
    """
    import pandas as pd

    if groups is None:
        return {}
    if isinstance(groups, pd.Series) and not isinstance(groups.index, pd.RangeIndex):
        groups = groups.to_dict()
    if not isinstance(groups, Mapping):
        listed = list(groups)
        if len(listed) != len(stimulus_ids):
            raise InvalidDataError(
                f"groups has {len(listed)} entries for {len(stimulus_ids)} stimuli; give one for each, in their order"
            )
        groups = dict(zip(stimulus_ids, listed, strict=True))
    named = {str(each): group for each, group in groups.items() if not pd.isna(group) and group != ""}
    unknown = [each for each in named if each not in set(stimulus_ids)]
    if unknown:
        raise InvalidDataError(f"groups names {', '.join(unknown[:5])}, which is no stimulus; give the images' ids")
    return dict(zip(named, as_text(np.array(list(named.values()), dtype=object)), strict=True))
