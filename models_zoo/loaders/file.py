"""`file:WEIGHTS#SOURCE:ARCHITECTURE`: one's own weights for an architecture known by name.

`file:runs/net.safetensors#timm:resnet50`, `file:moco.pth.tar#torchvision:resnet50`, `...#open_clip:ViT-B-32`,
`...#recurrent:cornet-s`, `...#vae:burgess64`, `...#trained:compact-resnet`; with `?key=teacher&prefix=backbone.` behind
the architecture where the file holds several networks.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from torch import nn

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.checkpoints.anatomy import Anatomy
from brainrank.models_zoo.checkpoints.choice import Choice, read_written
from brainrank.models_zoo.checkpoints.files import read_file, require_weights_file
from brainrank.models_zoo.checkpoints.reading import Reading, read_for
from brainrank.models_zoo.load import ARCHITECTURES, SOURCES
from brainrank.models_zoo.loaders.architecture import Architecture, on_meta, resolve_built, untrained
from brainrank.models_zoo.loaders.local import LocalFile, file_of, open_checked, path_in
from brainrank.models_zoo.resolved import ResolvedModel, TextTower


class Asked(NamedTuple):
    """What a source asks for: an architecture, its name as SOURCE:NAME, and which network of the file."""

    architecture: Architecture
    name: str
    choice: Choice

    @property
    def anatomy(self) -> Anatomy:
        """The tensors of the architecture."""
        network = on_meta(self.architecture.create)
        return Anatomy(self.name, network, self.architecture.classifier(network))


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a file of weights with an architecture behind it that exists."""
    read_source(spec)


def read_source(spec: ModelSpec) -> Asked:
    """What the source asks for. Raises UserError where it names no file of weights, or no architecture."""
    _, mark, written = spec.source.rpartition("#")
    name, choice = read_written(written)
    if not mark or not name.partition(":")[2]:
        raise UserError(
            f"'{spec.source}' names no architecture; write file:WEIGHTS#SOURCE:ARCHITECTURE, as in "
            "file:net.pth#timm:resnet50"
        )
    asked = ask_for(name, choice)
    require_weights_file(Path(path_in(spec.source)).expanduser())
    return asked


def ask_for(name: str, choice: Choice) -> Asked:
    """The architecture `SOURCE:NAME`, and the choice. Raises UnknownNameError."""
    kind, _, rest = name.partition(":")
    if kind not in ARCHITECTURES:
        raise UnknownNameError("source of architectures", kind, ARCHITECTURES)
    find: Callable[[str], Architecture] = SOURCES[kind].load_module().architecture
    return Asked(find(rest), name, choice)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the network in the file, and say what was found. Raises InvalidDataError where it is not there whole."""
    asked = read_source(spec)
    file, anatomy = file_of(spec, locations, reporter), asked.anatomy
    reading = read_weights(file, asked, anatomy)
    _require_scored(spec, reading)
    line, arguments = reading.line, reading.arguments
    reporter.message(f"{file.path.name}: {line}")
    found = asked.architecture
    with_checkpoint = found._replace(
        network=found.network._replace(arguments={**found.network.arguments, "checkpoint": arguments}),
        imagenet_classes=found.imagenet_classes and reading.has_head,
    )
    del reading  # its tensors may be in memory
    build, text = partial(_build, file, asked, anatomy), partial(_text, file, asked, anatomy)
    return resolve_built(with_checkpoint, spec, file.sha256, build, text=text, checkpoint=line)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The architecture with random weights."""
    return untrained(read_source(spec).architecture, spec)


def read_weights(file: LocalFile, asked: Asked, anatomy: Anatomy) -> Reading:
    """What of the file is the network's. Errors as of `read_file` and `read_for`."""
    return read_for(read_file(file.path), file.path, name=asked.name, anatomy=anatomy, choice=asked.choice)


def _build(file: LocalFile, asked: Asked, anatomy: Anatomy) -> nn.Module:
    with open_checked(file):
        return read_weights(file, asked, anatomy).fill(asked.architecture.create(), asked.name)


def _text(file: LocalFile, asked: Asked, anatomy: Anatomy) -> TextTower | None:
    if asked.architecture.text is None:
        return None
    with open_checked(file):
        return asked.architecture.text(dict(read_weights(file, asked, anatomy).whole()))


def _require_scored(spec: ModelSpec, reading: Reading) -> None:
    """Raise UserError where a layer is asked for that the file has no weights of."""
    if reading.has_head:
        return
    for text in spec.layers:
        layer = text.partition(":")[0].partition("#")[0]  # without its pooling, and the number of its call
        if any(layer == module or layer.startswith(f"{module}.") for module in reading.anatomy.classifier):
            raise UserError(
                f"Layer '{layer}' is the classifier, of which the file has no weights; choose another layer"
            )
