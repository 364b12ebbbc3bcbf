"""Dissimilarity: how far apart two patterns of responses are."""

from enum import StrEnum


class Dissimilarity(StrEnum):
    """How far two response patterns are apart.

    `crossnobis` is of responses with repeats (`response_rdms`). Features have no noise: of them it is the squared
    euclidean distance, which it is an unbiased estimate of where noise is the same everywhere.
    """

    CORRELATION = "correlation"
    EUCLIDEAN = "euclidean"
    COSINE = "cosine"
    CROSSNOBIS = "crossnobis"
