"""The files of a study that do not come by themselves: what they take, and fetching those that may be fetched."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.files.resumed_download import Download, download_resumed, remote_bytes
from brainrank.benchmark.types.errors import StorageError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.acquisition import ACQUISITIONS
from brainrank.datasets.catalogue import DATASETS
from brainrank.datasets.dataset import Dataset

GIB = 2**30


class StudyFiles(NamedTuple):
    """What is missing of some regions of a study: files to be fetched, and what a person has to do.

    `terms` are to be agreed to before anything is fetched; empty where the study asks for none.
    """

    study: Dataset
    regions: tuple[str, ...]
    folder: Path
    missing: tuple[Download, ...]
    by_person: tuple[str, ...]
    terms: str

    def size(self) -> int | None:
        """How many bytes there are to fetch, by the servers' word; None where one does not say.

        Raises DataUnavailableError where a server does not answer.
        """
        sizes = [remote_bytes(each.address) for each in self.missing]
        return None if any(each is None for each in sizes) else sum(each or 0 for each in sizes)


def study_files(name: str, regions: Sequence[str], locations: Locations) -> StudyFiles:
    """What some regions of a study (all that are not here, without any) still need.

    Raises UnknownNameError for a study or region that there is not, and UserError for a study whose files come by
    themselves.
    """
    if name not in DATASETS:
        raise UnknownNameError("study", name, DATASETS)
    study = DATASETS[name]
    unknown = [each for each in regions if each not in study.regions]
    if unknown:
        raise UnknownNameError(f"region of {name}", unknown[0], study.regions)
    if name not in ACQUISITIONS:
        raise UserError(f"The files of {name} come by themselves when it is scored; there is nothing to fetch by hand")
    acquisition, folder = ACQUISITIONS[name], locations.studies / name
    wanted = tuple(regions or study.by_hand)
    lacking = tuple(each for each in wanted if not study.is_here(each, locations))
    needed = dict.fromkeys(file for region in lacking for file in acquisition.needed(region))
    absent = [file for file in needed if not (folder / file).exists()]
    missing = [
        Download(address, folder / file, acquisition.digests.get(file, ""))
        for file in absent
        if (address := acquisition.address_of(file)) is not None
    ]
    steps = tuple(each.format(folder=folder, studies=locations.studies) for each in acquisition.steps)
    return StudyFiles(
        study, lacking, folder, tuple(missing), steps if lacking else (), acquisition.terms if missing else ""
    )


def agree(name: str, terms: str, *, accepted: bool) -> None:
    """Raise UserError unless there are no terms, or they were accepted."""
    if terms and not accepted:
        raise UserError(f"{terms}. Then: brainrank dataset fetch {name} --accept-terms")


def fetch_study(files: StudyFiles, size: int | None, reporter: Reporter) -> None:
    """Fetch what is missing, one file after the other; each that is whole stays, whatever becomes of the next.

    Raises StorageError where the disk has no room for `size`, and as `download_resumed`.
    """
    files.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(files.folder).free
    if size is not None and size > free:
        raise StorageError(
            f"{files.study.card.name} needs {size / GIB:.1f} GiB in {files.folder}, where {free / GIB:.1f} GiB are "
            "free; set BRAINRANK_STUDIES to a folder on a larger disk, or ask for fewer regions with --region"
        )
    for number, each in enumerate(files.missing, start=1):
        reporter.message(f"{number} of {len(files.missing)}: {each.address}")
        each.target.parent.mkdir(parents=True, exist_ok=True)
        download_resumed(each, reporter)
