"""Extraction, on a tiny network and tiny images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.extract import choose_device, extract, features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.activations import ActivationsError, Extraction, LayerGram
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

PREPROCESSING = Preprocessing(size=(8, 8))


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


def run_all(
    network: nn.Module, stimuli: StimulusSet, *layers: str, forward: Mapping[str, Any] = {}, **options: Any
) -> list[LayerGram]:
    wanted = {"preprocessing": PREPROCESSING, "pooling": "flatten", "device": torch.device("cpu"), **forward}
    return list(extract(ForwardPass(network, stimuli, layers=layers, **wanted), **{"reporter": Silent(), **options}))


def run(network: nn.Module, stimuli: StimulusSet, layer: str, pooling: str = "flatten") -> LayerGram:
    (made,) = run_all(network, stimuli, layer, forward={"pooling": pooling})
    return made


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


class Stages(nn.Module):
    """Three stages that end in place on what the hook has seen, and a head that must never run after the last one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stages = nn.ModuleList([nn.Conv2d(3, 64, 3), nn.Conv2d(64, 64, 3), nn.Conv2d(64, 8, 3)])
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(8, 2)
        self.heads_run = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for stage in self.stages:
            images = self.act(stage(images))
        self.heads_run += 1
        output: torch.Tensor = self.head(images.mean(dim=(2, 3)))
        return output


class Limited(Stages):
    """Runs out of memory above three images, on any device."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > 3:
            raise torch.OutOfMemoryError("out of memory")
        return super().forward(images)


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


def test_spilled_and_held_in_memory_are_the_same_to_the_last_bit(stimuli: StimulusSet, tmp_path: Path) -> None:
    held = run_all(Stages(), stimuli, "stages.*")
    # Three batches of the largest layer and the buffers, and not one layer more.
    tight = Extraction(memory_bytes=1_150_000)
    spilled = run_all(Stages(), stimuli, "stages.*", extraction=tight, spill_folder=tmp_path / "spill")
    assert (tmp_path / "spill").is_dir()
    for one, other in zip(held, spilled, strict=True):
        np.testing.assert_allclose(one.gram, other.gram, rtol=1e-12, atol=1e-12 * np.abs(one.gram).max())
        np.testing.assert_allclose(one.row_sums, other.row_sums, rtol=1e-6, atol=1e-6)
    assert list((tmp_path / "spill").iterdir()) == []


def test_two_runs_agree_to_the_last_bit_and_batch_sizes_nearly(stimuli: StimulusSet) -> None:
    first, second = (run_all(Stages(), stimuli, "stages.*") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.gram, other.gram)
    for size in (1, 3, 20):
        for one, other in zip(first, run_all(Stages(), stimuli, "stages.*", batch_size=BatchSize(size)), strict=True):
            np.testing.assert_allclose(one.gram, other.gram, rtol=1e-5, atol=1e-6 * np.abs(one.gram).max())


def test_batch_sizes_agree_to_the_last_bit_where_no_sum_depends_on_them(stimuli: StimulusSet) -> None:
    class Elementwise(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.Sigmoid()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = self.act(images)
            return output

    expected = run(Elementwise(), stimuli, "act").gram
    for size in (1, 7, 20):
        (found,) = run_all(Elementwise(), stimuli, "act", batch_size=BatchSize(size))
        np.testing.assert_array_equal(found.gram, expected)


def test_out_of_memory_halves_the_batch_and_is_remembered(stimuli: StimulusSet, tmp_path: Path) -> None:
    size = BatchSize(16, file=tmp_path / "size")
    (found,) = run_all(Limited(), stimuli, "stages.2", batch_size=size)
    expected = run(Stages(), stimuli, "stages.2").gram
    np.testing.assert_allclose(found.gram, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())
    assert size.value == 2
    assert BatchSize(16, file=tmp_path / "size").value == 2


def test_a_single_image_that_does_not_fit_is_an_error(stimuli: StimulusSet) -> None:
    class Hungry(Stages):
        def __init__(self, passes: int) -> None:
            super().__init__()
            self.left = passes

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.left -= 1
            if self.left < 0:
                raise torch.OutOfMemoryError("out of memory")
            return super().forward(images)

    with pytest.raises(ActivationsError, match="memory of the cpu does not hold a forward pass of one image"):
        run(Hungry(2), stimuli, "stages.2")
    with pytest.raises(ActivationsError, match="memory of the cpu does not hold a forward pass of 3 images, by which"):
        run(Hungry(1), stimuli, "stages.2")


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


def test_a_budget_too_small_for_one_image_says_what_it_takes(stimuli: StimulusSet) -> None:
    with pytest.raises(UserError, match=r"layer 'stages.0' \(2,304 features\).* --memory \d+MiB"):
        run_all(Stages(), stimuli, "stages.*", extraction=Extraction(memory_bytes=100_000))


def test_a_budget_that_holds_no_whole_batch_takes_a_smaller_one(stimuli: StimulusSet, tmp_path: Path) -> None:
    size, needed = BatchSize(16, file=tmp_path / "size"), 3 * 20 * 20 * 8 + 1024 * 20 * 16 + 3 * 4 * 3072 * 4
    extraction = Extraction(memory_bytes=needed)  # four images of the largest layer, in three buffers
    found = run_all(Stages(), stimuli, "stages.*", batch_size=size, extraction=extraction, spill_folder=tmp_path)
    assert (size.value, BatchSize(16, file=tmp_path / "size").value) == (4, 16)
    for one, other in zip(found, run_all(Stages(), stimuli, "stages.*", batch_size=BatchSize(4)), strict=True):
        np.testing.assert_allclose(one.gram, other.gram, rtol=1e-12, atol=1e-12 * np.abs(one.gram).max())


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
