"""How many images pass at once: the same bits, less where memory is short, and what one image takes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from tiny_network import Stages, run, run_all
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.types.activations import ActivationsError, Extraction
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.stimuli import StimulusSet


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 20, (10, 12))


class Limited(Stages):
    """Runs out of memory above three images, on any device."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > 3:
            raise torch.OutOfMemoryError("out of memory")
        return super().forward(images)


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
