"""Which data sets there are."""

from collections.abc import Mapping

from brainrank.datasets import (
    algonauts2023,
    bold5000,
    cichy2014,
    cowley2023,
    freemanziemba2013,
    geirhos2021,
    kriegeskorte2008,
    majajhong2015,
    miyawaki2008,
    nsd,
    peterson2019,
    things_fmri,
)
from brainrank.datasets.dataset import Dataset

_STUDIES = (
    kriegeskorte2008,
    cichy2014,
    cowley2023,
    miyawaki2008,
    geirhos2021,
    peterson2019,
    majajhong2015,
    freemanziemba2013,
    nsd,
    algonauts2023,
    things_fmri,
    bold5000,
)
DATASETS: Mapping[str, Dataset] = {study.DATASET.card.name: study.DATASET for study in _STUDIES}
# The module that loads each.
MODULES: Mapping[str, str] = {study.DATASET.card.name: study.__name__ for study in _STUDIES}
