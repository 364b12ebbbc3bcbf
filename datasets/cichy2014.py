"""Cichy et al. 2014 (Algonauts 2019 training set): RDMs of early visual cortex and IT in 15 subjects.

They saw the 92 images of Kriegeskorte et al. 2008, in the same order (checked: the mean IT RDM's rank correlation with
that study's human IT is .557, the silhouette model's with early visual cortex .452), so both share one stimulus set.

Mind what early visual cortex's RDM says of these images, single objects on grey: pairs that cover much of the picture
are alike. Trained networks score below random ones on it (docs/decisions/object-area-in-early-visual-cortex.md).
"""

from collections.abc import Mapping

import numpy as np
import scipy

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets import kriegeskorte2008
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.hdf5 import reading_hdf5

RDMS = RemoteFile(
    name="target_fmri.mat",
    sha256="57f064c7ebc5e6de1c70898166090f5c7b6ffdcfb5b13cb897c6d81a09207e47",
    sources=("github:dnn-hvs/Algonauts-Challange@9b305ff847973cb71dbcdcb249401fb93aa92ecd:Testing/92/target_fmri.mat",),
)
VARIABLES: Mapping[str, str] = {"evc": "EVC_RDMs", "it": "IT_RDMs"}


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return kriegeskorte2008.load_stimuli(locations, reporter)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> RdmAssembly:
    with reading_hdf5(fetch(RDMS, locations, reporter=reporter)) as opened:
        # MATLAB's (subjects, stimuli, stimuli) stands in HDF5 with its axes reversed.
        squares = np.moveaxis(opened[VARIABLES[region]][()], -1, 0)
    return RdmAssembly(
        region=region,
        stimulus_ids=kriegeskorte2008.STIMULUS_IDS,
        subjects=tuple(f"subject-{number:02d}" for number in range(1, len(squares) + 1)),
        rdms=np.stack([scipy.spatial.distance.squareform(square, checks=False) for square in squares]),
        squared=True,  # 1 - r
    )


DATASET = Dataset(
    card=DatasetCard(
        name="cichy2014",
        title="92 object images: human early visual cortex and IT, 15 subjects",
        citation=(
            "Cichy, Pantazis & Oliva (2014). Resolving human object recognition in space and time. Nature Neuroscience "
            "17, 455-462. Distributed by Cichy, Roig, Andonian, Dwivedi, Lahner, Lascelles, Mohsenzadeh, "
            "Ramakrishnan & Oliva (2019). The Algonauts Project."
        ),
        licence="none stated",
        access="public; one file of a public repository, in no package",
        files=(RDMS, kriegeskorte2008.SUPPLEMENT),
    ),
    regions=dict.fromkeys(VARIABLES, Measure.RDMS),
    squared=tuple(VARIABLES),
    stimuli=_stimuli,
    assembly=_assembly,
)
