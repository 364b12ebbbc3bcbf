"""What depends on chance or on the images beside one is found by two passes; what lies along another axis is moved."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from noise_images import noise_stimuli
from torch import nn
from torch.nn import functional

from brainrank.benchmark.activations.extract import extract, features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.repeatable import TwoPasses, batch_axis
from brainrank.benchmark.types.activations import ActivationsError, LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet


class Made(nn.Module):
    """A convolution, and what is done behind it."""

    def __init__(self, behind: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.behind = nn.Conv2d(3, 4, 3, stride=2), behind

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.behind(self.conv(images))
        return output


class LiveDropout(nn.Module):
    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return functional.dropout(maps, 0.1, training=True)


class Noise(nn.Module):
    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps + 0.1 * torch.randn(maps.shape[1:])  # the same for all images of a batch


class Ranked(nn.Module):
    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps - maps.mean(dim=0, keepdim=True)


class Tokens(nn.Module):
    """Blocks that put out (tokens, batch, width), or (batch, tokens, width)."""

    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.patch, self.block, self.batch_first = nn.Conv2d(3, 6, 4, 4), nn.Linear(6, 6), batch_first
        self.cls_token = nn.Parameter(torch.randn(1, 1, 6))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.patch(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
        output: torch.Tensor = self.block(tokens if self.batch_first else tokens.transpose(0, 1))
        return output


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 20, (10, 12))


def run(network: nn.Module, stimuli: StimulusSet, layer: str, *, size: tuple[int, int] = (8, 8)) -> LayerGram:
    (made,) = extract(
        ForwardPass(
            network,
            stimuli,
            layers=[layer],
            preprocessing=Preprocessing(size=size),
            pooling="flatten",
            device=torch.device("cpu"),
        ),
        reporter=Silent(),
    )
    return made


@pytest.mark.parametrize(
    ("behind", "message"),
    [
        (LiveDropout(), "gives one image shown twice two different responses.*self.training"),
        (nn.BatchNorm2d(4, track_running_stats=False), "when it is alone than beside others.*running statistics"),
        (Ranked(), "when it is alone than beside others"),
        (Noise(), "when it is alone than beside others.*or is random"),
    ],
)
def test_chance_and_company_are_refused(behind: nn.Module, message: str, stimuli: StimulusSet) -> None:
    with pytest.raises(ActivationsError, match=f"Layer 'behind' .*{message}"):
        run(Made(behind), stimuli, "behind")
    assert run(Made(behind), stimuli, "conv").n_features == 36  # what lies before it is as good as ever


@pytest.mark.parametrize("behind", [nn.BatchNorm2d(4), nn.Dropout(0.5), nn.GroupNorm(2, 4), nn.Softmax(dim=1)])
def test_what_treats_images_singly_is_not(behind: nn.Module, stimuli: StimulusSet) -> None:
    assert run(Made(behind), stimuli, "behind").n_features == 36


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "test_efficientnet", "test_convnext"])
def test_deep_networks_round_otherwise_in_company_and_are_taken(name: str, stimuli: StimulusSet) -> None:
    torch.manual_seed(0)
    network = timm.create_model(name).eval()
    layer = network.feature_info[-1]["module"] if name != "test_vit" else "blocks.5"
    assert np.isfinite(run(network, stimuli, layer, size=(160, 160)).gram).all()


@pytest.mark.parametrize("pooling", ["flatten", "mean", "cls"])
def test_tokens_before_the_batch_are_turned_round(pooling: str, stimuli: StimulusSet) -> None:
    found = [
        {
            each.layer: each.values
            for each in features(
                ForwardPass(
                    Tokens(batch_first=batch_first),
                    stimuli,
                    layers=["block"],
                    preprocessing=Preprocessing(size=(8, 8)),
                    pooling=pooling,
                    device=torch.device("cpu"),
                ),
                reporter=Silent(),
            )
        }["block"]
        for batch_first in (True, False)
    ]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)


def test_the_axis_of_images_is_the_one_that_grows() -> None:
    def axis(one: tuple[int, ...], three: tuple[int, ...]) -> int:
        return batch_axis("layer", TwoPasses(torch.zeros(one), torch.zeros(three)))

    assert axis((1, 5, 2), (3, 5, 2)) == 0
    assert axis((5, 1, 2), (5, 3, 2)) == 1
    assert axis((1, 1), (3, 1)) == 0
    for one, three in (((5, 2), (15, 2)), ((5, 2), (5, 2)), ((1, 5), (3, 15)), ((5, 1, 1), (5, 3, 3)), ((1,), (3, 1))):
        with pytest.raises(ActivationsError, match=r"not a row for each; choose another with --layer"):
            axis(one, three)


def test_a_network_that_cannot_take_the_images_says_so_in_a_line(stimuli: StimulusSet) -> None:
    for network in (Made(nn.Identity()).half(), Made(nn.Identity()).double(), nn.Sequential(nn.Conv2d(1, 2, 3))):
        with pytest.raises(ActivationsError, match=r"failed on float32 images of shape \(1, 3, 8, 8\)"):
            run(network, stimuli, "0" if isinstance(network, nn.Sequential) else "conv")
