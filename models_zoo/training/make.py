"""A model of the controlled zoo from beginning to end: train or fit it, write it, probe it, describe it."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.training import card
from brainrank.models_zoo.training.architectures import CLASSICAL, design_of, find_design, fitted
from brainrank.models_zoo.training.checkpoint import write_tensors
from brainrank.models_zoo.training.linear_probe import Accuracy, accuracy
from brainrank.models_zoo.training.loop import seeded, train
from brainrank.models_zoo.training.objective import OBJECTIVES
from brainrank.models_zoo.training.recipe import Recipe
from brainrank.models_zoo.training.shipping import calibrated, encoder, halved_precision, tensors_to_ship
from brainrank.models_zoo.training.training_images import TrainingImages


class Sets(NamedTuple):
    """Images to learn from and images to be asked about, and where they came from."""

    known: TrainingImages
    held_out: TrainingImages
    known_path: Path
    held_out_path: Path


class Made(NamedTuple):
    """The weights file of a model, and its card."""

    weights: Path
    card: Mapping[str, Any]


def check_name(name: str) -> None:
    """Raise UnknownNameError when there is neither an objective nor a classical model of that name."""
    if name not in (*OBJECTIVES, *CLASSICAL):
        raise UnknownNameError("objective", name, (*OBJECTIVES, *CLASSICAL))


def make(name: str, sets: Sets, recipe: Recipe, *, seed: int, folder: Path, reporter: Reporter) -> Made:
    """Make a model and write `folder/NAME-SEED.safetensors` with its card beside it."""
    check_name(name)
    model = f"{name}-{seed}"
    weights = folder / f"{model}.safetensors"
    if name in CLASSICAL:
        reporter.message(f"{model}: fitting")
        tensors, facts = _fitted(name, sets.known, seed=seed)
    else:
        tensors, facts = _trained(name, sets.known, recipe, seed=seed, folder=folder / model, reporter=reporter)
    write_tensors(weights, tensors, {"model": model})
    reporter.message(f"{model}: reading the categories out of its last layer")
    content = {
        "model": model,
        "architecture": design_of(name),
        "seed": seed,
        "images": card.described_images(sets.known, sets.known_path),
        "held_out": card.described_images(sets.held_out, sets.held_out_path),
        **facts,
        "accuracy": _accuracy(name, weights, sets),
        "machine": card.described_machine(),
    }
    if facts.get("recipe") and content["accuracy"]:
        content["compared_with_untrained"] = _compare_with_untrained(name, content["accuracy"], sets, seed=seed)
    return Made(weights, card.write_card(weights, content))


class _Result(NamedTuple):
    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any]


def _trained(
    name: str, images: TrainingImages, recipe: Recipe, *, seed: int, folder: Path, reporter: Reporter
) -> _Result:
    objective, progress = train(name, images, recipe, seed=seed, folder=folder, reporter=reporter)
    facts = {
        "recipe": asdict(recipe) if objective.learns else None,
        "seconds": round(progress.seconds, 1),
        "loss_curve": card.loss_curve(progress.losses),
    }
    return _Result(tensors_to_ship(objective, images), facts)


def _fitted(name: str, images: TrainingImages, *, seed: int) -> _Result:
    started = time.monotonic()
    tensors = halved_precision(fitted(name, images, seed=seed).state_dict())
    return _Result(tensors, {"seconds": round(time.monotonic() - started, 1)})


def _accuracy(name: str, weights: Path, sets: Sets) -> Mapping[str, Any] | None:
    """What can be read out of the weights as they are on disk; None where there are no categories to read."""
    if len(sets.known.categories) < 2:
        return None
    design = find_design(design_of(name))
    network = encoder(design, weights)
    return card.recorded_accuracy(network, design.layers[-1], known=sets.known, held_out=sets.held_out)


def _compare_with_untrained(name: str, found: Mapping[str, Any], sets: Sets, *, seed: int) -> Mapping[str, Any]:
    """The accuracy beside that of the same network before training."""
    before = calibrated(seeded(name, sets.known.categories, seed=seed).backbone, sets.known)
    few, asked = sets.known.first_of_each(card.KNOWN), sets.held_out.first_of_each(card.HELD_OUT)
    untrained = accuracy(before, found["layer"], known=few, held_out=asked)
    trained = Accuracy(found["linear_probe"], found["nearest_neighbours"])
    return card.compare_accuracies(trained, untrained, held_out_images=len(asked))
