"""From the probabilities of ImageNet's 1,000 classes to the sixteen entry-level categories people chose among.

`imagenet_16_categories.csv` lists, for each category, the ImageNet classes that are its descendants in WordNet, 207 in
all (Geirhos et al. 2018, "Generalisation in humans and deep neural networks"). The published sets are kept as they
are, including what they leave out: classes whose WordNet name means something else first (cock, jay, crane, boxer,
kelpie, Chihuahua, ...) and jeeps, cabs and ambulances. WordNet ids and names in the file are timm's, for the eye.
Defined in docs/conventions.md#readouts.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

IMAGENET_CLASSES = 1000


@cache
def imagenet_indices() -> Mapping[str, tuple[int, ...]]:
    """Each category's indices among ImageNet's classes, categories in alphabetical order."""
    text = Path(__file__).with_name("imagenet_16_categories.csv").read_text()
    found: dict[str, list[int]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["category"], []).append(int(row["index"]))
    return {category: tuple(found[category]) for category in sorted(found)}


def entry_level_probabilities(logits: Float[ndarray, "images classes"]) -> Float[ndarray, "images categories"]:
    """Return the softmax over the 1,000 classes, averaged over each category's indices, (images, 16).

    The mean, not the sum: a category does not win by having many classes. Rows do not add up to 1, for most classes
    belong to no category. Raises InvalidDataError for another number of classes. Reference: Geirhos et al. (2018).
    """
    if logits.shape[1] != IMAGENET_CLASSES:
        raise InvalidDataError(
            f"The model puts out {logits.shape[1]} classes; the sixteen categories are read from ImageNet's 1,000"
        )
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return np.stack([probabilities[:, list(each)].mean(axis=1) for each in imagenet_indices().values()], axis=1)
