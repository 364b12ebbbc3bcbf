"""The training loop: the same for every objective, resumable, and the same every time for a seed on one machine."""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch

from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.training.architectures import design_of, find_design
from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.checkpoint import Progress, load_checkpoint, save_checkpoint, write_tensors
from brainrank.models_zoo.training.objective import Batch, Objective, create
from brainrank.models_zoo.training.recipe import Recipe
from brainrank.models_zoo.training.shipping import tensors_to_ship
from brainrank.models_zoo.training.training_images import TrainingImages

CHECKPOINT = "checkpoint.safetensors"
SAVE_EVERY_S = 60.0


class TrainingError(BrainrankError):
    """A run whose loss is no number any more."""


class Trained(NamedTuple):
    """The objective after its last step, and how it came there."""

    objective: Objective
    progress: Progress


def train(name: str, images: TrainingImages, recipe: Recipe, *, seed: int, folder: Path, reporter: Reporter) -> Trained:
    """Train an objective, from the checkpoint in `folder` if there is one, and keep a series of encoders there.

    Raises UnknownNameError and InvalidDataError as `create` and `load_checkpoint` do, TrainingError when the loss is
    not finite.
    """
    objective = seeded(name, images.categories, seed=seed)
    if not objective.learns:
        return Trained(objective, Progress(0, 0.0, ()))
    run = run_settings(name, images, recipe, seed=seed)
    for module in objective.modules():
        if isinstance(module, Backbone):
            module.bf16 = recipe.precision == "bf16"
    moved = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(moved, weight_decay=recipe.weight_decay, fused=True)
    progress = Progress(0, 0.0, ())
    if (folder / CHECKPOINT).is_file():
        progress = load_checkpoint(folder / CHECKPOINT, objective, optimiser, run=run)
        reporter.message(f"{name}: going on after step {progress.step} of {recipe.steps}")
    else:
        keep_encoder(folder, objective, images, step=0)
    losses, started, saved = list(progress.losses), time.monotonic() - progress.seconds, time.monotonic()
    for step in range(progress.step, recipe.steps):
        losses.append(one_step(objective, optimiser, images, recipe, seed=seed, step=step))
        in_series = step + 1 in recipe.series()
        if in_series:
            keep_encoder(folder, objective, images, step=step + 1)
        if in_series or time.monotonic() - saved > SAVE_EVERY_S:
            saved = time.monotonic()
            progress = Progress(step + 1, saved - started, tuple(losses))
            save_checkpoint(folder / CHECKPOINT, objective, optimiser, run=run, progress=progress)
        reporter.progress(f"training {name}", step + 1, recipe.steps)
    return Trained(objective, progress)


def run_settings(name: str, images: TrainingImages, recipe: Recipe, *, seed: int) -> Mapping[str, Any]:
    """What decides a run: a checkpoint of another one is refused. A part of a folder has the digest of all of it."""
    data = {"images": images.digest, "n_images": len(images)}
    return {"objective": name, "seed": seed, **data, "backbone": find_design(design_of(name)).version, **asdict(recipe)}


def seeded(name: str, categories: tuple[str, ...], *, seed: int) -> Objective:
    """The objective with its first weights; those of the backbone depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number_from("weights", seed))
        objective = create(name, categories)
    return objective.to(memory_format=torch.channels_last).train()


def one_step(
    objective: Objective,
    optimiser: torch.optim.Optimizer,
    images: TrainingImages,
    recipe: Recipe,
    *,
    seed: int,
    step: int,
) -> float:
    """Take a step and return the loss before it."""
    for group in optimiser.param_groups:
        group["lr"] = recipe.learning_rate_at(step)
    chosen = batch_of(step, n_images=len(images), batch_size=recipe.batch_size, seed=seed)
    generator = torch.Generator().manual_seed(number_from("step", seed, step))
    batch = Batch(images.pixels[chosen], images.labels[chosen], step / recipe.steps, generator)
    optimiser.zero_grad()
    loss = objective.loss(batch)
    value = float(loss.detach())
    if not math.isfinite(value):
        raise TrainingError(f"The loss is {value} at step {step}; train with a smaller learning rate")
    torch.autograd.backward(loss)
    optimiser.step()
    objective.after_step()
    return value


def batch_of(step: int, *, n_images: int, batch_size: int, seed: int) -> torch.Tensor:
    """The images of a step: every epoch goes through all of them in a new order, without what is left of a batch."""
    epoch, place = divmod(step, max(1, n_images // batch_size))
    generator = torch.Generator().manual_seed(number_from("epoch", seed, epoch))
    order = torch.randperm(n_images, generator=generator)
    return order[place * batch_size :][:batch_size]


def number_from(*parts: str | int) -> int:
    """A seed for a generator that depends on all parts."""
    return int(hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:8], 16)


def keep_encoder(folder: Path, objective: Objective, images: TrainingImages, *, step: int) -> None:
    """Write the encoder as it is after a step, for studies of how representations come about."""
    tensors = tensors_to_ship(objective, images)
    write_tensors(folder / "series" / f"step-{step:06}.safetensors", tensors, {"step": str(step)})
