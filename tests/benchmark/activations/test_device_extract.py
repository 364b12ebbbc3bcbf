"""Gram matrices on the device that passes the images, with the CPU as that device, against those by way of the host."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations import device_extract, extract
from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.device_extract import Staying, grams_on_device
from brainrank.benchmark.activations.device_gram import Blocks
from brainrank.benchmark.activations.device_plan import DevicePlan
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import ActivationsError, Extraction, LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

MANY = 10**12


class Stages(nn.Module):
    """Stages that end in place on what was taken; above `most` images at once, memory runs out behind the first.

    `passed` is how many images each pass had.
    """

    def __init__(self, most: int = 1000) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stages = nn.ModuleList([nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3)])
        self.most, self.passed = most, list[int]()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.passed.append(len(images))
        for stage in self.stages:
            images = torch.relu_(stage(images))
            if len(images) > self.most:
                raise torch.OutOfMemoryError("out of memory")
        return images


LAYERS = ("stages.*", "stages.0:mean")


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 45, (10, 12))


def forward(stimuli: StimulusSet, network: nn.Module) -> ForwardPass:
    return ForwardPass(
        network,
        stimuli,
        layers=LAYERS,
        preprocessing=Preprocessing(size=(8, 8)),
        pooling="flatten",
        device=torch.device("cpu"),
    )


def there(
    stimuli: StimulusSet, network: nn.Module, size: BatchSize, *, device_bytes: int = MANY, precision: str = "float32"
) -> list[LayerGram]:
    passing = forward(stimuli, network)
    found = grams_on_device(
        passing,
        passing.look(in_order=False),
        reporter=Silent(),
        extraction=Extraction(precision=precision),
        batch_size=size,
        device_bytes=device_bytes,
    )
    assert found is not None
    return list(found)


def blocks_of(held: int) -> Callable[..., DevicePlan]:
    return lambda _sizes, *, batch_size, **_: DevicePlan(batch_size, Blocks(held, 2 * batch_size))


@pytest.mark.parametrize("held", [45, 32, 16, 8])
@pytest.mark.parametrize("most", [1000, 3])
def test_they_are_those_by_way_of_the_host(
    stimuli: StimulusSet, held: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(extract.extract(forward(stimuli, Stages()), reporter=Silent(), batch_size=BatchSize(8)))
    monkeypatch.setattr(device_extract, "plan_blocks", blocks_of(held))
    size = BatchSize(8)
    found = there(stimuli, Stages(most), size)
    assert size.value == (8 if most > 8 else 2)
    assert [each.layer for each in found] == ["stages.0", "stages.1", "stages.0:mean"]
    for one, other in zip(found, expected, strict=True):
        assert (one.layer, one.n_features) == (other.layer, other.n_features)
        scale = np.abs(other.gram).max()
        np.testing.assert_allclose(one.gram, other.gram, atol=1e-6 * scale)
        np.testing.assert_allclose(one.mean_products, other.mean_products, atol=1e-5 * np.sqrt(scale))
    assert found[2].features is not None  # 16 features of 45 stimuli
    assert found[0].features is None


def test_memory_that_runs_out_in_a_turn_halves_the_batch(stimuli: StimulusSet, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(Stages):
        """Has less memory once it has passed forty images."""

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.most = 1000 if sum(self.passed) < 40 else 4
            return super().forward(images)

    monkeypatch.setattr(device_extract, "plan_blocks", blocks_of(16))
    size = BatchSize(8)
    found = there(stimuli, Later(), size)
    assert size.value == 4
    for one, other in zip(found, there(stimuli, Stages(), BatchSize(8)), strict=True):
        np.testing.assert_allclose(one.gram, other.gram, atol=1e-6 * np.abs(other.gram).max())


def test_images_of_later_turns_stay_and_files_are_read_once(
    stimuli: StimulusSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_extract, "plan_blocks", blocks_of(16))
    network = Stages()
    read = list[int]()
    batches = ForwardPass.batches
    monkeypatch.setattr(ForwardPass, "batches", lambda self, size: read.append(size.value) or batches(self, size))
    there(stimuli, network, BatchSize(8))
    # One image alone and in company, a batch that is measured, then 45, 29 and 13 images.
    assert network.passed == [1, 3, 8, *[8] * 5, 5, *[8] * 3, 5, 8, 5]
    assert read == [8]


def test_the_device_decides_the_blocks_and_too_little_is_told(stimuli: StimulusSet) -> None:
    network, rows = Stages(), (16 * 36 + 8 * 16) * 4
    whole = there(stimuli, network, BatchSize(8))
    passing = forward(stimuli, network)
    network.passed.clear()
    tight = 45 * rows * 9 // 10 + 3 * 45**2 * 8 + 3_000_000
    for one, other in zip(there(stimuli, network, BatchSize(8), device_bytes=tight), whole, strict=True):
        np.testing.assert_allclose(one.gram, other.gram, atol=1e-6 * np.abs(other.gram).max())
    none = grams_on_device(
        passing,
        passing.look(in_order=False),
        reporter=Silent(),
        extraction=Extraction(),
        batch_size=BatchSize(8),
        device_bytes=1000,
    )
    assert none is None


def test_memory_that_is_gone_when_it_is_wanted_means_the_way_by_the_host(
    stimuli: StimulusSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def __init__(self, *_args: object, **_options: object) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

    told = list[str]()
    reporter = Silent()
    monkeypatch.setattr(reporter, "message", told.append, raising=False)
    monkeypatch.setattr(device_extract, "DeviceGram", Gone)
    monkeypatch.setattr(extract, "free_bytes", lambda _device: MANY)
    monkeypatch.setattr(extract, "features_stay", lambda _forward: True)
    found = list(extract.extract(forward(stimuli, Stages()), reporter=reporter, batch_size=BatchSize(8)))
    monkeypatch.setattr(extract, "features_stay", lambda _forward: False)
    expected = list(extract.extract(forward(stimuli, Stages()), reporter=Silent(), batch_size=BatchSize(8)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.gram, other.gram)
    assert told == ["The GPU's memory, or --memory, holds too little for features to stay; they come to this machine"]


def test_bf16_is_near_and_rows_in_it_stay_so(tmp_path: Path) -> None:
    many = noise_stimuli(tmp_path, 300, (10, 12))
    exact, rounded = (there(many, Stages(), BatchSize(50), precision=each) for each in ("float32", "bf16"))
    for one, other in zip(exact, rounded, strict=True):
        assert 0 < np.abs(one.gram - other.gram).max() < 0.02 * np.abs(one.gram).max()


def test_a_card_takes_this_way_and_not_a_number_names_the_layer(
    stimuli: StimulusSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a card: its memory is free, and products stay there."""

    class Broken(Stages):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(torch.where(images.mean(dim=(1, 2, 3), keepdim=True) > 0.5, torch.nan, images))

    monkeypatch.setattr(extract, "free_bytes", lambda _device: MANY)
    monkeypatch.setattr(extract, "features_stay", lambda _forward: True)
    taken = list[str]()
    take = Staying.take
    monkeypatch.setattr(
        Staying, "take", lambda self, layer, start, rows: taken.append(layer) or take(self, layer, start, rows)
    )
    assert len(list(extract.extract(forward(stimuli, Stages()), reporter=Silent()))) == 3
    assert set(taken) == {"stages.0", "stages.1", "stages.0:mean"}
    with pytest.raises(ActivationsError, match=r"Layer 'stages.0' puts out NaN or infinity for \d+ of 45 .* image-\d"):
        list(extract.extract(forward(stimuli, Broken()), reporter=Silent()))
