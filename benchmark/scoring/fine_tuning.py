"""A whole network that is taught image by image, with feedback, in epochs: all its weights move, not a readout alone.

As Huber, Mast & Wichmann (2024) taught theirs: a new linear readout on the last layer, Adam at a rate of 1e-4 for every
weight, batches of four, the network in its training mode while it is taught and in its evaluation mode while it is
tested; each run begins with the weights as they are and a new readout.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from numpy import ndarray
from torch import nn

from brainrank.benchmark.activations.decoding import batches
from brainrank.benchmark.activations.layers import Call, wanted_layers
from brainrank.benchmark.activations.probe import Probe, part_of, probe
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.metrics.learning_curves.phases import Taught
from brainrank.benchmark.metrics.learning_curves.readout import BATCH_SIZE, Answers
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.models_zoo.resolved import ResolvedModel

RATE = 1e-4
NOT_TESTED = -1
TESTED_AT_ONCE = 32


class FineTuned(NamedTuple):
    """A network with a new readout on one of its layers."""

    network: nn.Module
    probed: Probe
    readout: nn.Linear

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """What the readout says of images, (images, categories)."""
        found: list[torch.Tensor] = []
        (layer,) = self.probed.layers

        def take(call: Call, output: object) -> None:
            if call == layer.call:
                found.append(self.probed.rows(layer, part_of(output, layer)))

        with Taps(self.network, [layer.call.module], take, last=layer.call) as taps:
            taps.run(images.to(memory_format=self.probed.memory_format))
        return torch.as_tensor(self.readout(found[0]))


def fine_tune(
    model: ResolvedModel,
    layer: str,
    stimuli: StimulusSet,
    taught: Taught,
    *,
    tested: Sequence[Int[ndarray, " images"]],
    categories: int,
    runs: int,
    seed: int,
    reporter: Reporter,
) -> Answers:
    """What a network answers while it is taught, run by run; only the images `tested` after an epoch have answers.

    On the processor, so that a seed gives the same answers. Raises InvalidDataError for a model without weights that
    can move, ActivationsError for a layer that is none.
    """
    check_weights(model)
    images = torch.cat(
        list(batches(stimuli, model.preprocessing, batch_size=TESTED_AT_ONCE, device=torch.device("cpu")))
    )
    # A copy: what is built of a network of the session shares its weights.
    network = copy.deepcopy(model.build()).requires_grad_(True)
    if not any(each.is_floating_point() for each in network.parameters()):
        raise InvalidDataError(
            f"The network of {layer} has no weights that could move; teach a readout of it, without fine-tuning"
        )
    wanted = wanted_layers((name for name, _ in network.named_modules()), [layer], "mean")
    with torch.no_grad():
        probed = probe(network.eval(), images[:1], wanted, device=torch.device("cpu"), in_order=False)
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    shape = (runs, taught.epochs)
    before = np.empty((*shape, len(taught.places)), dtype=np.int64)
    after = np.full((*shape, len(stimuli)), NOT_TESTED)
    for run in range(runs):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * 100_003 + run)
            network.load_state_dict(start)
            readout = nn.Linear(probed.n_features[probed.layers[0].label], categories)
            learner = FineTuned(network, probed, readout)
            optimiser = torch.optim.Adam([*network.parameters(), *readout.parameters()], lr=RATE)
            for epoch in range(taught.epochs):
                for batch, answers in _taught(learner, optimiser, images, taught):
                    before[run, epoch, batch] = answers
                after[run, epoch, tested[epoch]] = _tested(learner, images[tested[epoch]])
        reporter.progress("fine-tuning", run + 1, runs)
    return Answers(before, after)


def check_weights(model: ResolvedModel) -> None:
    """Raise InvalidDataError for a model that is only known by its features or its choices."""
    if model.features is not None or model.trials is not None:
        kind = "features" if model.features is not None else "answers"
        raise InvalidDataError(
            f"The model is known by its recorded {kind} alone; fine-tuning moves weights: give a network"
        )


def _taught(
    learner: FineTuned, optimiser: torch.optim.Optimizer, images: torch.Tensor, taught: Taught
) -> Iterator[tuple[ndarray, ndarray]]:
    """Each batch of an epoch, as places among the taught images, and what was answered before the feedback."""
    learner.network.train()
    labels = torch.from_numpy(taught.labels)
    for batch in torch.split(torch.randperm(len(taught.places)), BATCH_SIZE):
        optimiser.zero_grad()
        logits = learner.logits(images[taught.places[batch.numpy()]])
        torch.autograd.backward(nn.functional.cross_entropy(logits, labels[batch]))
        optimiser.step()
        yield batch.numpy(), logits.argmax(dim=1).numpy()


@torch.no_grad()
def _tested(learner: FineTuned, images: torch.Tensor) -> ndarray:
    learner.network.eval()
    answers = [learner.logits(batch).argmax(dim=1) for batch in torch.split(images, TESTED_AT_ONCE)]
    return np.asarray(torch.cat(answers).numpy())
