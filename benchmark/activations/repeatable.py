"""Whether a layer has a row for each image, and the same one whenever the image is shown: seen from two passes."""

from typing import NamedTuple

import torch

from brainrank.benchmark.types.activations import ActivationsError

# A pass in other company rounds otherwise. What is below this share of the features, or of what tells two images apart,
# counts as rounding; batch statistics and dropout change a third of it and more.
ROUNDING_SHARE, IMAGE_SHARE = 1e-4, 1e-2


class TwoPasses(NamedTuple):
    """A layer's output for an image alone, and for three: the image, another one, and the image again."""

    alone: torch.Tensor
    in_company: torch.Tensor


def batch_axis(layer: str, outputs: TwoPasses) -> int:
    """The axis along which images lie: the one that has 1 for one image and 3 for three, the first if it is.

    Raises ActivationsError when there is none, or several of which none is the first.
    """
    one, three = (tuple(each.shape) for each in outputs)
    pairs = list(zip(one, three, strict=False))
    fitting = [axis for axis, sizes in enumerate(pairs) if sizes == (1, 3)]
    others_alike = len(one) == len(three) and all(a == b for axis, (a, b) in enumerate(pairs) if axis not in fitting)
    if not fitting or not others_alike or (fitting[0] != 0 and len(fitting) > 1):
        raise ActivationsError(
            f"Layer '{layer}' puts out {one} for one image and {three} for three, not a row for each; choose another "
            "with --layers"
        )
    return fitting[0]


def check_repeatable(layer: str, rows: TwoPasses) -> None:
    """Raise ActivationsError when the image's features depend on chance, or on the images beside it."""
    alone = rows.alone[0].double()
    first, other, again = rows.in_company.double()
    if _differ(first, again, other):
        raise ActivationsError(
            f"Layer '{layer}' gives one image shown twice two different responses: something random is live in "
            "evaluation, such as dropout with training=True or added noise, and a score would be another each time. "
            "Let it depend on self.training, which is False here, or fix its draws"
        )
    if _differ(alone, first, other):
        raise ActivationsError(
            f"Layer '{layer}' responds to an image otherwise when it is alone than beside others: it takes statistics "
            "of the batch (batch norm without running statistics or in training mode), or is random. Give it running "
            "statistics, or export it in evaluation mode (network.eval()); a score would depend on the batch size"
        )


def _differ(one: torch.Tensor, other: torch.Tensor, another_image: torch.Tensor) -> bool:
    apart, images_apart = (one - other).norm(), (one - another_image).norm()
    return bool(apart > ROUNDING_SHARE * one.norm() and apart > IMAGE_SHARE * images_apart)
