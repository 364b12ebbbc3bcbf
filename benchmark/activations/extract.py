"""One forward pass over a stimulus set: every wanted layer, as Gram matrices or as features."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32
from numpy import ndarray
from torch import nn

from brainrank.benchmark.activations.batch_size import START, BatchSize
from brainrank.benchmark.activations.budget import plan_rows, waiting_rows
from brainrank.benchmark.activations.computing import check_precision
from brainrank.benchmark.activations.device_extract import grams_on_device
from brainrank.benchmark.activations.device_memory import find_batch_size, free_bytes
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.gram import gram_of_blocks, narrow_layer
from brainrank.benchmark.activations.probe import Probe
from brainrank.benchmark.activations.reduction import Reduction, reduced
from brainrank.benchmark.activations.spill import FeatureRows
from brainrank.benchmark.activations.stream import not_finite
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction, LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet

OUTPUT = "(output)"
"""What no module of a network can be called in Python, so that no layer of one's own is meant."""


def choose_device(requested: str) -> torch.device:
    """Turn `auto`, `cpu` or `cuda` into a device. Asking for cuda without one is an error, not a quiet fallback."""
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if requested not in {"cpu", "cuda"}:
        raise UnknownNameError("device", requested, ("auto", "cpu", "cuda"))
    if requested == "cuda" and not torch.cuda.is_available():
        raise UserError("Device 'cuda' asked for, but torch finds no GPU; choose cpu or auto, or a machine with one")
    return torch.device(requested)


def layer_labels(forward: ForwardPass) -> tuple[str, ...]:
    """Return the names `extract` would yield, without passing more than one image forward; errors as of `extract`."""
    return tuple(each.label for each in forward.look(in_order=False).layers)


def extract(
    forward: ForwardPass,
    *,
    reporter: Reporter,
    extraction: Extraction = DEFAULT_EXTRACTION,
    spill_folder: Path | None = None,
    batch_size: BatchSize | None = None,
) -> Iterator[LayerGram]:
    """Yield each layer's Gram matrix over the stimuli.

    On a card the products are taken there, where its memory holds the features of a few batches at least; what it does
    not hold is passed again. Else features come to this machine's memory, or its disk.

    Raises UnknownNameError for a layer the network has not, ActivationsError for one that does not run exactly once,
    whose output is no tensor or not finite, InvalidDataError for an image that cannot be decoded, UserError when the
    memory budget holds not one image, StorageError when the disk does not hold what is spilled.
    """
    in_order = forward.reduction is not Reduction.NONE  # columns then have places, which are those of the output's axes
    probed, size = _look(forward, extraction, batch_size, in_order=in_order)
    if features_stay(forward):
        there = grams_on_device(
            forward,
            probed,
            reporter=reporter,
            extraction=extraction,
            batch_size=size,
            device_bytes=free_bytes(forward.device),
        )
        if there is not None:
            yield from _told(there, len(probed.layers), forward.stimuli, reporter)
            return
        reporter.message(
            "The GPU's memory, or --memory, holds too little for features to stay; they come to this machine"
        )
    with _record(forward, probed, reporter, extraction, spill_folder, size) as recorded:
        made = (_gram(each, len(forward.stimuli)) for each in recorded)
        yield from _told(made, len(recorded), forward.stimuli, reporter)


def features_stay(forward: ForwardPass) -> bool:
    """Whether Gram matrices are made on the device; projections and draws of features are made on this machine."""
    return forward.device.type == "cuda" and forward.reduction is Reduction.NONE


def features(
    forward: ForwardPass,
    *,
    reporter: Reporter,
    extraction: Extraction = DEFAULT_EXTRACTION,
    spill_folder: Path | None = None,
    batch_size: BatchSize | None = None,
) -> Iterator[LayerFeatures]:
    """Yield each layer's features, flattened in the order of the output's axes; errors as of `extract`.

    With the forward pass's `reduction`, what that leaves of them.

    One layer at a time is in memory on top of the budget.
    """
    probed, size = _look(forward, extraction, batch_size, in_order=True)
    with _record(forward, probed, reporter, extraction, spill_folder, size) as recorded:
        for each in recorded:
            found = each.whole()
            with np.errstate(invalid="ignore", over="ignore"):
                _check_finite(found.sum(axis=1, dtype=np.float64), each.layer, forward.stimuli)
            yield LayerFeatures(each.layer, found)


