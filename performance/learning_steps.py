"""How brain scores come about in training: `python -m performance.learning_steps`; some forty minutes the first time.

Trains the objectives whose series are not there (into `trained/` of the home, as `brainrank train` does), scores the
encoder after each of STEPS, and writes performance/learning_steps.json, which docs/learning.md is made of. Images are
CIFAR-10's, at IMAGES. What is scored already is read back.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.cli.scoring import score_all
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.training.architectures import design_of, find_design
from brainrank.models_zoo.training.backbone import SIDE
from brainrank.models_zoo.training.card import HELD_OUT, KNOWN
from brainrank.models_zoo.training.linear_probe import accuracy
from brainrank.models_zoo.training.make import Sets, make
from brainrank.models_zoo.training.recipe import Recipe
from brainrank.models_zoo.training.shipping import encoder
from brainrank.models_zoo.training.training_images import read_images

IMAGES = Path(__file__).parents[2] / "shared" / "data" / "cifar10-images"
WRITTEN = Path(__file__).with_suffix(".json")
OBJECTIVES = ("supervised", "simclr", "autoencoder", "clip", "rotation")
STEPS = {"supervised": (0, 2, 10, 50, 100, 200, 500, 800)}
FEW = (0, 50, 200, 800)  # of the other objectives
BENCHMARKS = {
    "V4": "cowley2023.v4-210325.encoding",
    "IT": "kriegeskorte2008.human-it.rsa",
    "judgements": "kriegeskorte2008.judgements.rsa",
    "silhouettes": "geirhos2021.silhouette.error-consistency",
    "learning": "huber2024.learning",
}
RECIPE = Recipe(precision="bf16")


def main() -> None:
    """Train what is missing, score every step, and write what came out after each."""
    settings = Settings()
    folder = settings.home / "trained"
    torch.set_num_threads(1)
    found: dict[str, Any] = json.loads(WRITTEN.read_text()) if WRITTEN.is_file() else {}
    with TerminalReporter() as reporter:
        sets = Sets(
            read_images(IMAGES / "train-25000.zip", side=SIDE, reporter=reporter),
            read_images(IMAGES / "test.zip", side=SIDE, reporter=reporter),
            IMAGES / "train-25000.zip",
            IMAGES / "test.zip",
        )
        for objective in OBJECTIVES:
            if not (folder / f"{objective}-0.safetensors").is_file():
                make(objective, sets, RECIPE, seed=0, folder=folder, reporter=reporter)
            found[objective] = {}
            for step, scored in _steps(objective, folder, sets, settings, reporter):
                found[objective][str(step)] = scored
                WRITTEN.write_text(json.dumps(found, indent=1) + "\n")


def _steps(
    objective: str, folder: Path, sets: Sets, settings: Settings, reporter: Reporter
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the encoder scores after each step, and what can be read out of it."""
    catalogue = open_catalogue(settings.locations)
    known, asked = sets.known.first_of_each(KNOWN), sets.held_out.first_of_each(HELD_OUT)
    design = find_design(design_of(objective))
    wanted = [catalogue.benchmark(name) for name in BENCHMARKS.values()]
    for step in STEPS.get(objective, FEW):
        file = folder / f"{objective}-0" / "series" / f"step-{step:06}.safetensors"
        spec = find_model(f"file:{file}#trained:{design_of(objective)}")
        scored = score_all([spec], wanted, catalogue, device="cpu", again=False, required=()).as_json()
        read = accuracy(encoder(design, file), design.layers[-1], known=known, held_out=asked)
        reporter.message(f"{objective}, step {step}: probe {read.linear_probe:.3f}")
        yield step, {"probe": read.linear_probe, "scores": [_kept(each) for each in scored]}


def _kept(score: dict[str, Any]) -> dict[str, Any]:
    return {name: score.get(name) for name in ("benchmark", "value", "interval", "ceiling", "layers", "reason")}


if __name__ == "__main__":
    main()
