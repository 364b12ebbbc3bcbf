"""Images in whatever form: files, pictures of Pillow, arrays, tensors, or the items of a torch Dataset."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.images import as_rgb
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.memory.given_images import named_files
from brainrank.datasets.readers.own_files import stimuli_of
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

CHANNELS = (1, 3, 4)
READING = "reading images"
FORMS = (
    "give a folder, a list of files, pictures of Pillow, arrays (height, width[, 3]) of uint8 or of 0 to 1, or a torch "
    "Dataset of these"
)
# Where a Dataset whose items are dictionaries has its images.
IMAGE_KEYS = ("image", "img")


@contextmanager
def stimuli_from(images: object, *, name: str, reporter: Reporter) -> Iterator[StimulusSet]:
    """The images as a stimulus set, in their order, while the context lasts.

    Files stay where they are. What is in memory is written to a folder that is gone afterwards, one by one, so that
    a data set of any size can pass. Ids are the files' names without ending, a mapping's keys, else numbers from 0.

    Raises InvalidDataError for what holds no image, or may mean two things: which image, why, and what would do.
    """
    if isinstance(images, StimulusSet):
        yield images
        return
    files = files_given(images)
    if files is not None:
        pairs = ((each, path) for each, (_, path) in named_files(files).items())
        yield StimulusSet(name, stimuli_of(_that_are_there(pairs), stage=READING, reporter=reporter))
        return
    with tempfile.TemporaryDirectory(prefix="brainrank-images-") as folder:
        found, total = list[Stimulus](), len(images) if isinstance(images, Sized) else 0
        for number, (stimulus_id, item) in enumerate(_items(images)):
            found.append(_stimulus(item, stimulus_id, Path(folder) / f"{number}.bmp"))
            reporter.progress(READING, number + 1, max(total, number + 1))
        if not found:
            raise InvalidDataError(f"images: {type(images).__name__} holds no image; {FORMS}")
        yield StimulusSet(name, tuple(found))


def files_given(images: Any) -> Any:
    """What is given, if it is a folder, a file or a collection of paths and nothing else; a list of a file alone."""
    if isinstance(images, str | Path):
        return [images] if Path(images).is_file() else images
    if isinstance(images, Mapping):
        return images if images and all(isinstance(each, str | Path) for each in images.values()) else None
    if getattr(images, "ndim", 0) == 1 and hasattr(images, "tolist"):  # a column of a frame, too
        images = images.tolist()
    several = isinstance(images, list | tuple) and len(images) > 0
    return images if several and all(isinstance(each, str | Path) for each in images) else None


def _that_are_there(pairs: Iterable[tuple[str, Path]]) -> list[tuple[str, Path]]:
    found = list(pairs)
    for stimulus_id, path in found:
        if not path.is_file():
            raise InvalidDataError(f"images: there is no file {path} (of '{stimulus_id}'); give paths of files")
    return found


def _items(images: Any) -> Iterator[tuple[str, Any]]:
    """Each image with its id. Raises InvalidDataError for what holds none."""
    if isinstance(images, Mapping):
        yield from ((str(key), each) for key, each in images.items())
    elif isinstance(images, Image.Image):
        yield "0", images
    elif _is_array(images):
        yield from ((str(number), each) for number, each in enumerate(_stack(_array(images))))
    elif type(images).__name__ == "DataLoader":
        raise InvalidDataError("images: a DataLoader gives batches that are prepared already; give its dataset")
    elif hasattr(images, "__iter__"):
        yield from ((str(number), each) for number, each in enumerate(images))
    elif hasattr(images, "__getitem__") and hasattr(images, "__len__"):
        yield from ((str(number), images[number]) for number in range(len(images)))
    else:
        raise InvalidDataError(f"images: {type(images).__name__} holds no images; {FORMS}")


def _stimulus(item: Any, stimulus_id: str, path: Path) -> Stimulus:
    """An item as a stimulus; of several things, such as image and label, the first is the image."""
    named = f"images[{stimulus_id}]"
    if isinstance(item, Mapping):
        key = next((each for each in IMAGE_KEYS if each in item), None)
        if key is None:
            raise InvalidDataError(f"{named} has {', '.join(map(str, item))}, and none of {', '.join(IMAGE_KEYS)}")
        item = item[key]
    if isinstance(item, tuple | list) and item and not np.isscalar(item[0]):
        item = item[0]
    if isinstance(item, str | Path):
        ((_, file),) = _that_are_there([(stimulus_id, Path(item))])
        return stimulus_file(file.read_bytes(), file, stimulus_id)
    return stimulus_file(bitmap(np.asarray(_picture(item, named))), path, stimulus_id)


def _picture(item: Any, named: str) -> Image.Image:
    """The item in RGB, as files are read."""
    if not isinstance(item, Image.Image):
        if not _is_array(item):
            raise InvalidDataError(f"{named} is {type(item).__name__}, no image; {FORMS}")
        item = Image.fromarray(_pixels(_channels_last(_array(item), named), named))
    try:
        item.load()
        return as_rgb(item)
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{named} is no image that can be read: {error}") from error


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__array__")


def _array(value: Any) -> NDArray[Any]:
    """A NumPy array of an array or tensor of any library and device."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _stack(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The images of an array: itself, or those along its first axis. Raises InvalidDataError where two readings fit."""
    if array.ndim == 3 and array.shape[0] in CHANNELS[1:] and array.shape[-1] not in CHANNELS:
        raise InvalidDataError(
            f"images: an array of shape {array.shape} may be one image with its channels first or {array.shape[0]} "
            "grey ones; give array[None] for one, list(array) for several"
        )
    one = array.ndim == 2 or (array.ndim == 3 and (array.shape[-1] in CHANNELS or array.shape[0] == 1))
    if not one and array.ndim not in {3, 4}:
        raise InvalidDataError(f"images: an array of shape {array.shape} holds no images; {FORMS}")
    return iter([array] if one else array)


