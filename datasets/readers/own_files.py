"""Files of studies that their users must get themselves, under the study's own terms."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus


@dataclass(frozen=True)
class OwnFiles:
    """A study's files in `locations.studies / study`; `needed` names those of a region, relative to that folder."""

    study: str
    needed: Callable[[str], Iterable[str]]

    def path(self, name: str, locations: Locations) -> Path:
        """Return where a file (or folder) lies. Raises DataUnavailableError, which says how to get it, when absent."""
        folder = locations.studies / self.study
        remedy = (
            f"Its files are had from the study itself, under its terms: docs/datasets/{self.study}.md says which and "
            "how (BRAINRANK_STUDIES sets another folder of studies)"
        )
        # The same words for every region: `score` then says once that a study is not here.
        if not folder.exists():
            raise DataUnavailableError(f"{self.study} is not here, there is no folder {folder}. {remedy}")
        path = folder / name
        if not path.exists():
            raise DataUnavailableError(f"{self.study} needs {name} in {folder}, which is not there. {remedy}")
        return path

    def here(self, _card: DatasetCard, region: str, locations: Locations) -> bool:
        """Whether every file of a region is there."""
        return all((locations.studies / self.study / name).exists() for name in self.needed(region))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a reader says of a broken or foreign file into an InvalidDataError that names the file."""
    try:
        yield
    except (OSError, EOFError, ValueError, KeyError, NotImplementedError) as error:
        raise InvalidDataError(f"{path} is damaged, or not the file it should be ({error}); fetch it again") from error


def stimuli_of(paths: Iterable[tuple[str, Path]], *, stage: str, reporter: Reporter) -> tuple[Stimulus, ...]:
    """Stimuli of (id, image file) pairs, in their order, as they lie on the disk."""
    found, wanted = [], list(paths)
    for number, (stimulus_id, path) in enumerate(wanted, start=1):
        with path.open("rb") as file:
            found.append(Stimulus(stimulus_id, path, hashlib.file_digest(file, "sha256").hexdigest()))
        reporter.progress(stage, number, len(wanted))
    return tuple(found)
