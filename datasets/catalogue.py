"""Which data sets there are."""

from collections.abc import Mapping

from brainrank.datasets import cichy2014, cowley2023, geirhos2021, kriegeskorte2008, miyawaki2008
from brainrank.datasets.dataset import Dataset

DATASETS: Mapping[str, Dataset] = {
    study.DATASET.card.name: study.DATASET
    for study in (kriegeskorte2008, cichy2014, cowley2023, miyawaki2008, geirhos2021)
}
