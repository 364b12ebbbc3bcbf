"""The decoder of every objective that makes images again."""

from torch import Tensor, nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import SIDE

WIDTH = 96
FIRST_SIDE = 4
OUTPUT_SIDE = SIDE // 2


class Decoder(nn.Sequential):
    """A code to maps, (batch, outputs, side, side), in doublings of the side from 4 that halve the channels."""

    def __init__(self, code: int, outputs: int = 3, *, side: int = OUTPUT_SIDE) -> None:
        layers: list[nn.Module] = [nn.Linear(code, WIDTH * FIRST_SIDE**2), nn.Unflatten(1, (WIDTH, FIRST_SIDE, -1))]
        width, reached = WIDTH, FIRST_SIDE
        while reached < side:
            reached *= 2
            narrower = outputs if reached == side else width // 2
            wider = nn.ConvTranspose2d(width, narrower, 4, stride=2, padding=1)
            layers += [nn.BatchNorm2d(width), nn.ReLU(), wider]
            width = narrower
        super().__init__(*layers)


def halved(images: Tensor) -> Tensor:
    """The images at half their side: what a decoder is to give."""
    return functional.avg_pool2d(images, 2)
