"""Whether a network takes RGB images, grey ones or none, and the words of a refusal."""

import pytest
import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.images_taken import channels_taken

SIZE = (32, 32)


def channels(network: nn.Module) -> int:
    return channels_taken(network, SIZE, named="net", remedy="say 'size'")


class Takes(nn.Module):
    def __init__(self, *, needs_two: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)
        if needs_two:
            self.forward = self.two  # type: ignore[method-assign]

    def forward(self, images: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
        output: torch.Tensor = self.conv(images) * scale
        return output

    def two(self, images: torch.Tensor, *, mask: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.conv(images) * mask
        return output


class TakesDict(nn.Module):
    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return batch.get("image")  # type: ignore[return-value]


def flat(channels: int, side: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, 2, 3), nn.Flatten(), nn.Linear(2 * side * side, 4))


def test_colour_first_then_grey() -> None:
    assert channels(nn.Conv2d(3, 2, 3)) == 3
    assert channels(nn.Conv2d(1, 2, 3)) == 1
    assert channels(nn.MaxPool2d(2)) == 3
    assert channels(Takes()) == 3
    assert channels(flat(1, 30)) == 1


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (nn.Conv2d(4, 2, 3), r"Its first convolution takes 4 channels; images have 3 \(RGB\) or 1 \(grey\)"),
        (flat(3, 62), "Images of 64 pixels a side .*'size'"),
        (flat(1, 26), r"\(1, 1, 32, 32\).*Images of 28 pixels"),
        (Takes(needs_two=True), r"needs 2 inputs \(images, mask\); a model takes one"),
        (TakesDict(), "AttributeError: 'Tensor' object has no attribute 'get' .line .* of test_images_taken.py"),
        (nn.Sequential(nn.Embedding(9, 2), nn.Linear(2, 2)), "Its first module is Embedding: a network of words"),
        (nn.LSTM(5, 2), "Its first module is LSTM: a network of words or sequences"),
        (nn.Conv2d(3, 2, 3).half(), "is a network in torch.float16; images and responses are float32"),
    ],
)  # fmt: skip
def test_what_takes_no_images_is_told_in_words(network: nn.Module, message: str) -> None:
    with pytest.raises(ModelLoadError, match=message):
        channels(network)
