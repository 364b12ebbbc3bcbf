"""Miyawaki et al. 2008: human V1 voxels seeing geometric figures and letters of 10 x 10 patches, one subject.

The shipped file (a third party's re-export) splits 119 samples into training and test, but they show 20 distinct images
between them: each image is one stimulus here, its samples are its repeats (4 to 8), and no split can put copies of an
image on both sides. With 20 stimuli this is a small benchmark; its intervals say so.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

SAMPLES = RemoteFile(
    name="miyawaki_structured_28x28.mat",
    sha256="aea138f10f70e539eb27c935e9154a0127e4b442f020efec780bf27d30f53484",
    sources=("github:braindecoding/LDM@be7005595088c2f71489013ca2a0cfe5505c9eb5:data/miyawaki_structured_28x28.mat",),
)
SIDE = 28


class _Samples(NamedTuple):
    """The distinct images, which of them each sample shows, and the voxels' responses to it."""

    images: NDArray[np.float64]
    image_of: NDArray[np.intp]
    measured: NDArray[np.float64]

    @property
    def stimulus_ids(self) -> tuple[str, ...]:
        """An id for each distinct image."""
        return tuple(f"image-{number:02d}" for number in range(1, len(self.images) + 1))


def _samples(locations: Locations, reporter: Reporter) -> _Samples:
    stored = scipy.io.loadmat(fetch(SAMPLES, locations, reporter=reporter))
    shown = np.vstack([stored["stimTrn"], stored["stimTest"]])
    images, image_of = np.unique(shown, axis=0, return_inverse=True)
    return _Samples(images, image_of, np.vstack([stored["fmriTrn"], stored["fmriTest"]]).astype(np.float64))


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    samples = _samples(locations, reporter)
    folder = locations.datasets / "miyawaki2008"
    stimuli = tuple(
        # MATLAB wrote the pixels column by column.
        stimulus_file(
            bitmap(np.round(255 * pixels.reshape(SIDE, SIDE).T).astype(np.uint8)), folder / f"{each}.bmp", each
        )
        for each, pixels in zip(samples.stimulus_ids, samples.images, strict=True)
    )
    return StimulusSet(name="miyawaki2008", stimuli=stimuli)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> ResponseAssembly:
    """The responses of each voxel to each image, missing repeats NaN."""
    samples = _samples(locations, reporter)
    counts = np.bincount(samples.image_of)
    responses = np.full((len(counts), counts.max(), samples.measured.shape[1]), np.nan)
    for image, count in enumerate(counts):
        responses[image, :count] = samples.measured[samples.image_of == image]
    targets = tuple(f"voxel-{number:03d}" for number in range(1, responses.shape[2] + 1))
    return ResponseAssembly(region, samples.stimulus_ids, targets, responses)


DATASET = Dataset(
    card=DatasetCard(
        name="miyawaki2008",
        title="Human V1, 967 voxels of one subject, 20 images of geometric figures and letters",
        citation=(
            "Miyawaki, Uchida, Yamashita, Sato, Morito, Tanabe, Sadato & Kamitani (2008). Visual image reconstruction "
            "from human brain activity using a combination of multiscale local image decoders. Neuron 60, 915-929."
        ),
        licence="GPL-3.0 (the repository, a third party's re-export)",
        access="public; one file of a public repository, in no package",
        files=(SAMPLES,),
    ),
    regions=dict.fromkeys(("v1",), Measure.RESPONSES),
    stimuli=_stimuli,
    assembly=_assembly,
    subject_of={"v1": "the one person measured"},
)
