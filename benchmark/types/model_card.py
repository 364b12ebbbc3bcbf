"""ModelCard: what a reader wants to know of a model before trusting its score."""

from dataclasses import dataclass
from enum import StrEnum


class Objective(StrEnum):
    """What a model was trained to do."""

    CLASSIFICATION = "classification"
    CONTRASTIVE = "contrastive"
    DISTILLATION = "distillation"
    MASKED = "masked prediction"
    LANGUAGE_CONTRASTIVE = "image-text contrastive"
    LANGUAGE_SIGMOID = "image-text sigmoid"
    CAPTIONING = "autoregressive image and text"
    VARIATIONAL = "variational reconstruction"
    RECONSTRUCTION = "distilled latents of an autoencoder"
    AUTOENCODING = "reconstruction"
    REDUNDANCY = "redundancy reduction"
    TRANSFORMATION = "prediction of a transformation"
    COLOUR = "colourisation"
    ADVERSARIAL = "telling generated images"
    IMAGE_STATISTICS = "statistics of images"
    NONE = "none"


@dataclass(frozen=True)
class ModelCard:
    """Where a model comes from. `parameters_million` counts the network as it is built here, heads included.

    `paper` is a citation with its identifier; `licence` is that of the weights, as stated upstream.
    """

    paper: str
    training_data: str
    objective: Objective
    parameters_million: float
    licence: str
