"""Classical models: no training at all. What a learned representation has to beat."""

from brainrank.benchmark.types.model_spec import ModelSpec

ENTRIES = (
    ModelSpec(
        name="pixels",
        family="classical",
        source="classical:pixels",
        description="Raw RGB pixels at 112 x 112",
    ),
    ModelSpec(
        name="gabor",
        family="classical",
        source="classical:gabor",
        description="Gabor energy model of V1: 8 orientations x 5 spatial frequencies, simple and complex cells",
    ),
)
