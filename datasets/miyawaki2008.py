"""Miyawaki et al. 2008: human V1 voxels seeing geometric figures and letters of 10 x 10 patches, one subject.

The shipped file (a third party's re-export) splits 119 samples into training and test, but they show 20 distinct images
between them: each image is one stimulus here, its samples are its repeats (4 to 8), and no split can put copies of an
image on both sides. With 20 stimuli this is a small benchmark; its intervals say so.
"""

import numpy as np
import scipy.io

from brainrank.benchmark.downloads import fetch
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset, LoadedDataset
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

SAMPLES = RemoteFile(
    name="miyawaki_structured_28x28.mat",
    sha256="aea138f10f70e539eb27c935e9154a0127e4b442f020efec780bf27d30f53484",
    sources=("github:braindecoding/LDM@be7005595088c2f71489013ca2a0cfe5505c9eb5:data/miyawaki_structured_28x28.mat",),
)
SIDE = 28


def load(locations: Locations, reporter: Reporter) -> LoadedDataset:
    """Load the 20 images and V1's responses to them, missing repeats NaN."""
    stored = scipy.io.loadmat(fetch(SAMPLES, locations, reporter=reporter))
    shown = np.vstack([stored["stimTrn"], stored["stimTest"]])
    measured = np.vstack([stored["fmriTrn"], stored["fmriTest"]]).astype(np.float64)
    images, image_of = np.unique(shown, axis=0, return_inverse=True)
    folder = locations.datasets / "miyawaki2008"
    stimuli = StimulusSet(
        name="miyawaki2008",
        stimuli=tuple(
            stimulus_file(
                # MATLAB wrote the pixels column by column.
                bitmap(np.round(255 * pixels.reshape(SIDE, SIDE).T).astype(np.uint8)),
                folder / f"image-{number:02d}.bmp",
                f"image-{number:02d}",
            )
            for number, pixels in enumerate(images, start=1)
        ),
    )
    counts = np.bincount(image_of)
    responses = np.full((len(images), counts.max(), measured.shape[1]), np.nan)
    for image in range(len(images)):
        responses[image, : counts[image]] = measured[image_of == image]
    targets = tuple(f"voxel-{number:03d}" for number in range(1, measured.shape[1] + 1))
    return LoadedDataset(
        stimuli={"v1": stimuli},
        assemblies={"v1": ResponseAssembly("v1", stimuli.ids, targets, responses)},
    )


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
    regions=("v1",),
    load=load,
)
