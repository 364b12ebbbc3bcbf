"""Majaj, Hong et al. 2015, public part: macaque V4 and IT, 3,200 images of objects on natural backgrounds.

As Brain-Score distributes it: spike counts of multi-unit sites, 70 to 170 ms after onset, every presentation. The
public part is the images of low and medium variation; Brain-Score keeps those of high variation to itself.
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

ASSEMBLY = "assy_dicarlo_MajajHong2015_public.nc"
TABLE = "image_dicarlo_hvm-public.csv"
IMAGES = "image_dicarlo_hvm-public.zip"
REGIONS = {"v4": "V4", "it": "IT"}
VISUAL_DEGREES = 8.0

FILES = OwnFiles("majajhong2015", needed=lambda _region: (ASSEMBLY, TABLE, IMAGES))


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    stimuli = read_stimuli(
        FILES.path(TABLE, locations),
        FILES.path(IMAGES, locations),
        folder=locations.datasets / "majajhong2015",
        stage="images of majajhong2015",
        reporter=reporter,
    )
    return StimulusSet("majajhong2015", stimuli, visual_degrees=VISUAL_DEGREES)


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly:
    presentations = read_presentations(FILES.path(ASSEMBLY, locations), region=REGIONS[region])
    return response_assembly(
        region, stimulus_ids=tuple(read_table(FILES.path(TABLE, locations))), **presentations._asdict()
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
            "three files of Brain-Score's public storage, got by hand: docs/datasets/majajhong2015.md. The loader was "
            "tested on generated files of this layout only"
        ),
        files=(),
    ),
    regions=tuple(REGIONS),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=tuple(REGIONS),
)
