"""Recurrent networks, untrained: CORnet-S's areas (Kubilius et al. 2019) and the same ones run once."""

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.steps import layers_of_steps

CORNET = "Kubilius et al. (2019), Brain-like object recognition with shallow recurrent ANNs, arXiv:1909.06161"


def _untrained(name: str, source: str, times: tuple[int, int, int], parameters_million: float, about: str) -> ModelSpec:
    steps = layers_of_steps(dict(zip(("V2", "V4", "IT"), times, strict=True)))
    card = ModelCard(CORNET, "none", Objective.NONE, parameters_million, "none")
    return ModelSpec(name, "recurrent", source, layers=("V1", *steps), description=about, card=card)


ENTRIES = (
    _untrained(
        "cornet-s-random",
        "recurrent:cornet-s@random",
        (2, 4, 2),
        53.4,
        "CORnet-S's four areas with recurrence, random weights",
    ),
    _untrained(
        "cornet-s-once-random",
        "recurrent:cornet-s-once@random",
        (1, 1, 1),
        53.4,
        "The same areas run once: the control for recurrence",
    ),
)
