"""From a ModelSpec to a model: one loader per source, imported only when it is needed (they import torch)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.checkpoints.choice import read_written
from brainrank.models_zoo.resolved import ResolvedModel
from brainrank.models_zoo.training.architectures import design_written, module_of


class Loader(NamedTuple):
    """How models of a source are checked by name, resolved, and outlined: the same layers, untrained if it can be."""

    check: Callable[[ModelSpec], None]
    resolve: Callable[[ModelSpec, Locations, Reporter], ResolvedModel]
    outline: Callable[[ModelSpec, Locations, Reporter], ResolvedModel]


class Source(NamedTuple):
    """A kind of source: how it is written, and what a service has to know before it accepts one from a stranger.

    `reads_files`: it names a file of this machine. `runs_code`: it runs the user's code. `verified` is False where the
    numbers are the user's own and cannot be made again from weights. `in_memory`: it names what is in a Python session.
    """

    syntax: str
    module: str
    reads_files: bool = False
    runs_code: bool = False
    verified: bool = True
    in_memory: bool = False

    @property
    def path(self) -> str:
        """The name of the loader's module."""
        return f"brainrank.models_zoo.loaders.{self.module}"

    def load_module(self) -> ModuleType:
        """Import the loader's module."""
        return import_module(self.path)

    def loader(self) -> Loader:
        """Import the loader."""
        module = self.load_module()
        return Loader(module.check, module.resolve, module.outline)


SOURCES: Mapping[str, Source] = {
    "timm": Source("timm:NAME[.TAG][@random]", "timm"),
    "torchvision": Source("torchvision:NAME/WEIGHTS or torchvision:NAME@random", "torchvision"),
    "open_clip": Source("open_clip:ARCH/TAG or open_clip:ARCH@random", "open_clip"),
    "hf": Source("hf:OWNER/REPO@COMMIT", "hf"),
    "diffusers": Source("diffusers:OWNER/REPO[/FOLDER]@COMMIT or diffusers:CLASS@random", "diffusers"),
    "transformers": Source("transformers:OWNER/REPO@COMMIT or transformers:CLASS@random", "transformers"),
    "vae": Source("vae:NAME[@random]", "vae"),
    "recurrent": Source("recurrent:NAME@random", "recurrent"),
    "classical": Source("classical:NAME", "classical"),
    "trained": Source("trained:NAME-SEED or trained:NETWORK@random", "trained"),
    "file": Source("file:WEIGHTS#SOURCE:ARCHITECTURE[?key=KEY&prefix=PREFIX]", "file", reads_files=True),
    "onnx": Source("onnx:FILE", "onnx", reads_files=True),
    "python": Source("python:FILE.py:FUNCTION", "python", reads_files=True, runs_code=True, verified=False),
    "live": Source(
        "made in Python from a torch.nn.Module, of which it names class and sha256",
        "live",
        runs_code=True,
        verified=False,
        in_memory=True,
    ),
    "features": Source("features:FILE.npz, .npy, .h5, .nc or .zarr", "features", reads_files=True, verified=False),
    "trials": Source("trials:FILE.csv", "trials", reads_files=True, verified=False),
}
# Those whose architectures weights of one's own can be fitted to.
ARCHITECTURES = ("timm", "open_clip", "torchvision", "recurrent", "vae", "trained")


def find_source(spec: ModelSpec) -> Source:
    """The kind of the spec's source. Raises UnknownNameError when there is no such kind."""
    scheme = spec.source.partition(":")[0]
    if scheme not in SOURCES:
        raise UnknownNameError("model source", scheme, SOURCES)
    return SOURCES[scheme]


def modules_of(spec: ModelSpec) -> tuple[str, ...]:
    """The modules that load a model: of its source, of the architecture that a file names, and of a network made here.

    Raises UnknownNameError where the source, or the network of one that is trained here, does not exist.
    """
    written = [spec.source]
    if spec.source.startswith("file:"):
        written.append(read_written(spec.source.rpartition("#")[2]).architecture)
    found = [find_source(replace(spec, source=each)).path for each in written]
    scheme, _, name = written[-1].partition(":")
    return (*found, module_of(design_written(name))) if scheme == "trained" else tuple(found)


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when the spec's source, or the name in it, does not exist; nothing is fetched."""
    find_source(spec).loader().check(spec)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Settle weights, preprocessing and layers of a model, fetching its weights if need be.

    Raises UnknownNameError (source or architecture), DataUnavailableError (weights) and, on building, ModelLoadError
    (weights that do not fit).
    """
    return find_source(spec).loader().resolve(spec, locations, reporter)


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The model's preprocessing and layers, and a network of its architecture; fetches no weights if there is a way."""
    return find_source(spec).loader().outline(spec, locations, reporter)


def require_data_only(spec: ModelSpec) -> None:
    """Raise UserError unless the spec is data that a service may take from a stranger: no code, no path on its disk.

    An uploaded file is data: it is the spec's `weights`, of known sha256, and not a path in its source.
    """
    source = find_source(spec)
    if source.in_memory:
        source.loader().check(spec)
    if source.runs_code:
        raise UserError(
            f"'{spec.source}' runs code, which is taken on the command line of one's own machine only; "
            "submit weights, an ONNX file or features"
        )
    if source.reads_files and spec.weights is None:
        raise UserError(f"'{spec.source}' names a file on the server's disk; upload the file instead")


def pin_weights(spec: ModelSpec) -> ModelSpec:
    """The spec with the sha256 of the local file it names, so that a changed file is another model.

    Of Python it is that of the user's other files, too, which the file imports.

    Raises UserError when there is no such file.
    """
    source = find_source(spec)
    if not source.reads_files or spec.weights is not None:
        return spec
    from brainrank.models_zoo.loaders.local import content_digest, local_file
    from brainrank.models_zoo.loaders.own_code import code_digest

    path = local_file(spec)
    return replace(spec, file_sha256=code_digest(path) if source.runs_code else content_digest(path))
