"""Training: the same seed gives the same weights, a run that was stopped goes on as if it had not been."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.training import loop
from brainrank.models_zoo.training.checkpoint import everything_in
from brainrank.models_zoo.training.loop import Trained, TrainingError, batch_of, train
from brainrank.models_zoo.training.objective import Objective
from brainrank.models_zoo.training.recipe import Recipe
from brainrank.models_zoo.training.training_images import TrainingImages

RECIPE = Recipe(steps=4, batch_size=8)


class StopError(Exception):
    """What a killed process would be."""


class StopsAfter(Silent):
    def __init__(self, step: int) -> None:
        self.step = step

    def progress(self, stage: str, done: int, total: int) -> None:
        if stage.startswith("training") and done == self.step:
            raise StopError


def trained(name: str, images: TrainingImages, folder: Path, *, seed: int = 0, recipe: Recipe = RECIPE) -> Trained:
    return train(name, images, recipe, seed=seed, folder=folder, reporter=Silent())


def same(a: Objective, b: Objective) -> bool:
    mine, others = everything_in(a), everything_in(b)
    return mine.keys() == others.keys() and all(torch.equal(mine[name], others[name]) for name in mine)


def test_the_same_seed_gives_the_same_weights_bit_for_bit(images: TrainingImages, tmp_path: Path) -> None:
    first = trained("moco", images, tmp_path / "a")
    torch.rand(3)  # what else draws numbers in the process has no say
    second, other = trained("moco", images, tmp_path / "b"), trained("moco", images, tmp_path / "c", seed=1)
    assert same(first.objective, second.objective)
    assert first.progress.losses == second.progress.losses
    assert not same(first.objective, other.objective)


# Between them: a queue that is in no state dict, slow copies, a generator, batch statistics.
@pytest.mark.parametrize("name", ["moco", "byol", "gan", "vae"])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    name: str, images: TrainingImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(name, images, tmp_path / "whole")
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    with pytest.raises(StopError):
        train(name, images, RECIPE, seed=0, folder=tmp_path / "stopped", reporter=StopsAfter(2))
    resumed = trained(name, images, tmp_path / "stopped")
    assert same(whole.objective, resumed.objective)
    assert whole.progress.losses == resumed.progress.losses


def test_a_finished_run_is_not_trained_again(images: TrainingImages, tmp_path: Path) -> None:
    first = trained("rotation", images, tmp_path)
    again = train("rotation", images, RECIPE, seed=0, folder=tmp_path, reporter=StopsAfter(1))
    assert same(first.objective, again.objective)
    assert first.progress == again.progress


@pytest.mark.parametrize("change", [{"seed": 1}, {"recipe": replace(RECIPE, learning_rate=1e-3)}])
def test_a_checkpoint_of_another_run_is_refused(
    change: dict[str, object], images: TrainingImages, tmp_path: Path
) -> None:
    trained("rotation", images, tmp_path)
    with pytest.raises(InvalidDataError, match=r"is of another run \((seed 0 there, 1 here|learning_rate 0.002 there)"):
        trained("rotation", images, tmp_path, **change)  # type: ignore[arg-type]


def test_a_checkpoint_of_all_images_is_not_that_of_some(images: TrainingImages, tmp_path: Path) -> None:
    trained("rotation", images, tmp_path)
    with pytest.raises(InvalidDataError, match="n_images 96 there, 72 here"):
        trained("rotation", images.split(every=4)[0], tmp_path)


def test_a_damaged_checkpoint_says_what_to_do(images: TrainingImages, tmp_path: Path) -> None:
    (tmp_path / loop.CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(InvalidDataError, match="delete it to start anew"):
        trained("rotation", images, tmp_path)


def test_the_series_is_log_spaced(images: TrainingImages, tmp_path: Path) -> None:
    trained("rotation", images, tmp_path)
    assert [file.stem for file in sorted((tmp_path / "series").iterdir())] == [
        f"step-{step:06}" for step in (0, 1, 2, 4)
    ]
    assert Recipe(steps=700).series() == (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 700)
    first = load_file(tmp_path / "series" / "step-000000.safetensors")
    last = load_file(tmp_path / "series" / "step-000004.safetensors")
    assert not torch.equal(first["stem.0.weight"], last["stem.0.weight"])


def test_every_epoch_shows_every_image_once() -> None:
    first = [batch_of(step, n_images=100, batch_size=10, seed=0) for step in range(20)]
    assert torch.cat(first[:10]).sort().values.tolist() == list(range(100))
    assert torch.cat(first[10:]).sort().values.tolist() == list(range(100))
    assert not torch.equal(torch.cat(first[:10]), torch.cat(first[10:]))


def test_the_learning_rate_rises_and_falls() -> None:
    recipe = Recipe(steps=100, learning_rate=1.0, warm_up=0.1)
    rates = [recipe.learning_rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == max(rates[8:12])
    assert rates[-1] < 0.001
    assert all(rate > following for rate, following in itertools.pairwise(rates[10:]))


def test_bf16_changes_the_products_and_comes_out_as_float32(images: TrainingImages, tmp_path: Path) -> None:
    plain = trained("supervised", images, tmp_path / "a", recipe=replace(RECIPE, steps=1))
    rounded = trained("supervised", images, tmp_path / "b", recipe=replace(RECIPE, steps=1, precision="bf16"))
    assert plain.progress.losses[0] == pytest.approx(rounded.progress.losses[0], rel=0.02)
    assert plain.progress.losses != rounded.progress.losses
    assert {each.dtype for each in rounded.objective.parameters()} == {torch.float32}


def test_a_loss_that_is_no_number_ends_the_run(images: TrainingImages, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="smaller learning rate"):
        trained("supervised", images, tmp_path, recipe=replace(RECIPE, learning_rate=1e20, warm_up=0.0))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch_size": 1}, {"precision": "fp8"}])
def test_a_recipe_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidDataError):
        Recipe(**wrong)  # type: ignore[arg-type]
