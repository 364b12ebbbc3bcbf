"""What can be read out of an embedding: a linear probe and nearest neighbours, on images held out."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from brainrank.models_zoo.training.training_images import TrainingImages

BATCH = 250
NEIGHBOURS = 20


class Accuracy(NamedTuple):
    """The share of held-out images whose category is read out rightly."""

    linear_probe: float
    nearest_neighbours: float


def accuracy(network: nn.Module, layer: str, *, known: TrainingImages, held_out: TrainingImages) -> Accuracy:
    """Read the category out of a layer: logistic regression, and a vote of the 20 nearest by cosine (Wu et al. 2018).

    Both see the features of `known`, without augmentation, and are counted on `held_out`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, tested = features_of(network, layer, known.pixels), features_of(network, layer, held_out.pixels)
    labels, truth = known.labels.numpy(), held_out.labels.numpy()
    # A weak penalty: there are far more images than features.
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    voters = KNeighborsClassifier(min(NEIGHBOURS, len(known)), metric="cosine")
    return Accuracy(
        float(probe.fit(features, labels).score(tested, truth)),
        float(voters.fit(features, labels).score(tested, truth)),
    )


@torch.inference_mode()
def features_of(network: nn.Module, layer: str, pixels: torch.Tensor) -> NDArray[np.float64]:
    """A layer's output for every image, flattened, from a network in its evaluation mode."""
    network.eval()
    seen: list[NDArray[np.float64]] = []

    def keep(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        seen.append(output.flatten(1).double().numpy())

    handle = network.get_submodule(layer).register_forward_hook(keep)
    try:
        for batch in torch.split(pixels, BATCH):
            network(batch.float() / 255)
    finally:
        handle.remove()
    return np.concatenate(seen)
