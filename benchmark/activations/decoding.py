"""Images of a stimulus set, decoded and preprocessed once each, batch by batch."""

import os
from collections.abc import Callable, Iterator, Sequence

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from brainrank.benchmark.images import read_image
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.stimuli import StimulusSet

MOST_WORKERS = 8


def decoding_workers(device: torch.device) -> int:
    """How many processes decode: none on the CPU, whose cores the network needs; else one a core but one, at most 8."""
    if device.type == "cpu":
        return 0
    return min(MOST_WORKERS, max(1, len(os.sched_getaffinity(0)) - 1))


def batches(
    stimuli: StimulusSet, preprocessing: Preprocessing, *, batch_size: int, device: torch.device
) -> Iterator[torch.Tensor]:
    """Yield (batch, channels, height, width) float32 tensors in the order of the stimuli, in pinned memory for a GPU.

    Raises InvalidDataError, naming the file, for an image that cannot be decoded.
    """
    loader: DataLoader[torch.Tensor | InvalidDataError] = DataLoader(
        _Images(stimuli, image_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)),
        batch_size=batch_size,
        num_workers=decoding_workers(device),
        collate_fn=_stacked,
        pin_memory=device.type == "cuda",
        generator=torch.Generator(),  # without one it draws from the session's, and whatever is trained there changes
    )
    for batch in loader:
        if isinstance(batch, InvalidDataError):
            raise batch
        yield batch


def first_image(stimuli: StimulusSet, preprocessing: Preprocessing) -> torch.Tensor:
    """Return the first image as a batch of one."""
    transform = image_transform(preprocessing, stimuli_degrees=stimuli.visual_degrees)
    return transform(read_image(stimuli.stimuli[0].path))[None]


class _Images(Dataset[torch.Tensor | InvalidDataError]):
    """The images by number. An error is handed over as a value: a worker process would raise it as its traceback."""

    def __init__(self, stimuli: StimulusSet, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self._paths = [stimulus.path for stimulus in stimuli.stimuli]
        self._transform = transform

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> torch.Tensor | InvalidDataError:
        try:
            return self._transform(read_image(self._paths[number]))
        except InvalidDataError as error:
            return error


def _stacked(images: Sequence[torch.Tensor | InvalidDataError]) -> torch.Tensor | InvalidDataError:
    broken = [image for image in images if isinstance(image, InvalidDataError)]
    return broken[0] if broken else torch.stack([image for image in images if isinstance(image, torch.Tensor)])
