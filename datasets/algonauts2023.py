"""Algonauts 2023 (Gifford et al.): the training split of the challenge, eight subjects of the Natural Scenes Dataset.

Responses of vertices on the cortical surface, z-scored within sessions and averaged over repeats by its authors, so
there is no noise ceiling here; images have the numbers of the Natural Scenes Dataset. The files that map a label to its
name are pickled dictionaries, and not read: the labels are those of the Natural Scenes Dataset's `streams`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import Surface, TargetPositions
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.own_files import OwnFiles, reading, stimuli_of
from brainrank.datasets.readers.single_trials import response_assembly

SUBJECTS = tuple(f"subj{number:02d}" for number in range(1, 9))
STREAMS = {"early": 1, "ventral": 5}
HEMISPHERES = ("lh", "rh")
VISUAL_DEGREES = 8.4
FSAVERAGE_VERTICES = 163_842


def _images(region: str) -> str:
    return f"{region.partition('.')[0]}/training_split/training_images"


def _responses(region: str, hemisphere: str) -> str:
    return f"{region.partition('.')[0]}/training_split/training_fmri/{hemisphere}_training_fmri.npy"


def _labels(region: str, hemisphere: str) -> str:
    return f"{region.partition('.')[0]}/roi_masks/{hemisphere}.streams_challenge_space.npy"


def _vertices(region: str, hemisphere: str) -> str:
    """Which vertices of fsaverage the challenge's are: 1 for each, in order. Maps need it, scores do not."""
    return f"{region.partition('.')[0]}/roi_masks/{hemisphere}.all-vertices_fsaverage_space.npy"


def _needed_files(region: str) -> Iterator[str]:
    yield _images(region)
    for hemisphere in HEMISPHERES:
        yield _responses(region, hemisphere)
        yield _labels(region, hemisphere)


FILES = OwnFiles("algonauts2023", needed=_needed_files)


def _image_files(region: str, locations: Locations) -> dict[str, Path]:
    """The images by id, in the order of the responses: `train-0001_nsd-00013.png` is the first row."""
    folder = FILES.path(_images(region), locations)
    paths = sorted(folder.glob("train-*_nsd-*.png"), key=lambda path: int(path.stem[len("train-") :].partition("_")[0]))
    return {path.stem.partition("_")[2]: path for path in paths}


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    subject = region.partition(".")[0]
    files = _image_files(region, locations).items()
    stimuli = stimuli_of(files, stage=f"images of algonauts2023 {subject}", reporter=reporter)
    return StimulusSet(f"algonauts2023-{subject}", stimuli, visual_degrees=VISUAL_DEGREES)


def _array(name: str, locations: Locations) -> NDArray[Any]:
    """A file's array, mapped: of the responses, only a region's columns are read from the disk."""
    path = FILES.path(name, locations)
    with reading(path):
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly:
    ids = tuple(_image_files(region, locations))
    trials, targets, vertices = [], [], []
    for hemisphere in HEMISPHERES:
        labels, responses = (_array(name(region, hemisphere), locations) for name in (_labels, _responses))
        if responses.shape != (len(ids), len(labels)):
            raise InvalidDataError(
                f"{_responses(region, hemisphere)} has shape {responses.shape}; {len(ids)} training images and "
                f"{len(labels)} labelled vertices need ({len(ids)}, {len(labels)}); fetch them again"
            )
        chosen = np.flatnonzero(labels == STREAMS[region.partition(".")[2]])
        vertices.append(chosen)
        trials.append(np.asarray(responses[:, chosen], dtype=np.float32))
        targets += [f"{hemisphere}-vertex-{vertex:05d}" for vertex in chosen]
    return response_assembly(
        region,
        stimulus_ids=ids,
        shown=ids,
        targets=targets,
        trials=np.concatenate(trials, axis=1),
        positions=_positions(region, vertices, locations),
    )


def _positions(region: str, vertices: Sequence[NDArray[np.int64]], locations: Locations) -> TargetPositions | None:
    """Where the challenge's vertices lie on fsaverage; None where the files that say it are not here."""
    folder = locations.studies / "algonauts2023"
    if not all((folder / _vertices(region, hemisphere)).is_file() for hemisphere in HEMISPHERES):
        return None
    found = []
    for number, (hemisphere, chosen) in enumerate(zip(HEMISPHERES, vertices, strict=True)):
        marked = _array(_vertices(region, hemisphere), locations)
        on_fsaverage = np.flatnonzero(marked)
        if marked.shape != (FSAVERAGE_VERTICES,) or chosen.max(initial=-1) >= len(on_fsaverage):
            raise InvalidDataError(
                f"{_vertices(region, hemisphere)} marks {len(on_fsaverage)} of {marked.size} vertices, too few for the "
                f"challenge's, or not of fsaverage ({FSAVERAGE_VERTICES}); fetch it again"
            )
        found.append(number * FSAVERAGE_VERTICES + on_fsaverage[chosen])
    return TargetPositions(Surface("fsaverage", FSAVERAGE_VERTICES), np.concatenate(found))


REGION_NAMES = tuple(f"{subject}.{stream}" for subject in SUBJECTS for stream in STREAMS)

DATASET = Dataset(
    card=DatasetCard(
        name="algonauts2023",
        title="Algonauts 2023: human visual cortex, 7T fMRI, 8 subjects, 8,779 to 9,841 images each",
        citation=(
            "Gifford, Lahner, Saba-Sadiya, Vilas, Lascelles, Oliva, Kay, Roig & Cichy (2023). The Algonauts Project "
            "2023 Challenge: how the human brain makes sense of natural scenes. arXiv 2301.03198. Data: Allen et al. "
            "(2022), Nature Neuroscience 25, 116-126."
        ),
        licence="the Natural Scenes Dataset's terms and conditions",
        access=(
            "through the challenge's form, got by hand: docs/datasets/algonauts2023.md. The loader was tested on "
            "generated files of this layout only"
        ),
        files=(),
    ),
    regions=dict.fromkeys(REGION_NAMES, Measure.RESPONSES),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=REGION_NAMES,
    subject_of={region: region.partition(".")[0] for region in REGION_NAMES},
)