class _Recorded(NamedTuple):
    """A layer's rows, and how many features are in one."""

    layer: str
    n_features: int
    rows: FeatureRows

    def whole(self) -> Float32[ndarray, "stimuli features"]:
        """All of them in memory."""
        # A block's buffer is filled anew after it was yielded: each is copied before the next is asked for.
        return np.concatenate([block.copy() for block in self.rows.blocks()], axis=1)


def _gram(recorded: _Recorded, n_stimuli: int) -> LayerGram:
    if recorded.n_features < n_stimuli:
        return narrow_layer(recorded.layer, recorded.whole())
    return gram_of_blocks(recorded.layer, recorded.rows.blocks(), n_stimuli)


class WithOutput(nn.Module):
    """A network whose output (logits, an embedding) is a layer like others, named OUTPUT."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.add_module(OUTPUT, nn.Identity())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """What the network puts out."""
        found: torch.Tensor = self.get_submodule(OUTPUT)(self.network(images))
        return found


def _look(
    forward: ForwardPass, extraction: Extraction, batch_size: BatchSize | None, *, in_order: bool
) -> tuple[Probe, BatchSize]:
    """What the network puts out, and how many images pass it at once."""
    check_precision(forward.device, extraction.precision)
    probed, size = forward.look(in_order=in_order), batch_size or BatchSize(START[forward.device.type])
    find_batch_size(forward, probed, size, precision=extraction.precision)
    return probed, size


@contextmanager
def _record(
    forward: ForwardPass,
    probed: Probe,
    reporter: Reporter,
    extraction: Extraction,
    spill_folder: Path | None,
    size: BatchSize,
) -> Iterator[list[_Recorded]]:
    """Pass all stimuli forward and give each layer's rows, in order, while the context lasts."""
    n_stimuli = len(forward.stimuli)
    reductions = {
        layer: reduced(forward.reduction, n_features, n_stimuli) for layer, n_features in probed.n_features.items()
    }
    columns = {layer: each.columns for layer, each in reductions.items()}
    reducing = sum(each.n_bytes for each in reductions.values())
    plan = plan_rows(
        columns,
        n_stimuli,
        batch_size=size.value,
        memory_bytes=extraction.memory_bytes,
        beside_bytes=lambda batch: reducing + forward.transit_bytes(probed.n_features, batch),
    )
    size.at_most(plan.batch_size)
    with waiting_rows(columns, n_stimuli, plan, folder=spill_folder) as places:
        forward.run(
            probed,
            precision=extraction.precision,
            batch_size=size,
            receive=lambda layer, start, rows: places[layer].write(start, reductions[layer].of(rows.numpy())),
            done=lambda count: reporter.progress("extracting", count, n_stimuli),
        )
        yield [_Recorded(each.label, reductions[each.label].columns, places[each.label]) for each in probed.layers]


def _told(made: Iterator[LayerGram], n_layers: int, stimuli: StimulusSet, reporter: Reporter) -> Iterator[LayerGram]:
    """Each matrix as it is made, if its layer is finite; none is held on to: n x n numbers are a part of the budget."""
    for number in range(n_layers):
        reporter.progress("Gram matrices", number, n_layers)
        yield _finite(next(made), stimuli)
    reporter.progress("Gram matrices", n_layers, n_layers)


def _finite(made: LayerGram, stimuli: StimulusSet) -> LayerGram:
    _check_finite(made.row_sums, made.layer, stimuli)
    return made


def _check_finite(row_sums: Float[ndarray, " stimuli"], layer: str, stimuli: StimulusSet) -> None:
    """Raise ActivationsError when a row sum is not finite: NaN and infinity in a row cannot cancel out of its sum."""
    broken = [stimuli.ids[number] for number in np.flatnonzero(~np.isfinite(row_sums))]
    if broken:
        raise not_finite(layer, f"{len(broken)} of {len(stimuli)} stimuli, the first {', '.join(broken[:3])}")
