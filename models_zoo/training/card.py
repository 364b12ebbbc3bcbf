"""The card of a model made here: recipe, seed, data, curve, and what can be read out of it."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.files.storage import written_whole
from brainrank.models_zoo.training.linear_probe import Accuracy, accuracy
from brainrank.models_zoo.training.training_images import TrainingImages

# Images of each category for the probe, and for the small one that a test repeats.
KNOWN, HELD_OUT = 500, 300
QUICK_KNOWN, QUICK_HELD_OUT = 40, 20
CURVE_POINTS = 40
PACKAGES = ("torch", "lightly", "scikit-learn", "numpy")


def recorded_accuracy(
    network: nn.Module, layer: str, *, known: TrainingImages, held_out: TrainingImages
) -> dict[str, Any]:
    """Probe accuracy with its numbers of images, and the same on few images, so that it can be checked in a moment."""
    return {
        "layer": layer,
        **_probe_accuracy(network, layer, known=known.first_of_each(KNOWN), held_out=held_out.first_of_each(HELD_OUT)),
        "quick": quick_accuracy(network, layer, known=known, held_out=held_out)._asdict(),
    }


def quick_accuracy(network: nn.Module, layer: str, *, known: TrainingImages, held_out: TrainingImages) -> Accuracy:
    """The accuracy from the first 40 known images of each category on the first 20 held out."""
    few, asked = known.first_of_each(QUICK_KNOWN), held_out.first_of_each(QUICK_HELD_OUT)
    return accuracy(network, layer, known=few, held_out=asked)


def _probe_accuracy(
    network: nn.Module, layer: str, *, known: TrainingImages, held_out: TrainingImages
) -> dict[str, Any]:
    found = accuracy(network, layer, known=known, held_out=held_out)
    return {**found._asdict(), "known_images": len(known), "held_out_images": len(held_out)}


def compare_accuracies(found: Accuracy, before: Accuracy, *, held_out_images: int) -> dict[str, Any]:
    """Whether the probe is clearly better than before training: by three standard errors of the difference.

    The standard error is that of two shares of independent images, which for the same images is too large, if anything.
    """
    rate = (found.linear_probe + before.linear_probe) / 2
    error = (2 * rate * (1 - rate) / held_out_images) ** 0.5
    gain = found.linear_probe - before.linear_probe
    return {
        "untrained": before._asdict(),
        "gain": round(gain, 4),
        "standard_error": round(error, 4),
        "clear": gain > 3 * error,
    }


def loss_curve(losses: Sequence[float]) -> list[list[float]]:
    """Some forty points: the number of steps done and the mean loss of those since the last point."""
    width = max(1, len(losses) // CURVE_POINTS)
    starts = range(0, len(losses), width)
    pieces = [losses[start : start + width] for start in starts]
    return [
        [start + len(piece), round(sum(piece) / len(piece), 5)] for start, piece in zip(starts, pieces, strict=True)
    ]


def described_images(images: TrainingImages, path: Path) -> dict[str, Any]:
    """The images' file name, number, categories and digest."""
    return {
        "file": path.name,
        "images": len(images),
        "categories": list(images.categories),
        "sha256": images.digest,
    }


def described_machine() -> dict[str, Any]:
    """What the exact numbers depend on beside the seed."""
    return {
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def write_card(weights: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the card beside the weights, and return it with their sha256."""
    complete = {"sha256": sha256_of(weights), **content}
    lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in complete.items())
    with written_whole(weights.with_suffix(".json")) as file:
        file.write("{{\n{}\n}}\n".format(",\n".join(lines)).encode())
    return complete