def _channels_last(array: NDArray[Any], named: str) -> NDArray[Any]:
    """One image as (height, width) or (height, width, channels). Raises InvalidDataError where neither or both fit."""
    if array.ndim == 2:
        return array
    if array.ndim != 3 or not (array.shape[0] in CHANNELS or array.shape[-1] in CHANNELS):
        raise InvalidDataError(
            f"{named} has the shape {array.shape}; an image is (height, width[, 3]) or (3, height, width)"
        )
    first, last = array.shape[0] in CHANNELS, array.shape[-1] in CHANNELS
    if first and last and array.shape[0] != 1 and array.shape[-1] != 1:
        raise InvalidDataError(
            f"{named} has the shape {array.shape}, whose channels may be the first or the last; give a picture of "
            "Pillow"
        )
    if not last or (first and array.shape[-1] == 1 and array.shape[0] != 1):
        array = np.moveaxis(array, 0, -1)
    return array[..., 0] if array.shape[-1] == 1 else array


def _pixels(array: NDArray[Any], named: str) -> NDArray[np.uint8]:
    """The image's numbers in 8 bits: as they are, or 0 to 1 times 255, rounded."""
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if array.dtype.kind != "f":
        raise InvalidDataError(
            f"{named} holds {array.dtype} from {low:g} to {high:g}, so that black and white are not known; give uint8 "
            "from 0 to 255, or fractions from 0 to 1"
        )
    if not (low >= 0 and high <= 1):  # NaN is neither
        hint = "divide it by 255" if low >= 0 and 1 < high <= 255 else "give it as it was before it was normalised"
        raise InvalidDataError(f"{named} goes from {low:g} to {high:g}; fractions are from 0 (black) to 1: {hint}")
    return np.round(array.astype(np.float64) * 255).astype(np.uint8)
