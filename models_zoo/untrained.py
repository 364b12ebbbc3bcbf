"""Architectures with random weights: what training added is a model's score above theirs."""

from dataclasses import replace

from brainrank.benchmark.types.model_card import Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo import convolutional, language_supervised, transformers


def _untrained(name: str) -> ModelSpec:
    """The control of a trained entry: same architecture, preprocessing and layers."""
    entries = (*convolutional.ENTRIES, *transformers.ENTRIES, *language_supervised.ENTRIES)
    (trained,) = (each for each in entries if each.name == name)
    card = trained.card and replace(trained.card, training_data="none", objective=Objective.NONE, licence="none")
    return replace(
        trained,
        name=f"{name}-random",
        family="untrained",
        source=f"{trained.source}@random",
        description=f"Random weights: the control for the architecture of {name}",
        card=card,
    )


ENTRIES = tuple(_untrained(name) for name in ("alexnet", "resnet18", "resnet50", "vit-base-16", "clip-vit-base-32"))
