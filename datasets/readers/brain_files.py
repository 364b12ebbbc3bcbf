"""Files of brain images: NIfTI volumes, GIFTI surfaces, CIFTI.

Responses in them have a volume, or a map, for each stimulus; a mask says which of their voxels or vertices are targets.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.brain_space import (
    HEMISPHERES,
    Grayordinates,
    Space,
    Surface,
    TargetPositions,
    Volume,
    same_space,
)
from brainrank.benchmark.types.errors import InvalidDataError

VOLUMES_AT_ONCE = 64
STRUCTURES = {"CortexLeft": 0, "CortexRight": 1}
BRAIN_IMAGES = (".nii", ".nii.gz", ".gii")


class LabelVolume(NamedTuple):
    """A label for each voxel of a grid (0 where it is of no region), and where the grid lies."""

    labels: NDArray[np.int64]
    affine: NDArray[np.float64]


def nibabel() -> Any:
    """The package, loaded when it is used; its functions have no types."""
    return import_module("nibabel")


def load_image(path: Path) -> Any:
    """A file of a brain image. Raises InvalidDataError where it is not there or none, or its numbers lie elsewhere."""
    if not path.is_file():
        raise InvalidDataError(f"{path} does not exist; give the path of a file of a brain image")
    try:
        image = nibabel().load(path)
    except (OSError, EOFError, ValueError, KeyError, ExpatError, nibabel().filebasedimages.ImageFileError) as error:
        raise InvalidDataError(f"{path} is not a readable file of a brain image ({error}); fetch it again") from error
    outside = next((each.ext_fname for each in getattr(image, "darrays", ()) if each.ext_fname), None)
    if outside is not None:
        raise InvalidDataError(f"{path} has its numbers in another file, {outside}; save it with its data inside")
    return image


def read_label_volume(path: Path) -> LabelVolume:
    """Read a volume of whole numbers, such as the labels of regions, on its (i, j, k) grid.

    Raises InvalidDataError when it is no brain image, not three-dimensional, or holds fractions.
    """
    image = load_image(path)
    try:
        values = np.asarray(image.dataobj)
    except (OSError, EOFError, ValueError) as error:
        raise InvalidDataError(f"{path} is not a readable NIfTI file ({error}); fetch it again") from error
    if values.ndim != 3:
        raise InvalidDataError(f"{path} has shape {values.shape}; labels need three axes, i, j and k")
    labels = np.rint(values)
    if not np.array_equal(labels, values):
        fraction = values[labels != values][0]
        raise InvalidDataError(f"{path} holds {fraction:g}; labels of regions are whole numbers, 0 for none")
    return LabelVolume(labels.astype(np.int64), np.asarray(image.affine, dtype=np.float64))


def read_responses_at(path: Path, targets: TargetPositions) -> NDArray[np.floating]:
    """Read the responses of a mask's targets: volumes x targets, in the mask's order, nothing filled in.

    Raises InvalidDataError where the file is no brain image, or its space is not the mask's.
    """
    image = load_image(path)
    space = targets.space
    found = _space_of(image, path, space)
    try:
        same_space([found, space])
    except InvalidDataError as error:
        raise InvalidDataError(f"{path} does not fit its mask: {error}") from error
    try:
        if isinstance(space, Volume):
            return _voxels(image, targets.positions)
        if isinstance(space, Surface):
            _check_hemisphere(image, path, targets)
            values = np.stack([each.data for each in image.darrays])
            return np.asarray(values[:, targets.positions % space.vertices])
        return np.asarray(image.dataobj)[:, targets.positions]
    except (OSError, EOFError, ValueError) as error:
        raise InvalidDataError(f"{path} is damaged ({error}); fetch it again") from error


def _check_hemisphere(image: Any, path: Path, targets: TargetPositions) -> None:
    """Raise InvalidDataError where a surface's file is of the hemisphere that its mask is not of."""
    of_file, of_mask = hemisphere_of(image, path), int(targets.positions[0] // (targets.space.size // 2))
    if of_file != of_mask:
        raise InvalidDataError(
            f"{path} is of the {HEMISPHERES[of_file]} hemisphere, and its mask of the {HEMISPHERES[of_mask]}; give the "
            "mask of the same hemisphere"
        )


def _space_of(image: Any, path: Path, like: Space) -> Space:
    """The space of an image, under the name of another, as files do not tell theirs."""
    shape = tuple(getattr(image, "shape", ()))
    if isinstance(like, Volume) and isinstance(image, nibabel().spatialimages.SpatialImage) and len(shape) in (3, 4):
        i, j, k = shape[:3]
        return Volume(like.name, (i, j, k), tuple(map(tuple, np.asarray(image.affine, dtype=np.float64).tolist())))
    if isinstance(like, Surface) and hasattr(image, "darrays"):
        lengths = {len(each.data) for each in image.darrays}
        if len(lengths) == 1:
            return Surface(like.name, lengths.pop())
    if isinstance(like, Grayordinates) and isinstance(image, nibabel().cifti2.Cifti2Image):
        # Whose grayordinates they are, line by line, and not what the header says besides.
        models = image.header.get_axis(1)
        same = models == header_axis(like)
        return like if same else Grayordinates(f"{like.name} (other grayordinates)", len(models), "")
    raise InvalidDataError(f"{path} is of another kind than its mask, which is of {like}; give a mask of its own kind")


def hemisphere_of(image: Any, path: Path) -> int:
    """The hemisphere of a GIFTI file, 0 or 1, by its metadata or its name. Raises InvalidDataError for neither."""
    told = {**image.meta, **image.darrays[0].meta}.get("AnatomicalStructurePrimary", "")
    if told in STRUCTURES:
        return STRUCTURES[told]
    lower = f".{path.name.lower()}".replace("_", ".").replace("-", ".")
    found = [
        number
        for number, names in enumerate(((".lh.", ".l.", ".left."), (".rh.", ".r.", ".right.")))
        if any(each in lower for each in names)
    ]
    if len(found) != 1:
        raise InvalidDataError(
            f"{path} does not say which hemisphere it is of; set AnatomicalStructurePrimary, or name the file lh. or "
            f"rh. ({' or '.join(HEMISPHERES)})"
        )
    return found[0]


def header_axis(space: Grayordinates) -> Any:
    """The axis of brain models that a space of CIFTI has."""
    parser = nibabel().cifti2.parse_cifti2.Cifti2Parser()
    parser.parse(string=space.header.encode())
    return parser.header.get_axis(1)


def _voxels(image: Any, positions: NDArray[np.int64]) -> NDArray[np.floating]:
    """The values at some voxels, volume by volume; a few volumes are in memory at a time."""
    if len(image.shape) == 3:
        return np.asarray(image.dataobj).reshape(-1)[positions][None]
    blocks = []
    for start in range(0, image.shape[3], VOLUMES_AT_ONCE):
        block = np.asarray(image.dataobj[..., start : start + VOLUMES_AT_ONCE])
        blocks.append(block.reshape(-1, block.shape[3])[positions].T)
    return np.concatenate(blocks)
