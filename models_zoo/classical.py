"""Classical models: no training at all. What a learned representation has to beat."""

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec

ENTRIES = (
    ModelSpec(
        name="pixels",
        family="classical",
        source="classical:pixels",
        description="Raw RGB pixels at 112 x 112",
        card=ModelCard("none: the image itself", "none", Objective.NONE, 0.0, "none"),
    ),
    ModelSpec(
        name="gabor",
        family="classical",
        source="classical:gabor",
        description="Gabor energy model of V1: 8 orientations x 5 spatial frequencies, simple and complex cells",
        card=ModelCard("Kay et al. (2008), Nature 452; Adelson & Bergen (1985)", "none", Objective.NONE, 0.0, "none"),
    ),
)
