"""Majaj, Hong et al. 2015, public part: macaque V4 and IT, 3,200 images of objects on natural backgrounds.

As Brain-Score distributes it: spike counts of multi-unit sites, 70 to 170 ms after onset, every presentation. The
public part is the images of low and medium variation; Brain-Score keeps those of high variation to itself.

The same recordings in bins of time are another file, of which only `v4-over-time` and `it-over-time` are made.

The fifty images of one object are a group: those of low variation show it in one pose, on another background each.
"""

from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.measure import Measure
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.brainscore_assemblies import BrainScoreFiles

ASSEMBLY = "assy_dicarlo_MajajHong2015_public.nc"
TIMED_ASSEMBLY = "assy_dicarlo_MajajHong2015_temporal_public.nc"
TABLE = "image_dicarlo_hvm-public.csv"
IMAGES = "image_dicarlo_hvm-public.zip"
REGIONS = {"v4": "V4", "it": "IT"}
OVER_TIME = {f"{region}-over-time": area for region, area in REGIONS.items()}
VISUAL_DEGREES = 8.0

FILES = BrainScoreFiles(
    study="majajhong2015",
    assembly=ASSEMBLY,
    table=TABLE,
    images=IMAGES,
    regions=REGIONS,
    visual_degrees=VISUAL_DEGREES,
    grouped_by="object_name",
    timed=OVER_TIME,
    timed_assembly=TIMED_ASSEMBLY,
)

DATASET = Dataset(
    card=DatasetCard(
        name="majajhong2015",
        title="Macaque V4 (88 sites) and IT (168 sites), two monkeys, 3,200 images of objects",
        citation=(
            "Majaj, Hong, Solomon & DiCarlo (2015). Simple learned weighted sums of inferior temporal neuronal firing "
            "rates accurately predict human core object recognition performance. Journal of Neuroscience 35, "
            "13402-13418. Distributed by Schrimpf, Kubilius, Hong, Majaj et al. (2018). Brain-Score. bioRxiv 407007."
        ),
        licence="none stated",
        access=(
            "files of Brain-Score's public storage, got by hand: docs/datasets/majajhong2015.md. The loader was "
            "tested on generated files of this layout only"
        ),
        files=(),
    ),
    regions={**dict.fromkeys(REGIONS, Measure.RESPONSES), **dict.fromkeys(OVER_TIME, Measure.TIMED_RESPONSES)},
    stimuli=FILES.stimuli,
    assembly=FILES.responses,
    here=FILES.own.here,
    grouped_by=dict.fromkeys((*REGIONS, *OVER_TIME), "the object: 64 groups"),
    by_hand=(*REGIONS, *OVER_TIME),
)
