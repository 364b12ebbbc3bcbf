"""Freeman, Ziemba et al. 2013, public part: macaque V1 and V2 seeing natural textures and their spectral noise.

As Brain-Score distributes it: spikes of single neurons in bins of 1 ms, every presentation; the response is their mean
over 50 to 200 ms after onset, Brain-Score's window. The images are those seen through a round aperture.
"""

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.brainscore_assemblies import read_presentations, read_stimuli, read_table
from brainrank.datasets.readers.own_files import OwnFiles
from brainrank.datasets.readers.single_trials import response_assembly

ASSEMBLY = "assy_movshon_FreemanZiemba2013_public.nc"
TABLE = "image_movshon_FreemanZiemba2013_aperture-public.csv"
IMAGES = "image_movshon_FreemanZiemba2013_aperture-public.zip"
REGIONS = {"v1": "V1", "v2": "V2"}
WINDOW_MS = (50.0, 200.0)
VISUAL_DEGREES = 4.0

FILES = OwnFiles("freemanziemba2013", needed=lambda _region: (ASSEMBLY, TABLE, IMAGES))


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    stimuli = read_stimuli(
        FILES.path(TABLE, locations),
        FILES.path(IMAGES, locations),
        folder=locations.datasets / "freemanziemba2013",
        stage="images of freemanziemba2013",
        reporter=reporter,
    )
    return StimulusSet("freemanziemba2013", stimuli, visual_degrees=VISUAL_DEGREES)


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly:
    presentations = read_presentations(FILES.path(ASSEMBLY, locations), region=REGIONS[region], window_ms=WINDOW_MS)
    return response_assembly(
        region, stimulus_ids=tuple(read_table(FILES.path(TABLE, locations))), **presentations._asdict()
    )


DATASET = Dataset(
    card=DatasetCard(
        name="freemanziemba2013",
        title="Macaque V1 (102 neurons) and V2 (103 neurons), 135 images of textures and noise",
        citation=(
            "Freeman, Ziemba, Heeger, Simoncelli & Movshon (2013). A functional and perceptual signature of the second "
            "visual area in primates. Nature Neuroscience 16, 974-981. Distributed by Schrimpf, Kubilius, Hong, Majaj "
            "et al. (2018). Brain-Score. bioRxiv 407007."
        ),
        licence="none stated",
        access=(
            "three files of Brain-Score's public storage, got by hand: docs/datasets/freemanziemba2013.md. The loader "
            "was tested on generated files of this layout only"
        ),
        files=(),
    ),
    regions=tuple(REGIONS),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=tuple(REGIONS),
)
