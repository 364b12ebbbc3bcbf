"""Extraction, on a tiny network and tiny images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from tiny_network import PREPROCESSING, Stages, run, run_all
from torch import nn

from brainrank.benchmark.activations.extract import choose_device, features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.activations import ActivationsError, Extraction
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.pair = nn.MaxPool2d(2, return_indices=True)
        self.unused = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.pair(self.conv(images))[0]
        return output


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 20, (10, 12))


@pytest.mark.parametrize("pooling", ["flatten", "mean"])
def test_gram_is_the_product_of_the_features(stimuli: StimulusSet, pooling: str) -> None:
    network = Tiny().eval()
    transform = image_transform(PREPROCESSING)
    images = torch.stack([transform(read_image(each.path)) for each in stimuli.stimuli])
    with torch.inference_mode():
        output = network.conv(images)
    features = (output.flatten(1) if pooling == "flatten" else output.mean(dim=(2, 3))).double().numpy()
    found = run(network, stimuli, "conv", pooling)
    centred = features - features.mean(axis=0)
    np.testing.assert_allclose(found.gram, centred @ centred.T, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.row_sums, centred.sum(axis=1), rtol=1e-4, atol=1e-5)
    assert found.n_features == features.shape[1]


def test_blocks_of_features_add_up() -> None:
    features = np.random.default_rng(0).standard_normal((5, 150_000)).astype(np.float32)
    exact = features.astype(np.float64)
    exact -= exact.mean(axis=0)
    np.testing.assert_allclose(layer_gram("wide", features).gram, exact @ exact.T, rtol=1e-12, atol=1e-9)


def test_an_unknown_layer_suggests_near_ones(stimuli: StimulusSet) -> None:
    with pytest.raises(UnknownNameError, match="Unknown layer 'convv': did you mean conv"):
        run(Tiny(), stimuli, "convv")


def test_a_layer_that_never_runs_is_named(stimuli: StimulusSet) -> None:
    with pytest.raises(ActivationsError, match="Layer 'unused' never runs"):
        run(Tiny(), stimuli, "unused")


def test_a_layer_without_one_tensor_is_named(stimuli: StimulusSet) -> None:
    with pytest.raises(ActivationsError, match="'pair' runs once and puts out pair:0, pair:1; name one of these"):
        run(Tiny(), stimuli, "pair")
    assert run(Tiny(), stimuli, "pair:0").n_features == 4 * 9
    with pytest.raises(ActivationsError, match="'pair:2' is not one tensor"):
        run(Tiny(), stimuli, "pair:2")


def test_a_truncated_image_is_named(stimuli: StimulusSet) -> None:
    path = stimuli.stimuli[7].path
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InvalidDataError, match=f"{path} is not a readable image"):
        run(Tiny(), stimuli, "conv")


def test_cuda_without_a_gpu_is_an_error_and_not_a_fallback() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(UserError, match="choose cpu or auto"):
        choose_device("cuda")
    with pytest.raises(UnknownNameError, match="did you mean cuda"):
        choose_device("cuda0")
    assert choose_device("auto").type == "cpu"


def test_globs_come_in_the_order_of_the_pass_and_the_pass_stops_behind_the_last(stimuli: StimulusSet) -> None:
    network = Stages()
    made = run_all(network, stimuli, "stages.1:mean", "stages.*")
    assert [each.layer for each in made] == ["stages.1:mean", "stages.0", "stages.1", "stages.2"]
    assert [each.n_features for each in made] == [64, 64 * 36, 64 * 16, 8 * 4]
    assert network.heads_run == 1  # of the first look at one image, which sees the whole pass


def test_a_layer_whose_output_is_changed_in_place_is_taken_before_that(stimuli: StimulusSet) -> None:
    network = Stages().eval()
    transform = image_transform(PREPROCESSING)
    images = torch.stack([transform(read_image(each.path)) for each in stimuli.stimuli])
    with torch.inference_mode():
        expected = network.stages[0](images).flatten(1).double().numpy()
    assert expected.min() < 0
    centred = expected - expected.mean(axis=0)
    np.testing.assert_allclose(run(network, stimuli, "stages.0").gram, centred @ centred.T, rtol=1e-4, atol=1e-5)
    (found,) = features(
        ForwardPass(
            network,
            stimuli,
            layers=["stages.0"],
            preprocessing=PREPROCESSING,
            pooling="flatten",
            device=torch.device("cpu"),
        ),
        reporter=Silent(),
    )
    assert found.layer == "stages.0"
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-5)


def test_not_a_number_names_the_layer_and_the_first_stimuli(stimuli: StimulusSet) -> None:
    class Broken(Stages):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(torch.where(images.mean(dim=(1, 2, 3), keepdim=True) > 0.5, torch.nan, images))

    with pytest.raises(ActivationsError, match=r"Layer 'stages.0' puts out NaN or infinity for \d+ of 20 .* image-\d"):
        run(Broken(), stimuli, "stages.0")


def test_a_layer_that_runs_twice_is_named(stimuli: StimulusSet) -> None:
    with pytest.raises(
        ActivationsError, match="'act' runs 3 times in a forward pass and puts out act#1, act#2, act#3;"
    ):
        run(Stages(), stimuli, "act")
    with pytest.raises(ActivationsError, match="'conv#1' is not one tensor: 'conv' runs once and puts out conv; name"):
        run(Tiny(), stimuli, "conv#1")


def test_a_network_that_cannot_do_with_channels_last_runs_without(stimuli: StimulusSet) -> None:
    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.rows = nn.Identity()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            maps = self.conv(images)
            output: torch.Tensor = self.rows(maps.view(len(maps), -1))
            return output

    assert run(Views(), stimuli, "rows").n_features == 4 * 36


def test_bf16_is_close_and_not_the_same(stimuli: StimulusSet) -> None:
    (exact,) = run_all(Stages(), stimuli, "stages.1")
    (rounded,) = run_all(Stages(), stimuli, "stages.1", extraction=Extraction(precision="bf16"))
    assert 0 < np.abs(rounded.gram - exact.gram).max() < 0.05 * np.abs(exact.gram).max()
    with pytest.raises(UnknownNameError, match="Unknown precision 'fp8'"):
        run_all(Stages(), stimuli, "stages.1", extraction=Extraction(precision="fp8"))


@pytest.mark.gpu
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-3), ("bf16", 0.05)])
def test_the_gpu_agrees_with_the_cpu(stimuli: StimulusSet, precision: str, tolerance: float) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    expected = run_all(Stages(), stimuli, "stages.*")
    forward = {"device": torch.device("cuda")}
    found = run_all(Stages(), stimuli, "stages.*", forward=forward, extraction=Extraction(precision=precision))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one.gram, other.gram, rtol=tolerance, atol=tolerance * np.abs(one.gram).max())
