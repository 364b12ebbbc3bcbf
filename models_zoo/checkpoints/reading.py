"""A checkpoint as it is read for a network: which of its tensors become whose, what is left out, in one line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.checkpoints.anatomy import ENTAILED, Anatomy
from brainrank.models_zoo.checkpoints.candidates import FLOATS, Candidate, Head, candidates, parts_of
from brainrank.models_zoo.checkpoints.checkpoint_refusals import refusal
from brainrank.models_zoo.checkpoints.choice import Choice
from brainrank.models_zoo.checkpoints.positions import grids, resampled
from brainrank.models_zoo.checkpoints.precedence import Chosen, choose

MOST_TOLD = 3


@dataclass(frozen=True)
class Reading:
    """What of a file is a network's weights."""

    anatomy: Anatomy
    chosen: Chosen

    @property
    def candidate(self) -> Candidate:
        """The network in the file."""
        return self.chosen.candidate

    @property
    def has_head(self) -> bool:
        """Whether the classifier is the file's."""
        return self.candidate.head is Head.WHOLE

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What decides the network beside the file's content: where in it the network is, and whether it has a head."""
        found = self.candidate
        return {"key": found.part.key, "prefix": found.prefix, "naming": found.naming.name, "head": self.has_head}

    @property
    def line(self) -> str:
        """All that was done, in one line."""
        found = self.candidate
        n = sum(own in found.names for own in self._used)
        told = [f"{n} of {len(self.anatomy.shapes)} tensors", _place(found), self.chosen.among]
        told += [found.naming.name, self._positions(), self._precision(), self._head(), self._entailed(), _aside(found)]
        return "; ".join(each for each in told if each)

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """The tensors by the network's names, in its shapes, as precise as they are in the file."""
        found = self.candidate
        return {own: self._fitted(own, found.tensor(own)) for own in self._used if own in found.names}

    def whole(self) -> Mapping[str, torch.Tensor]:
        """The tensors of the whole model that the network is the visual tower of, by its own names."""
        prefix = self.candidate.prefix.removesuffix("visual.")
        inside = self.candidate.part.tensors.items()
        return {name[len(prefix) :]: tensor for name, tensor in inside if name.startswith(prefix)}

    def fill(self, network: nn.Module, name: str) -> nn.Module:
        """The network with these weights; without a classifier of the file's it has none. Raises ModelLoadError."""
        if not self.has_head:
            for module in self.anatomy.classifier:
                parent, _, child = module.rpartition(".")
                network.get_submodule(parent).register_module(child, nn.Identity())
        found = network.load_state_dict(self.tensors(), strict=False)
        missing = [each for each in found.missing_keys if each.rpartition(".")[2] not in ENTAILED]
        if missing or found.unexpected_keys:
            raise ModelLoadError(
                f"{name} is built in another way than it is named ({(missing + found.unexpected_keys)[0]}); report "
                "this, with the architecture's name"
            )
        return network

    @property
    def _used(self) -> tuple[str, ...]:
        """The network's tensors that can be had: without the classifier's where it is not the file's."""
        left_out = () if self.has_head else self.anatomy.head
        made_here = ENTAILED - {"num_batches_tracked"}
        own = (name for name in self.anatomy.shapes if name not in left_out)
        return tuple(name for name in own if name.rpartition(".")[2] not in made_here)

    def _fitted(self, own: str, tensor: torch.Tensor) -> torch.Tensor:
        shape = self.anatomy.shapes[own]
        return resampled(tensor, shape) if own in self.candidate.resized else tensor.reshape(shape)

    def _positions(self) -> str:
        told = []
        for own in self.candidate.resized:
            found = grids(tuple(self.candidate.tensor(own).shape), self.anatomy.shapes[own])
            if found is not None:
                told.append(f"{own} resampled from {found.theirs} x {found.theirs} to {found.ours} x {found.ours}")
        return ", ".join(told)

    def _precision(self) -> str:
        kinds = Counter(self.candidate.tensor(own).dtype for own in self.anatomy.body)
        told = [str(kind).removeprefix("torch.") for kind in FLOATS if kinds[kind]]
        return "" if told == ["float32"] else f"in {' and '.join(told)}"

    def _head(self) -> str:
        found = self.candidate
        if found.head is Head.ABSENT:
            return "no classifier"
        if found.head is Head.PROJECTOR:
            return "no classifier, a projector in its place"
        if found.head is Head.OTHER:
            given = [found.tensor(own) for own in self.anatomy.head if own in found.names]
            n = {len(each) if each.ndim else 0 for each in given}
            return f"its classifier of {min(n)} classes left out" if len(n) == 1 else "its classifier left out: in part"
        return ""

    def _entailed(self) -> str:
        counts = [own for own in self._used if own.endswith("num_batches_tracked") and own not in self.candidate.names]
        return f"{len(counts)} num_batches_tracked are not there, and of no effect" if counts else ""


def read_for(content: Mapping[Any, Any], path: Path, *, name: str, anatomy: Anatomy, choice: Choice) -> Reading:
    """Find a network's weights in what a file holds.

    Raises InvalidDataError where its body is not there whole, or more than once with different tensors, and
    UnknownNameError for a key that the file has not.
    """
    parts = parts_of(content)
    found = candidates(parts, anatomy, choice)
    complete = [each for each in found if each.is_complete]
    if not complete:
        raise refusal(content, parts, found, path, name=name, anatomy=anatomy, choice=choice)
    return Reading(anatomy, choose(complete, parts, anatomy, path.name))


def _place(found: Candidate) -> str:
    told = [f"key {found.part.key}" if found.part.key else "", f"prefix {found.prefix} removed" if found.prefix else ""]
    return ", ".join(each for each in told if each)


def _aside(found: Candidate) -> str:
    kinds = Counter(name.partition(".")[0] for name in found.aside)
    told = ", ".join(name for name, _ in kinds.most_common(MOST_TOLD)) + (", ..." if len(kinds) > MOST_TOLD else "")
    return f"{len(found.aside)} tensors of {told} left aside" if kinds else ""
