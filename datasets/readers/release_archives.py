"""Images out of the archives that model-vs-human released: NAME.tar.gz with NAME/dnn/session-1/*.png inside."""

import tarfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus
from brainrank.datasets.readers.trials import stimulus_id_of
from brainrank.datasets.stimulus_files import stimulus_file

IMAGE_ENDINGS = {".png", ".jpg", ".jpeg"}


def archived_images(
    archive: Path, wanted: Collection[str], folder: Path, *, reporter: Reporter
) -> tuple[Stimulus, ...]:
    """Unpack the images of these stimulus ids into a folder, and return them in the order of their ids.

    An image's id is its name without the experiment's prefix, as in the trials; images nobody was shown stay packed.
    A file is written under its id and nowhere else, whatever path the archive gives it, and links and devices are
    passed over, so that an archive can write nothing outside the folder.

    Raises InvalidDataError, naming the archive, when it cannot be read, holds two images of one id, or lacks some.
    """
    found: dict[str, Stimulus] = {}
    try:
        with tarfile.open(archive, "r:gz") as packed:
            for member in _images(packed):
                stimulus_id = stimulus_id_of(PurePosixPath(member.name).name)
                content = packed.extractfile(member)
                if stimulus_id not in wanted or content is None:
                    continue
                if stimulus_id in found:
                    raise InvalidDataError(f"{archive} holds two images of {stimulus_id}; use the archive as released")
                found[stimulus_id] = stimulus_file(content.read(), folder / stimulus_id, stimulus_id)
                reporter.progress(f"images of {folder.name}", len(found), len(wanted))
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise InvalidDataError(f"{archive} is no readable archive ({error}); download it again") from error
    lacking = sorted(set(wanted) - set(found))
    if lacking:
        raise InvalidDataError(
            f"{archive} lacks {len(lacking)} of {len(wanted)} images that people saw "
            f"(first: {', '.join(lacking[:3])}); download it again, or check that it is the archive of this experiment"
        )
    return tuple(found[each] for each in sorted(found))


def _images(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    return (each for each in packed if each.isfile() and PurePosixPath(each.name).suffix.lower() in IMAGE_ENDINGS)
