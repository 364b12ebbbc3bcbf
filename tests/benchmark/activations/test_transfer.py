"""Rows that come back from a device while it computes, on devices that copy at once and as late as they may."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations import forward_pass
from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.transfer import IN_FLIGHT, Overlapping, transit_bytes
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

FEATURES = {"one": 2, "two": 3}


class Quick:
    """A device whose copies are made when they are asked for: a buffer taken too early is overwritten."""

    def __init__(self) -> None:
        self.allocated = list[int]()

    def buffer(self, items: int) -> torch.Tensor:
        self.allocated.append(items)
        return torch.full((items,), torch.nan)

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        return images.to(memory_format=memory_format)

    def download(self, rows: torch.Tensor, into: torch.Tensor) -> None:
        into.copy_(rows)

    def mark(self) -> Callable[[], object]:
        return lambda: None


class Slow(Quick):
    """A device whose copies are made, in order, only once somebody waits: what is read too early is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ended = list[tuple[torch.Tensor, torch.Tensor]](), 0

    def download(self, rows: torch.Tensor, into: torch.Tensor) -> None:
        self.begun.append((rows.to(torch.float32, copy=True), into))

    def mark(self) -> Callable[[], object]:
        return partial(self.wait, len(self.begun))

    def wait(self, until: int) -> None:
        for rows, into in self.begun[self.ended : until]:
            into.copy_(rows)
        self.ended = max(self.ended, until)


def rows_of(start: int, n_images: int, layer: str) -> torch.Tensor:
    numbers = torch.arange(start, start + n_images, dtype=torch.float32)[:, None]
    return numbers * 10 + torch.arange(FEATURES[layer])


class Received:
    """Every row, put where it belongs."""

    def __init__(self, n_images: int) -> None:
        self.rows = {layer: torch.full((n_images, count), torch.nan) for layer, count in FEATURES.items()}
        self.starts = list[int]()

    def __call__(self, layer: str, start: int, rows: torch.Tensor) -> None:
        self.rows[layer][start : start + len(rows)] = rows
        self.starts.append(start)


every_link = pytest.mark.parametrize("kind", [Quick, Slow])


@every_link
def test_rows_are_received_a_batch_later_and_in_order(kind: type[Quick]) -> None:
    received, link = Received(20), kind()
    transfer, ends = Overlapping(link, FEATURES, received), list[list[int]]()
    for start in range(0, 20, 4):
        transfer.upload(torch.zeros(4, 1), torch.contiguous_format)
        for layer in FEATURES:
            transfer.take(layer, start, rows_of(start, 4, layer))
        ends.append(list(transfer.passed(start + 4)))
    assert ends == [[], [4], [8], [12], [16]]
    assert list(transfer.finish()) == [20]
    assert list(transfer.finish()) == []
    assert received.starts == [start for start in range(0, 20, 4) for _ in FEATURES]
    for layer, rows in received.rows.items():
        assert torch.equal(rows, rows_of(0, 20, layer))
    assert link.allocated == [4 * 5] * IN_FLIGHT  # as many buffers as batches in flight, however many batches


@every_link
def test_a_batch_that_failed_is_forgotten_and_passes_in_smaller_ones(kind: type[Quick]) -> None:
    received = Received(8)
    transfer = Overlapping(kind(), FEATURES, received)
    transfer.upload(torch.zeros(4, 1), torch.contiguous_format)
    for layer in FEATURES:
        transfer.take(layer, 0, rows_of(0, 4, layer))
    assert list(transfer.passed(4)) == []
    transfer.take("one", 4, rows_of(400, 4, "one"))  # and there memory ran out
    transfer.forget()
    assert list(transfer.finish()) == [4]
    for start in (4, 6):
        for layer in FEATURES:
            transfer.take(layer, start, rows_of(start, 2, layer))
        list(transfer.passed(start + 2))
    assert list(transfer.finish()) == [8]
    for layer, rows in received.rows.items():
        assert torch.equal(rows, rows_of(0, 8, layer))


class InPlace(nn.Module):
    """Stages that end in place on what was taken; above `most` images at once, memory runs out behind the first."""

    def __init__(self, most: int = 1000) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stages, self.most = nn.ModuleList([nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3)]), most

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for stage in self.stages:
            images = torch.relu_(stage(images))
            if len(images) > self.most:
                raise torch.OutOfMemoryError("out of memory")
        return images


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 23, (10, 12))


def grams(stimuli: StimulusSet, network: nn.Module, size: BatchSize) -> Iterator[LayerGram]:
    forward = ForwardPass(
        network,
        stimuli,
        layers=["stages.*", "stages.0:mean"],
        preprocessing=Preprocessing(size=(8, 8)),
        pooling="flatten",
        device=torch.device("cpu"),
    )
    return extract(forward, reporter=Silent(), batch_size=size)


@every_link
@pytest.mark.parametrize("most", [1000, 3])
def test_extraction_comes_to_the_same_bits_as_without_overlap(
    stimuli: StimulusSet, kind: type[Quick], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(grams(stimuli, InPlace(most), BatchSize(8)))
    link = kind()
    monkeypatch.setattr(
        forward_pass, "transfer_for", lambda _device, features, receive: Overlapping(link, features, receive)
    )
    size = BatchSize(8)
    found = list(grams(stimuli, InPlace(most), size))
    assert size.value == (8 if most > 8 else 2)
    assert link.allocated == [8 * (16 * 36 + 8 * 16 + 16)] * IN_FLIGHT
    for one, other in zip(found, expected, strict=True):
        assert one.layer == other.layer
        np.testing.assert_array_equal(one.gram, other.gram)


def test_nothing_is_on_its_way_on_the_cpu_and_on_a_gpu_it_is_rows_and_images(stimuli: StimulusSet) -> None:
    forward = ForwardPass(
        InPlace(),
        stimuli,
        layers=["stages.0"],
        preprocessing=Preprocessing(size=(224, 224)),
        pooling="mean",
        device=torch.device("cpu"),
    )
    assert forward.transit_bytes({"stages.0": 16}, 128) == 0
    image = 3 * 224 * 224 * 4
    # 128 images are 77 MB, for which torch pins 128 MiB; 128 rows of 1,000 float32 are 512 kB, pinned as 512 KiB.
    expected = 2 * 2**19 + 3 * 2**27 + 3 * 128 * image
    assert transit_bytes(128, features=1000, image_items=image // 4, threads=15) == expected


@pytest.mark.gpu
@pytest.mark.parametrize("most", [1000, 3])
def test_a_gpu_gives_the_same_bits_twice_and_those_of_one_batch_at_a_time(stimuli: StimulusSet, most: int) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    device = torch.device("cuda")

    def found() -> list[LayerGram]:
        forward = ForwardPass(
            InPlace(most),
            stimuli,
            layers=["stages.*"],
            preprocessing=Preprocessing(size=(8, 8)),
            pooling="flatten",
            device=device,
        )
        return list(extract(forward, reporter=Silent(), batch_size=BatchSize(8)))

    for one, other in zip(found(), found(), strict=True):
        np.testing.assert_array_equal(one.gram, other.gram)
