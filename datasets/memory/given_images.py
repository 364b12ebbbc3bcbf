"""Images of data in memory: which they are, in which order, and what each is called."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.package.faults import first_few
from brainrank.datasets.package.stimulus_table import Row, StimulusTable
from brainrank.datasets.package.template import image_files
from brainrank.datasets.readers.own_files import stimuli_of

IMAGES = "images"
Images = str | Path | Sequence[str | Path] | Mapping[str, str | Path] | StimulusSet


class Shown(NamedTuple):
    """The images as a set, and as a table whose rows are what labels of measurements are matched with."""

    stimuli: StimulusSet
    table: StimulusTable


def shown_images(
    images: Images, *, name: str, visual_degrees: float | None, groups: Mapping[str, str], reporter: Reporter
) -> Shown:
    """The images of a folder (in the order of the numbers in their names), of a list of files, or of ids with files.

    An image's id is its file's name without ending, or its path where two have the same name. `groups` tells by id
    which images belong together. Raises InvalidDataError where there is none, or a file is not there.
    """
    if isinstance(images, StimulusSet):
        stimuli = StimulusSet(name, images.stimuli, visual_degrees or images.visual_degrees)
        files = [each.path.name for each in stimuli.stimuli]
    else:
        named = named_files(images)
        absent = [str(path) for _, path in named.values() if not path.is_file()]
        if absent:
            raise InvalidDataError(f"{len(absent)} images are not there: {first_few(absent)}; give paths of files")
        pairs = ((each, path) for each, (_, path) in named.items())
        stimuli = StimulusSet(name, stimuli_of(pairs, stage="reading images", reporter=reporter), visual_degrees)
        files = [file for file, _ in named.values()]
    rows = (
        Row(line, each, file, training=False, category="", group=groups.get(each, ""), labels=())
        for line, (each, file) in enumerate(zip(stimuli.ids, files, strict=True), start=1)
    )
    return Shown(stimuli, StimulusTable(IMAGES, tuple(rows)))


def ids_of(images: Images) -> tuple[str, ...]:
    """The ids of images, in their order. Errors as of `shown_images`."""
    return images.ids if isinstance(images, StimulusSet) else tuple(named_files(images))


def named_files(images: str | Path | Sequence[str | Path] | Mapping[str, str | Path]) -> dict[str, tuple[str, Path]]:
    """Each image's id, with its file as it is told and its path."""
    if isinstance(images, Mapping):
        return {str(each): (str(path), Path(path)) for each, path in images.items()}
    if isinstance(images, str | Path):
        folder = Path(images)
        if not folder.is_dir():
            raise InvalidDataError(f"images: {folder} is no folder; give one with images, or a list of files")
        found = [(file, folder / file) for file in image_files(folder)]
    else:
        found = [(str(path), Path(path)) for path in images]
    if not found:
        raise InvalidDataError(f"images: {images or 'the list'} holds no image; give a folder, or a list of files")
    stems = [path.stem for _, path in found]
    ids = [
        stem if stems.count(stem) == 1 else Path(file).as_posix() for stem, (file, _) in zip(stems, found, strict=True)
    ]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise InvalidDataError(f"images: {first_few(twice)} is there twice; give each image once")
    return dict(zip(ids, found, strict=True))
