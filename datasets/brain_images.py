"""Values at the positions of a space as files: NIfTI volumes, GIFTI for each hemisphere, or CIFTI."""

import gzip
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.brain_space import HEMISPHERES, Grayordinates, Hemisphere, Space, Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.brain_files import header_axis, nibabel

ENDINGS = {Volume: (".nii", ".nii.gz"), Surface: (".gii",), Grayordinates: (".dscalar.nii",)}
STRUCTURE = {Hemisphere.LEFT: "CortexLeft", Hemisphere.RIGHT: "CortexRight"}
MOST_SLICES, MARGIN = 18, 2
SHORT = {Hemisphere.LEFT: "lh", Hemisphere.RIGHT: "rh"}


def usual_ending(space: Space) -> str:
    """How the name of a file of values in such a space ends."""
    return {Volume: ".nii.gz", Surface: ".func.gii", Grayordinates: ".dscalar.nii"}[type(space)]


def check_ending(path: Path, space: Space) -> None:
    """Raise InvalidDataError for a file whose ending is not that of the space's kind."""
    endings = ENDINGS[type(space)]
    if not path.name.lower().endswith(endings) or (isinstance(space, Volume) and ".dscalar." in path.name.lower()):
        raise InvalidDataError(f"{path} is of {space}; give a name that ends in {' or '.join(endings)}")


def write_values(space: Space, values: Float[ndarray, " size"], path: Path, name: str = "value") -> tuple[Path, ...]:
    """Write a value for each position of a space (NaN where there is none), and return the files.

    Of a surface there is a file for each hemisphere that has values: `r.func.gii` becomes `r.lh.func.gii`. Raises
    InvalidDataError as `check_ending`.
    """
    check_ending(path, space)
    some, files = [Hemisphere.LEFT], [path]
    if isinstance(space, Surface):
        halves = zip(Hemisphere, values.reshape(2, -1), strict=True)
        some = [each for each, half in halves if np.isfinite(half).any()]
        stem, dot, ending = path.name.partition(".")
        files = [path.with_name(f"{stem}.{SHORT[each]}{dot}{ending}") for each in some]
    for file, hemisphere in zip(files, some, strict=True):
        content = _packed(_image(space, values, name, hemisphere).to_bytes(), file.name)
        with written_whole(file) as opened:
            opened.write(content)
    return tuple(files)


def images_of(space: Space, values: Float[ndarray, " size"], name: str) -> dict[str, Any]:
    """The images of nibabel that hold a value for each position: one, or of a surface one for each hemisphere."""
    some = list(Hemisphere) if isinstance(space, Surface) else [Hemisphere.LEFT]
    return {str(each): _image(space, values, name, each) for each in some}


class ImageBytes(NamedTuple):
    """A file of a brain image, and the ending that its name has."""

    content: bytes
    ending: str


def image_bytes(
    space: Space, values: Float[ndarray, " size"], name: str, hemisphere: Hemisphere = Hemisphere.LEFT
) -> ImageBytes:
    """A value for each position of a space as a file; of a surface, one hemisphere's."""
    ending = f".{SHORT[hemisphere]}.func.gii" if isinstance(space, Surface) else usual_ending(space)
    return ImageBytes(_packed(_image(space, values, name, hemisphere).to_bytes(), ending), ending)


def _image(space: Space, values: Float[ndarray, " size"], name: str, hemisphere: Hemisphere) -> Any:
    if isinstance(space, Volume):
        return volume_image(space, values)
    if isinstance(space, Surface):
        return _gifti(values.reshape(2, -1)[HEMISPHERES.index(hemisphere)], hemisphere, name)
    return _cifti(space, values, name)


def _packed(content: bytes, name: str) -> bytes:
    return gzip.compress(content, mtime=0) if name.lower().endswith(".gz") else content


def volume_image(space: Volume, values: Float[ndarray, " size"]) -> Any:
    """A volume as nibabel's image, in millimetres; its grid is the subject's own scanner's or a template's."""
    image = nibabel().Nifti1Image(values.reshape(space.shape).astype(np.float32), np.array(space.affine))
    code = 4 if space.name.startswith(("MNI", "ICBM")) else 1  # NIfTI's codes: MNI 152, scanner
    image.header.set_xyzt_units("mm")
    image.set_sform(image.affine, code=code)
    image.set_qform(image.affine, code=code)
    return image


def _gifti(values: Float[ndarray, " vertices"], hemisphere: Hemisphere, name: str) -> Any:
    gifti = nibabel().gifti
    array = gifti.GiftiDataArray(
        values.astype(np.float32), intent="NIFTI_INTENT_NONE", meta=gifti.GiftiMetaData({"Name": name})
    )
    return gifti.GiftiImage(
        darrays=[array], meta=gifti.GiftiMetaData({"AnatomicalStructurePrimary": STRUCTURE[hemisphere]})
    )


def _cifti(space: Grayordinates, values: Float[ndarray, " size"], name: str) -> Any:
    cifti2 = nibabel().cifti2
    header = cifti2.Cifti2Header.from_axes((cifti2.ScalarAxis([name]), header_axis(space)))
    return cifti2.Cifti2Image(values.astype(np.float32)[None], header)


class AxialSlices(NamedTuple):
    """Slices of a volume from below upwards; rows run from back to front, columns from left to right.

    `inside` says where there is a target, `z_mm` how high each lies, `aspect` how high a voxel is in its width.
    """

    values: Float[ndarray, "slices rows columns"]
    inside: Bool[ndarray, "slices rows columns"]
    z_mm: Float[ndarray, " slices"]
    aspect: float


def axial_slices(
    space: Volume,
    positions: Int[ndarray, " targets"],
    values: Float[ndarray, " size"],
    *,
    most: int = MOST_SLICES,
    margin: int = MARGIN,
) -> AxialSlices:
    """The slices of a volume that have targets, at most so many of them, evenly spread, and no wider than needed."""
    measured = np.zeros(space.size)
    measured[positions] = 1
    upright, marked = (nibabel().as_closest_canonical(volume_image(space, each)) for each in (values, measured))
    there, affine = np.asarray(marked.dataobj) > 0, np.asarray(upright.affine)
    some = np.argwhere(there)
    first, last = np.maximum(some.min(axis=0) - margin, 0), some.max(axis=0) + margin + 1
    levels = np.unique(some[:, 2])
    levels = levels[np.unique(np.linspace(0, len(levels) - 1, most).round().astype(int))]
    window = (slice(first[0], last[0]), slice(first[1], last[1]))
    found = [np.asarray(each, dtype=np.float64)[window][:, :, levels].T for each in (upright.dataobj, there)]
    centre = some.mean(axis=0)
    z_mm = np.array([(affine @ [centre[0], centre[1], level, 1])[2] for level in levels])
    size = np.linalg.norm(affine[:3, :3], axis=0)
    return AxialSlices(found[0], found[1] > 0, z_mm, float(size[1] / size[0]))
