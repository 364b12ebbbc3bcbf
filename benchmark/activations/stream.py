"""A forward pass over a stimulus set whose rows are handed over batch by batch, as they come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.computing import check_precision
from brainrank.benchmark.activations.device_memory import find_batch_size
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.reporter import Reporter


class Rows(Protocol):
    """Where rows go: `done` is how many stimuli's are there already; `mark` says that those before `count` are, too."""

    done: int

    def write(self, layer: str, start: int, rows: NDArray[np.float32]) -> None:
        """Keep a layer's rows (batch x features) of the stimuli from `start` on."""

    def mark(self, count: int) -> None:
        """Every layer has its rows of the first `count` stimuli."""


def stream(
    forward: ForwardPass,
    *,
    precision: str,
    batch_size: BatchSize,
    reporter: Reporter,
    begin: Callable[[Mapping[str, int]], Rows],
) -> None:
    """Pass the stimuli forward and hand over each layer's rows, flattened in the order of the output's axes.

    `begin` is told how many features each layer has, in the order of the layers, and says where rows go and how many
    are there already: these are not passed again. Errors as of `extract`; NaN and infinity raise ActivationsError with
    the batch that has them.
    """
    stimuli = forward.stimuli
    check_precision(forward.device, precision)
    probed = forward.look(in_order=True)
    find_batch_size(forward, probed, batch_size, precision=precision)
    rows = begin({each.label: probed.n_features[each.label] for each in probed.layers})
    first = rows.done
    if first == len(stimuli):
        return

    def receive(layer: str, start: int, batch: torch.Tensor) -> None:
        _check_finite(batch, layer, stimuli.ids[first + start :])
        rows.write(layer, first + start, batch.numpy())

    def done(count: int) -> None:
        rows.mark(first + count)
        reporter.progress("extracting", first + count, len(stimuli))

    rest = replace(forward, stimuli=replace(stimuli, stimuli=stimuli.stimuli[first:]))
    rest.run(probed, precision=precision, batch_size=batch_size, receive=receive, done=done)


def _check_finite(batch: torch.Tensor, layer: str, ids: Sequence[str]) -> None:
    """Raise ActivationsError for a row sum that is not finite: NaN and infinity cannot cancel out of it."""
    if torch.isfinite(batch.sum()):  # which may overflow where every number is finite: then each row is looked at
        return
    sums = batch.sum(dim=1, dtype=torch.float64)
    if not torch.isfinite(sums).all():
        broken = [ids[int(number)] for number in torch.nonzero(~torch.isfinite(sums)).flatten()]
        raise not_finite(layer, ", ".join(broken[:3]))


def not_finite(layer: str, stimuli: str) -> ActivationsError:
    """The error of a layer that puts out NaN or infinity for these stimuli."""
    return ActivationsError(
        f"Layer '{layer}' puts out NaN or infinity for {stimuli}; the weights do not suit this network or its "
        "preprocessing"
    )
