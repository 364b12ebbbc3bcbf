"""Evidence of a model in a cell: from the store under the keeper's keys, and what is missing there from the cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

from brainrank.benchmark.activations.layers import is_glob, parse_layer
from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.cell.answers import MOST_LAYERS, choices, layer, names, plain
from brainrank.benchmark.cell.frames import BrokenFrameError, Frame
from brainrank.benchmark.cell.occupant import Answer, Occupant
from brainrank.benchmark.cell.writing import extraction_json, region_json
from brainrank.benchmark.evidence import Evidence, Job
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.receipt import RECORDED
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.datasets.dataset import LoadedRegion

MOST_READOUT = 500
T = TypeVar("T")


def gathered(
    occupant: Occupant,
    kind: str,
    job: Job,
    region: LoadedRegion,
    *,
    device: str,
    recorded: bool,
    check: Callable[[], None],
) -> Evidence:
    """What `gather` gathers in this process, gathered in a cell: activations that the store has are not asked for."""
    cell = _Asking(occupant, kind, job, region, RECORDED if recorded else device, check)
    if kind == "activations" and not recorded:
        return _activations(cell)
    return cell.evidence(job.model.layers)


class _Asking:
    """The questions about a region that a cell is asked."""

    def __init__(
        self,
        occupant: Occupant,
        kind: str,
        job: Job,
        region: LoadedRegion,
        device: str,
        check: Callable[[], None],
    ) -> None:
        self.job, self.region, self.device = job, region, device
        self._occupant, self._kind, self.check = occupant, kind, check

    def evidence(self, layers: Sequence[str]) -> Evidence:
        """The evidence, of these layers where it is of layers."""
        return self._ask("gather", layers, lambda answer: self._read(answer, answer.frame(), layers))

    def labels(self, layers: Sequence[str]) -> tuple[str, ...]:
        """The layers that these names and globs stand for."""
        return self._ask("labels", layers, lambda answer: names(answer.frame().get("labels"), most=MOST_LAYERS))

    def _ask(self, task: str, layers: Sequence[str], read: Callable[[Answer], T]) -> T:
        order = {
            "do": task,
            "kind": self._kind,
            "layers": list(layers),
            "region": region_json(self._kind, self.region),
            "network_digest": self.job.network_digest,
            "extraction": extraction_json(self.job.extraction),
        }
        return self._occupant.ask(order, read, self.job.reporter, check=self.check)

    def _read(self, answer: Answer, said: Frame, layers: Sequence[str]) -> Evidence:
        about, content = said.get("evidence"), said.get("content")
        if not isinstance(about, dict):
            raise BrokenFrameError("evidence that is none")
        found, readout = names(about.get("layers"), most=MOST_LAYERS), plain(about.get("readout"), most=MOST_READOUT)
        if self._kind == "activations":
            if content != "layers" or found != tuple(layers) or about.get("device") != self.device:
                raise BrokenFrameError("other evidence than was asked for")
            return Evidence(
                [layer(answer.reader, each, len(self.region.stimuli)) for each in layers], found, self.device
            )
        if content == "nothing":
            return Evidence(None, (), self.job.device, readout)
        if content != "choices" or about.get("device") != self.device or len(found) > 1:
            raise BrokenFrameError("other evidence than was asked for")
        among = None if self.device == RECORDED else _categories(self.region)
        chosen = choices(answer.reader, said.get("choices"), stimulus_ids=self.region.stimuli.ids, categories=among)
        return Evidence(chosen, found, self.device, readout)


def _activations(cell: _Asking) -> Evidence:
    """The model's layers, as `activations.obtain` has them: one process at a time computes what the store has not."""
    job, stimuli = cell.job, cell.region.stimuli
    extraction, layers = job.extraction, tuple(job.model.layers)
    store = ActivationStore(extraction.store_url or job.locations.activations, limit_bytes=extraction.store_limit_bytes)
    if any(is_glob(each) for each in layers):
        layers = cell.labels(layers)

    def key(text: str) -> str:
        module, pooling = parse_layer(text, job.spec.pooling)
        return store_key(
            network_digest=job.network_digest,
            preprocessing=job.model.preprocessing,
            layer=module,
            pooling=pooling,
            precision=f"{extraction.precision} on {cell.device}",
            stimuli_digest=stimuli.digest,
        )

    tell = cache(lambda: job.reporter.message(f"Waiting: another process is running {job.spec.name} on {stimuli.name}"))

    def waiting() -> None:
        cell.check()
        tell()

    keys = {each: key(each) for each in layers}
    found = _stored(store, keys)
    if len(found) < len(keys):
        with store.computing(key("*"), waiting=waiting):
            found |= _stored(store, {each: keys[each] for each in keys if each not in found})
            missing = [each for each in keys if each not in found]
            if missing:
                made = cell.evidence(missing).content
                for each in made if isinstance(made, list) else ():
                    store.put(keys[each.layer], each)
                    found[each.layer] = replace(each, key=keys[each.layer])
        store.trim(keep=set(keys.values()))
    return Evidence([found[each] for each in keys], tuple(keys), cell.device)


def _stored(store: ActivationStore, keys: Mapping[str, str]) -> dict[str, LayerGram]:
    """What of these is in the store, by the name it is asked by."""
    return {
        each: replace(stored, layer=each, key=key)
        for each, key in keys.items()
        if (stored := store.get(key)) is not None
    }


def _categories(region: LoadedRegion) -> tuple[str, ...]:
    if not isinstance(region.assembly, BehaviouralAssembly | LabelDistributions):
        raise TypeError(f"{type(region.assembly).__name__} has no categories to choose among")
    return region.assembly.categories
