"""Freeman, Ziemba et al. 2013, public part: macaque V1 and V2 seeing natural textures and their spectral noise.

As Brain-Score distributes it: spikes of single neurons in bins of 1 ms, every presentation; the response is their mean
over 50 to 200 ms after onset, Brain-Score's window. The images are those seen through a round aperture. Those of one
texture family (15) are a group: all are made from one photograph's statistics.
"""

from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.measure import Measure
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.brainscore_assemblies import BrainScoreFiles

ASSEMBLY = "assy_movshon_FreemanZiemba2013_public.nc"
TABLE = "image_movshon_FreemanZiemba2013_aperture-public.csv"
IMAGES = "image_movshon_FreemanZiemba2013_aperture-public.zip"
REGIONS = {"v1": "V1", "v2": "V2"}
WINDOW_MS = (50.0, 200.0)
VISUAL_DEGREES = 4.0

FILES = BrainScoreFiles(
    study="freemanziemba2013",
    assembly=ASSEMBLY,
    table=TABLE,
    images=IMAGES,
    regions=REGIONS,
    visual_degrees=VISUAL_DEGREES,
    grouped_by="texture_family",
    window_ms=WINDOW_MS,
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
    regions=dict.fromkeys(REGIONS, Measure.RESPONSES),
    stimuli=FILES.stimuli,
    assembly=FILES.responses,
    here=FILES.own.here,
    grouped_by=dict.fromkeys(REGIONS, "the texture family: 15 groups"),
    by_hand=tuple(REGIONS),
)
