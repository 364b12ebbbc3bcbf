"""Which data sets there are: the `DATASET` of each study's file in this folder."""

from collections.abc import Mapping

from brainrank.benchmark.types.modules import modules_in
from brainrank.datasets.dataset import Dataset

_STUDIES = [each for each in modules_in("brainrank.datasets") if isinstance(getattr(each, "DATASET", None), Dataset)]
DATASETS: Mapping[str, Dataset] = {study.DATASET.card.name: study.DATASET for study in _STUDIES}
# The module that loads each.
MODULES: Mapping[str, str] = {study.DATASET.card.name: study.__name__ for study in _STUDIES}
