"""THINGS-fMRI (Hebart et al. 2023): single-trial responses of three subjects to 8,740 images of 720 objects.

Read from the table format: a pandas HDF5 table (voxels x trials) with two csv files that describe trials and voxels.
The table is read as the HDF5 it is, and only the rows of the region: pandas would read all of it, and unpickle its
column names. 8,640 images were shown once and 100 twelve times.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.hdf5 import reading_hdf5
from brainrank.datasets.readers.own_files import OwnFiles, reading, stimuli_of
from brainrank.datasets.readers.single_trials import response_assembly

if TYPE_CHECKING:
    import pandas as pd

SUBJECTS = ("sub-01", "sub-02", "sub-03")
# The columns of the voxel table that mark the voxels of a region with 1.
ROIS = {"v1": "V1", "hv4": "hV4", "it": "IT"}
IMAGES = "images"


def _table(region: str, kind: str) -> str:
    return f"betas_csv/{region.partition('.')[0]}_{kind}"


FILES = OwnFiles(
    "things_fmri",
    needed=lambda region: (
        IMAGES,
        *(_table(region, kind) for kind in ("ResponseData.h5", "StimulusMetadata.csv", "VoxelMetadata.csv")),
    ),
)


def _read(region: str, kind: str, columns: list[str], locations: Locations) -> "pd.DataFrame":
    import pandas as pd

    path = FILES.path(_table(region, kind), locations)
    with reading(path):
        # A name is the text it is: pandas would make numbers of some, and nothing of "nan".
        return pd.read_csv(path, usecols=columns, converters={"stimulus": str})


def _stimulus_ids(region: str, locations: Locations) -> list[str]:
    return [str(name) for name in _read(region, "StimulusMetadata.csv", ["stimulus"], locations)["stimulus"]]


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    subject = region.partition(".")[0]
    names = sorted(set(_stimulus_ids(region, locations)))
    # The THINGS database keeps dog_12s.jpg in a folder named dog.
    paths = [FILES.path(f"{IMAGES}/{name.rpartition('_')[0]}/{name}", locations) for name in names]
    stimuli = stimuli_of(zip(names, paths, strict=True), stage=f"images of things_fmri {subject}", reporter=reporter)
    return StimulusSet("things_fmri", stimuli)


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly:
    shown = _stimulus_ids(region, locations)
    roi = ROIS[region.partition(".")[2]]
    voxels = _read(region, "VoxelMetadata.csv", ["voxel_id", roi], locations)
    wanted = voxels.loc[voxels[roi] == 1, "voxel_id"].to_numpy(dtype=np.int64)
    return response_assembly(
        region,
        stimulus_ids=sorted(set(shown)),
        shown=shown,
        targets=[f"voxel-{voxel:06d}" for voxel in wanted],
        trials=_responses(FILES.path(_table(region, "ResponseData.h5"), locations), wanted, trials=len(shown)),
    )


def _responses(path: Path, voxels: NDArray[np.int64], *, trials: int) -> NDArray[np.float32]:
    """Responses of some voxels, trials x voxels, of a table that pandas wrote: a block of floats, a column of ids."""
    with reading_hdf5(path) as stored:
        (group,) = stored.values()
        blocks = {block.shape[1]: block for name, block in group.items() if name.endswith("_values")}
        if not {1, trials} <= set(blocks):
            raise InvalidDataError(
                f"{path} has blocks of {sorted(blocks)} columns; it needs voxel_id and {trials} trials"
            )
        ids = blocks[1][:, 0].astype(np.int64)
        order = np.argsort(ids)
        places = order[np.clip(np.searchsorted(ids, voxels, sorter=order), 0, len(ids) - 1)]
        if not np.array_equal(ids[places], voxels):
            raise InvalidDataError(f"{path} lacks voxels that the voxel table lists; fetch both again")
        rows = np.argsort(places)  # HDF5 reads rows in rising order only
        read = np.empty((trials, len(voxels)), dtype=np.float32)
        read[:, rows] = blocks[trials][places[rows]].T
        return read


REGION_NAMES = tuple(f"{subject}.{roi}" for subject in SUBJECTS for roi in ROIS)

DATASET = Dataset(
    card=DatasetCard(
        name="things_fmri",
        title="THINGS-fMRI: human visual cortex, 3T fMRI, 3 subjects, 8,740 images of 720 objects",
        citation=(
            "Hebart, Contier, Teichmann, Rockter, Zheng, Kidder, Corriveau, Vaziri-Pashkam & Baker (2023). "
            "THINGS-data, a multimodal collection of large-scale datasets for investigating object representations in "
            "human brain and behavior. eLife 12, e82580."
        ),
        licence="not looked up: see the figshare collection 10.25452/figshare.plus.c.6161151",
        access=(
            "public, 43 GB in one file, got by hand: docs/datasets/things_fmri.md. The loader was tested on generated "
            "files of this layout only"
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
