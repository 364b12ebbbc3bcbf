"""Values at the positions of a space as files: NIfTI volumes, GIFTI for each hemisphere, or CIFTI."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.brain_space import Grayordinates, Space, Surface, Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.brain_files import header_axis, nibabel

ENDINGS = {Volume: (".nii", ".nii.gz"), Surface: (".gii",), Grayordinates: (".dscalar.nii",)}
STRUCTURE = ("CortexLeft", "CortexRight")
HEMISPHERE = ("lh", "rh")


def check_ending(path: Path, space: Space) -> None:
    """Raise InvalidDataError for a file whose ending is not that of the space's kind."""
    endings = ENDINGS[type(space)]
    if not path.name.lower().endswith(endings) or (isinstance(space, Volume) and ".dscalar." in path.name.lower()):
        raise InvalidDataError(f"{path} is of {space}; give a name that ends in {' or '.join(endings)}")


def write_values(space: Space, values: Float[ndarray, " size"], path: Path, name: str = "value") -> tuple[Path, ...]:
    """Write a value for each position of a space (NaN where there is none), and return the files.

    Of a surface there is a file for each hemisphere that has values: `r.func.gii` becomes `r.lh.func.gii`. Raises
    InvalidDataError as `check_ending`, UserError where nibabel is missing.
    """
    check_ending(path, space)
    if isinstance(space, Surface):
        stem, dot, ending = path.name.partition(".")
        halves = values.reshape(2, -1)
        some = [number for number in range(2) if np.isfinite(halves[number]).any()]
        named = {number: path.with_name(f"{stem}.{HEMISPHERE[number]}{dot}{ending}") for number in some}
        for number, file in named.items():
            _write(_gifti(halves[number], number, name), file)
        return tuple(named.values())
    _write(volume_image(space, values) if isinstance(space, Volume) else _cifti(space, values, name), path)
    return (path,)


def volume_image(space: Volume, values: Float[ndarray, " size"]) -> Any:
    """A volume as nibabel's image, in millimetres; its grid is the subject's own scanner's or a template's."""
    image = nibabel().Nifti1Image(values.reshape(space.shape).astype(np.float32), np.array(space.affine))
    code = 4 if space.name.startswith(("MNI", "ICBM")) else 1  # NIfTI's codes: MNI 152, scanner
    image.header.set_xyzt_units("mm")
    image.set_sform(image.affine, code=code)
    image.set_qform(image.affine, code=code)
    return image


def _gifti(values: Float[ndarray, " vertices"], hemisphere: int, name: str) -> Any:
    gifti = nibabel().gifti
    array = gifti.GiftiDataArray(values.astype(np.float32), intent="NIFTI_INTENT_NONE", meta={"Name": name})
    return gifti.GiftiImage(darrays=[array], meta={"AnatomicalStructurePrimary": STRUCTURE[hemisphere]})


def _cifti(space: Grayordinates, values: Float[ndarray, " size"], name: str) -> Any:
    cifti2 = nibabel().cifti2
    header = cifti2.Cifti2Header.from_axes((cifti2.ScalarAxis([name]), header_axis(space)))
    return cifti2.Cifti2Image(values.astype(np.float32)[None], header)


def _write(image: Any, path: Path) -> None:
    content = image.to_bytes()
    if path.name.lower().endswith(".gz"):
        import gzip

        content = gzip.compress(content, mtime=0)
    with written_whole(path) as file:
        file.write(content)
