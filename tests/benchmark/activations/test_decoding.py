"""Images come in order and once each, decoded here or in worker processes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.benchmark.activations import decoding
from brainrank.benchmark.activations.decoding import batches, decoding_workers
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    made = []
    for number in range(10):
        path = tmp_path / f"{number}.bmp"
        Image.fromarray(np.full((8, 8, 3), 20 * number, np.uint8)).save(path)
        made.append(Stimulus(str(number), path, f"{number:064d}"))
    return StimulusSet("greys", tuple(made))


def seen(stimuli: StimulusSet) -> list[torch.Tensor]:
    return list(batches(stimuli, Preprocessing(size=(8, 8)), batch_size=4, device=torch.device("cpu")))


def test_workers_are_for_accelerators_only() -> None:
    assert decoding_workers(torch.device("cpu")) == 0
    assert 1 <= decoding_workers(torch.device("cuda")) <= 8


@pytest.mark.parametrize("workers", [0, 2])
def test_images_come_in_order_and_a_broken_one_is_named(
    stimuli: StimulusSet, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "decoding_workers", lambda _device: workers)
    found = seen(stimuli)
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert [round(float(image.mean()) * 255) for image in torch.cat(found)] == [20 * number for number in range(10)]
    stimuli.stimuli[6].path.write_bytes(b"BM")
    with pytest.raises(InvalidDataError, match=f"^{stimuli.stimuli[6].path} is not a readable image"):
        seen(stimuli)
