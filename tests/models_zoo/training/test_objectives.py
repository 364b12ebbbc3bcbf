"""Every objective: its loss falls on a repeated batch, its gradient reaches the encoder, chance is only the batch's."""

import math
import sys

import pytest
import torch
from torch.nn import functional

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.models_zoo.training.augment import blurred, cropped, luminance, recoloured
from brainrank.models_zoo.training.captions import TextTower, captions_of, text_tower_of, vocabulary_of
from brainrank.models_zoo.training.loop import seeded
from brainrank.models_zoo.training.objective import OBJECTIVES, Batch, create
from brainrank.models_zoo.training.objectives.class_vae import cross_covariance_penalty
from brainrank.models_zoo.training.objectives.colourisation import BINS, colour_classes
from brainrank.models_zoo.training.objectives.gan import GAN
from brainrank.models_zoo.training.objectives.jigsaw import Jigsaw, unlike_orders
from brainrank.models_zoo.training.objectives.vae import Posterior
from brainrank.models_zoo.training.training_images import TrainingImages

LEARNING = [name for name in OBJECTIVES if name != "untrained"]
STEPS = 6


def batch_of(images: TrainingImages, *, seed: int = 0) -> Batch:
    chosen = torch.arange(0, len(images), 6)
    return Batch(images.pixels[chosen], images.labels[chosen], 0.5, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", LEARNING)
def test_the_loss_falls_on_a_repeated_batch(name: str, images: TrainingImages) -> None:
    objective = seeded(name, images.categories, seed=0)
    moved = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(moved, lr=2e-3)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = objective.loss(batch_of(images))
        torch.autograd.backward(loss)
        assert all(each.grad is not None and each.grad.isfinite().all() for each in objective.backbone.parameters())
        optimiser.step()
        objective.after_step()
        losses.append(float(loss.detach()))
    assert name == "gan" or losses[-1] < losses[0]
    assert all(math.isfinite(loss) for loss in losses)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_either_player_gains_while_the_other_stands_still(player: str, images: TrainingImages) -> None:
    objective = seeded("gan", images.categories, seed=0)
    assert isinstance(objective, GAN)
    optimiser = torch.optim.AdamW(objective.get_submodule(player).parameters(), lr=2e-3)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        torch.autograd.backward(objective.loss(batch_of(images)))
        losses.append(float(objective.terms(batch_of(images))._asdict()[player].detach()))
        optimiser.step()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", LEARNING)
def test_chance_comes_from_the_batch_alone(name: str, images: TrainingImages) -> None:
    losses = []
    for stray in (1, 2):
        objective = seeded(name, images.categories, seed=0)
        torch.manual_seed(stray)
        losses.append(float(objective.loss(batch_of(images)).detach()))
    assert losses[0] == losses[1]


def test_all_objectives_begin_with_the_same_network(images: TrainingImages) -> None:
    first = [seeded(name, images.categories, seed=3).backbone.state_dict() for name in ("untrained", "gan", "clip")]
    assert all(torch.equal(state[key], first[0][key]) for state in first for key in first[0])
    other = seeded("untrained", images.categories, seed=4).backbone.state_dict()
    assert not torch.equal(first[0]["stem.0.weight"], other["stem.0.weight"])


def test_an_unknown_objective_names_the_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean simclr"):
        create("simcrl", ("a", "b"))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightly.loss", None)
    monkeypatch.delitem(sys.modules, "brainrank.models_zoo.training.objectives.simclr", raising=False)
    with pytest.raises(UserError, match=r"'simclr' needs a package .* -m pip install 'lightly>="):
        create("simclr", ("a", "b"))


def test_an_objective_with_labels_asks_for_categories() -> None:
    with pytest.raises(InvalidDataError, match="choose an objective without labels"):
        create("supervised", ("",))


class TestAugmentation:
    def test_stays_in_range_and_repeats_for_a_seed(self, images: TrainingImages) -> None:
        views = [batch_of(images, seed=seed).view() for seed in (0, 0, 1)]
        assert torch.equal(views[0], views[1])
        assert not torch.equal(views[0], views[2])
        assert views[0].min() >= 0
        assert views[0].max() <= 1

    def test_a_uniform_image_has_only_its_colour_changed(self) -> None:
        uniform = torch.full((4, 3, 16, 16), 0.5)
        generator = torch.Generator().manual_seed(0)
        assert torch.allclose(cropped(uniform, generator=generator), uniform)
        recolour = recoloured(uniform, generator=generator)
        assert torch.allclose(recolour, recolour[..., :1, :1].expand_as(recolour))

    def test_half_are_mirrored(self) -> None:
        ramp = torch.linspace(0, 1, 32).expand(200, 3, 32, 32).contiguous()
        views = cropped(ramp, generator=torch.Generator().manual_seed(0))
        assert 70 < int((views[:, 0, 16, 0] > views[:, 0, 16, -1]).sum()) < 130

    @pytest.mark.parametrize("sigma", [0.7, 2.0, 6.0])
    def test_blur_is_a_gaussian_filter(self, sigma: float) -> None:
        from scipy.ndimage import gaussian_filter

        images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        expected = gaussian_filter(images.numpy(), sigma=(0, 0, sigma, sigma), mode="nearest", truncate=4)
        assert abs(blurred(images.float(), sigma).numpy() - expected).max() < 2e-3

    def test_no_blur_is_no_change(self) -> None:
        images = torch.rand(1, 3, 8, 8)
        assert blurred(images, 0.0) is images

    def test_luminance_of_grey_is_grey(self) -> None:
        assert torch.allclose(luminance(torch.full((1, 3, 2, 2), 0.3)), torch.full((1, 1, 2, 2), 0.3), atol=1e-3)


class TestJigsaw:
    def test_orders_are_unlike(self) -> None:
        orders = unlike_orders()
        assert len({tuple(order.tolist()) for order in orders}) == len(orders) == 32
        different = (orders[:, None] != orders[None]).sum(dim=2) + 9 * torch.eye(32, dtype=torch.long)
        assert different.min() >= 7

    def test_tiles_go_where_the_order_says(self, images: TrainingImages) -> None:
        objective = seeded("jigsaw", images.categories, seed=0)
        assert isinstance(objective, Jigsaw)
        levels = torch.arange(9).view(3, 3).repeat_interleave(21, 0).repeat_interleave(21, 1) / 10
        image = functional.pad(levels, (0, 1, 0, 1)).expand(1, 3, 64, 64)
        number = torch.tensor([5])
        shuffled = objective.shuffled(image, number, generator=torch.Generator().manual_seed(0))
        middles = shuffled[0, 0, 10:63:21, 10:63:21].flatten() * 10
        assert middles.round().long().tolist() == unlike_orders()[5].tolist()


def test_colour_classes_tell_colours_apart() -> None:
    colours = torch.tensor([[0.5, 0.5, 0.5], [0.8, 0.3, 0.3], [0.3, 0.3, 0.8], [0.3, 0.8, 0.3]])
    classes = colour_classes(colours[..., None, None])
    assert len(set(classes.flatten().tolist())) == 4
    assert classes.min() >= 0
    assert classes.max() < BINS**2


def test_the_divergence_is_that_of_normal_distributions() -> None:
    mean, log_variance = torch.tensor([[0.3, -1.0]]), torch.tensor([[0.2, -0.5]])
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0)).sum()
    assert float(Posterior(mean, log_variance).divergence()) == pytest.approx(float(expected), rel=1e-5)


def test_cross_covariance_is_numpys() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    units, latents = rng.standard_normal((20, 3)), rng.standard_normal((20, 5))
    block = np.cov(units.T, latents.T, bias=True)[:3, 3:]
    found = cross_covariance_penalty(torch.from_numpy(units), torch.from_numpy(latents))
    assert float(found) == pytest.approx((block**2).sum() / 2)


class TestCaptions:
    def test_name_the_category(self) -> None:
        captions = captions_of("airplane")
        assert "a photo of an airplane" in captions
        assert "this is a plane, a vehicle" in captions
        assert captions_of("fire_truck")[0] == "a photo of a fire truck"

    def test_a_tower_comes_back_from_its_tensors(self) -> None:
        captions = captions_of("cat") + captions_of("ship")
        tower = TextTower(vocabulary_of(captions)).eval()
        again = text_tower_of(tower.state_dict())
        assert again.numbers == tower.numbers
        with torch.inference_mode():
            assert torch.equal(again(captions), tower(captions))
            plain, odd = tower(["a photo of a cat", "a PHOTO of a cat, zyzzyva!"])
            assert torch.equal(plain, odd)
