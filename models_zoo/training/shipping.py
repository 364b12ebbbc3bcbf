"""What is shipped of a model made here: its encoder, normalised for images as they are, in half precision."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from brainrank.models_zoo.loaders.weights import fit, read_state_dict
from brainrank.models_zoo.training.architectures import Design
from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.captions import without_text
from brainrank.models_zoo.training.objective import Objective
from brainrank.models_zoo.training.training_images import TrainingImages

IMAGES = 1000
BATCH = 250


def calibrated(backbone: Backbone, images: TrainingImages) -> Backbone:
    """A copy whose batch normalisation has the statistics of training images as they are.

    Those gathered in training are of what the objective showed the network (masked, shuffled, blurred, made by a
    generator), and none were gathered without training; a comparison of objectives should not hang on that.
    """
    copy = deepcopy(backbone)
    copy.bf16 = False
    chosen = images.sample(IMAGES, seed=0).pixels
    update_bn((batch.float() / 255 for batch in torch.split(chosen, BATCH)), copy)
    return copy.eval()


def tensors_to_ship(objective: Objective, images: TrainingImages) -> dict[str, torch.Tensor]:
    """The calibrated backbone's tensors by name, and those of the heads that the objective keeps."""
    tensors = dict(calibrated(objective.backbone, images).state_dict())
    for head in objective.kept:
        tensors |= {f"{head}.{name}": tensor for name, tensor in objective.get_submodule(head).state_dict().items()}
    return halved_precision(tensors)


def halved_precision(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Filters in half precision; the few numbers of biases and of the normalisation keep theirs."""
    return {name: tensor.half() if tensor.ndim > 1 else tensor for name, tensor in tensors.items()}


def encoder(design: Design, weights: Path) -> nn.Module:
    """The network with the weights of a file made here, a text tower left aside."""
    return fit(design.create(), weights.stem, without_text(read_state_dict(weights)), weights).eval()
