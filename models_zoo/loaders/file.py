"""`file:WEIGHTS.safetensors#SOURCE:ARCHITECTURE`: one's own weights for an architecture known by name.

`file:runs/net.safetensors#timm:resnet50`, `...#open_clip:ViT-B-32`, `...#torchvision:alexnet`,
`...#recurrent:cornet-s`, `...#vae:burgess64`, `...#trained:compact-resnet`.
"""

from collections.abc import Callable

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.load import ARCHITECTURES, SOURCES
from brainrank.models_zoo.loaders.architecture import Architecture, trained, untrained
from brainrank.models_zoo.loaders.local import file_of, path_in
from brainrank.models_zoo.loaders.weights import SAFETENSORS
from brainrank.models_zoo.resolved import ResolvedModel


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a safetensors file with an architecture behind it that exists."""
    architecture_of(spec)


def architecture_of(spec: ModelSpec) -> Architecture:
    """The architecture that stands behind the `#`."""
    _, mark, written = spec.source.rpartition("#")
    kind, _, name = written.partition(":")
    if not mark or not name:
        raise UserError(
            f"'{spec.source}' names no architecture; write file:WEIGHTS.safetensors#SOURCE:ARCHITECTURE, as in "
            "file:net.safetensors#timm:resnet50"
        )
    if kind not in ARCHITECTURES:
        raise UnknownNameError("source of architectures", kind, ARCHITECTURES)
    path = path_in(spec.source)
    if not path.endswith(SAFETENSORS):
        raise UserError(
            f"'{path}' is no .safetensors file; other weights files may run code when they are read. Write it anew "
            "with safetensors.torch.save_file(state_dict, path)"
        )
    find: Callable[[str], Architecture] = SOURCES[kind].imported().architecture
    return find(name)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Fit the file to the architecture."""
    architecture = architecture_of(spec)
    path, digest = file_of(spec, locations, reporter)
    return trained(architecture, spec, path, digest=digest)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The architecture with random weights."""
    return untrained(architecture_of(spec), spec)
