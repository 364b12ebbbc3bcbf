"""Pictures that are in memory, as files for as long as somebody has the data they belong to."""

import weakref
from contextlib import ExitStack
from typing import Any, NamedTuple

from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.memory.given_images import Images
from brainrank.datasets.memory.pictures import files_given, stimuli_from


class Holder:
    """What has to be kept for the files to stay."""


class Held(NamedTuple):
    """Images as files, and their holder: without it they are gone. Files that were there need none."""

    images: Images
    holder: Holder | None = None


def hold_images(images: Any, *, name: str, reporter: Reporter) -> Held:
    """Images in whatever form as files. Raises InvalidDataError as `stimuli_from`."""
    files = files_given(images)
    if files is not None:
        return Held(files)
    holder, stack = Holder(), ExitStack()
    stimuli = stack.enter_context(stimuli_from(images, name=name, reporter=reporter))
    weakref.finalize(holder, stack.close)
    return Held(stimuli, holder)
