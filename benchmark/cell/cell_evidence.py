"""Evidence of a model in a cell: from the store under the keeper's keys, and what is missing there from the cell."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from brainrank.benchmark.activations.layers import is_glob
from brainrank.benchmark.activations.obtain import stored_or_computed
from brainrank.benchmark.cell.cell_answers import MOST_LAYERS, choices, features, layer, names, printable
from brainrank.benchmark.cell.frames import BrokenFrameError, Frame, FrameReader
from brainrank.benchmark.cell.occupant import Answer, Occupant
from brainrank.benchmark.cell.writing import extraction_json, region_json
from brainrank.benchmark.scoring.evidence import REDUCTIONS, Evidence, Job, source_of
from brainrank.benchmark.types.activations import Layer, LayerFeatures, LayerGram, names_of
from brainrank.benchmark.types.metric import EvidenceKind
from brainrank.benchmark.types.receipt import RECORDED
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.datasets.dataset import LoadedRegion

MOST_READOUT = 500
T = TypeVar("T")
ReadLayer = Callable[[FrameReader, str, int], Layer]
"""Reads a layer of this name over so many stimuli."""


def gather_in_cell(
    occupant: Occupant,
    kind: EvidenceKind,
    job: Job,
    region: LoadedRegion,
    *,
    device: str,
    recorded: bool,
    check: Callable[[], None],
) -> Evidence:
    """What `gather` gathers in this process, gathered in a cell: activations that the store has are not asked for."""
    cell = _Asking(occupant, kind, job, region, RECORDED if recorded else device, check)
    if kind is EvidenceKind.CHOICES:
        return cell.choices()
    layers: Sequence[LayerGram] | Sequence[LayerFeatures]
    if kind is EvidenceKind.UNITS:
        layers = _layers(cell, features, LayerFeatures, recorded=recorded)
    else:
        layers = _layers(cell, layer, LayerGram, recorded=recorded)
    return Evidence(layers, names_of(layers), cell.device)


class _Asking:
    """The questions about a region that a cell is asked."""

    def __init__(
        self,
        occupant: Occupant,
        kind: EvidenceKind,
        job: Job,
        region: LoadedRegion,
        device: str,
        check: Callable[[], None],
    ) -> None:
        self.job, self.region, self.device = job, region, device
        self._occupant, self.kind, self.check = occupant, kind, check

    def layers(self, read: ReadLayer[Layer], wanted: Sequence[str]) -> Sequence[Layer]:
        """These layers, each read by `read`."""
        return self._ask("gather", wanted, lambda answer: self._read_layers(answer, read, wanted))

    def choices(self) -> Evidence:
        """What it chooses, or that it cannot."""
        return self._ask("gather", self.job.model.layers, self._read_choices)

    def labels(self, layers: Sequence[str]) -> tuple[str, ...]:
        """The layers that these names and globs stand for."""
        return self._ask("labels", layers, lambda answer: names(answer.frame().get("labels"), most=MOST_LAYERS))

    def _ask(self, task: str, layers: Sequence[str], read: Callable[[Answer], T]) -> T:
        order = {
            "do": task,
            "kind": self.kind,
            "layers": list(layers),
            "region": region_json(self.kind, self.region),
            "network_digest": self.job.network_digest,
            "extraction": extraction_json(self.job.extraction),
        }
        return self._occupant.ask(order, read, self.job.reporter, check=self.check)

    def _read_layers(self, answer: Answer, read: ReadLayer[Layer], wanted: Sequence[str]) -> Sequence[Layer]:
        said = answer.frame()
        found, device, _ = _about(said)
        if said.get("content") != "layers" or found != tuple(wanted) or device != self.device:
            raise BrokenFrameError("other evidence than was asked for")
        return [read(answer.reader, each, len(self.region.stimuli)) for each in wanted]

    def _read_choices(self, answer: Answer) -> Evidence:
        said = answer.frame()
        found, device, readout = _about(said)
        if said.get("content") == "nothing":
            return Evidence(None, (), self.job.device, readout)
        if said.get("content") != "choices" or device != self.device or len(found) > 1:
            raise BrokenFrameError("other evidence than was asked for")
        among = None if self.device == RECORDED else _categories(self.region)
        chosen = choices(answer.reader, said.get("choices"), stimulus_ids=self.region.stimuli.ids, categories=among)
        return Evidence(chosen, found, self.device, readout)


class _About(NamedTuple):
    """What is said of evidence before it comes; the device may be anything."""

    layers: tuple[str, ...]
    device: object
    readout: str


def _about(said: Frame) -> _About:
    about = said.get("evidence")
    if not isinstance(about, dict):
        raise BrokenFrameError("evidence that is none")
    layers, readout = names(about.get("layers"), most=MOST_LAYERS), printable(about.get("readout"), most=MOST_READOUT)
    return _About(layers, about.get("device"), readout)


def _layers(cell: _Asking, read: ReadLayer[Layer], kind: type[Layer], *, recorded: bool) -> Sequence[Layer]:
    """The model's layers, under the keeper's keys if a network makes them."""
    job, layers = cell.job, cell.job.model.layers
    if recorded:
        return cell.layers(read, layers)
    if any(is_glob(each) for each in layers):
        layers = cell.labels(layers)
    return stored_or_computed(
        source_of(job, layers, REDUCTIONS[cell.kind]),
        cell.region.stimuli,
        kind,
        partial(cell.layers, read),
        home=job.locations.activations,
        device=cell.device,
        extraction=job.extraction,
        reporter=job.reporter,
        check=cell.check,
    )


def _categories(region: LoadedRegion) -> tuple[str, ...]:
    if not isinstance(region.assembly, BehaviouralAssembly | LabelDistributions):
        raise TypeError(f"{type(region.assembly).__name__} has no categories to choose among")
    return region.assembly.categories
