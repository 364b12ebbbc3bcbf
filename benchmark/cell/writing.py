"""What goes between a cell and its keeper, as JSON and back: model, stimuli, what is known of a resolved model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.datasets.dataset import LoadedRegion, TrainingImages
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

# What of a layer goes in arrays of its own, beside its Gram matrix.
VECTORS = ("row_sums", "mean_products", "row_powers", "row_lengths")


def spec_json(spec: ModelSpec) -> dict[str, Any]:
    """A spec without what people read: its description and its card."""
    return {key: value for key, value in asdict(spec).items() if key not in {"description", "card"}}


def read_spec(said: Mapping[str, Any]) -> ModelSpec:
    """The spec that was written."""
    weights, preprocessing = said["weights"], said["preprocessing"]
    return ModelSpec(
        **{key: said[key] for key in ("name", "family", "source", "pooling", "file_sha256")},
        layers=tuple(said["layers"]),
        weights=weights and RemoteFile(weights["name"], weights["sha256"], tuple(weights["sources"])),
        preprocessing=preprocessing and read_preprocessing(preprocessing),
    )


def read_preprocessing(said: Mapping[str, Any]) -> Preprocessing:
    """The preprocessing that was written."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Preprocessing(**values)


@dataclass(frozen=True)
class Resolution:
    """What is known of a model once it is resolved, and no network is built: what its activations are known by."""

    weights_digest: str
    network: Network
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    checkpoint: str

    @classmethod
    def of(cls, model: ResolvedModel) -> "Resolution":
        """That of a model."""
        return cls(model.weights_digest, model.network, model.preprocessing, tuple(model.layers), model.checkpoint)

    def json(self) -> dict[str, Any]:
        """As plain values. What of a network's arguments is no JSON is known by its `repr`, as in its digest."""
        network = {
            "name": self.network.name,
            "arguments": json.loads(json.dumps(dict(self.network.arguments), default=repr)),
            "packages": list(self.network.packages),
        }
        return {
            "weights_digest": self.weights_digest,
            "network": network,
            "preprocessing": asdict(self.preprocessing),
            "layers": list(self.layers),
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Resolution":
        """The resolution that was written."""
        network = said["network"]
        return cls(
            said["weights_digest"],
            Network(network["name"], network["arguments"], tuple(network["packages"])),
            read_preprocessing(said["preprocessing"]),
            tuple(said["layers"]),
            said["checkpoint"],
        )


def stimuli_json(stimuli: StimulusSet) -> dict[str, Any]:
    """A stimulus set without its labels, which are what a model is asked for."""
    return {
        "name": stimuli.name,
        "visual_degrees": stimuli.visual_degrees,
        "stimuli": [[each.stimulus_id, str(each.path.absolute()), each.sha256] for each in stimuli.stimuli],
    }


def read_stimuli(said: Mapping[str, Any]) -> StimulusSet:
    """The stimulus set that was written."""
    stimuli = tuple(Stimulus(name, Path(path), sha256) for name, path, sha256 in said["stimuli"])
    return StimulusSet(said["name"], stimuli, visual_degrees=said["visual_degrees"])


def region_json(kind: str, region: LoadedRegion) -> dict[str, Any]:
    """What a model is shown of a region: stimuli, and where it is to choose, what among. Never what was measured."""
    said: dict[str, Any] = {"stimuli": stimuli_json(region.stimuli), "categories": None, "training": None}
    if kind == "choices" and isinstance(region.assembly, BehaviouralAssembly | LabelDistributions):
        said["categories"] = list(region.assembly.categories)
        if region.training is not None:
            training = region.training
            said["training"] = {
                "stimuli": stimuli_json(training.stimuli),
                "categories": list(training.categories),
                "group_of": dict(training.group_of),
            }
    return said


def read_region(said: Mapping[str, Any]) -> LoadedRegion:
    """The region that was written. For what was measured stand categories that everybody chose twice, or nothing."""
    categories, training = said["categories"], said["training"]
    assembly = None
    if categories is not None:
        assembly = LabelDistributions(("nothing",), tuple(categories), np.full((1, len(categories)), 2))
    images = None
    if training is not None:
        images = TrainingImages(read_stimuli(training["stimuli"]), tuple(training["categories"]), training["group_of"])
    return LoadedRegion(read_stimuli(said["stimuli"]), cast(Assembly, assembly), images)


def images_of(region: LoadedRegion) -> Sequence[StimulusSet]:
    """All images that a model may be shown for a region."""
    return (region.stimuli,) if region.training is None else (region.stimuli, region.training.stimuli)


def extraction_json(extraction: Extraction) -> dict[str, Any]:
    """How activations are to be had; where they are kept is the keeper's own affair."""
    return {"precision": extraction.precision, "memory_bytes": extraction.memory_bytes}
