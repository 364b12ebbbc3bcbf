"""Which data sets there are: the `DATASET` of each study's file in this folder."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from brainrank.datasets.dataset import Dataset

FOLDER = "brainrank.datasets"


def _studies() -> Iterator[tuple[str, Dataset]]:
    """The module and data set of each study, in the order of their names."""
    for each in sorted(pkgutil.iter_modules(import_module(FOLDER).__path__)):
        name = f"{FOLDER}.{each.name}"
        if name != __name__ and isinstance(found := getattr(import_module(name), "DATASET", None), Dataset):
            yield name, found


# The module that loads each.
MODULES: Mapping[str, str] = {study.card.name: module for module, study in _studies()}
DATASETS: Mapping[str, Dataset] = {study.card.name: study for _, study in _studies()}
