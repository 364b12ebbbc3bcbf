"""Which models each source has, known without torch: a name that cannot exist is refused before anything waits for it.

`known_names.json` lists what the pinned releases of timm, torchvision and open_clip have, and what this project's own
loaders have (`make names` writes it; a test holds it to them). Where another release is installed, its names are left
to its loader.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.checkpoints.choice import read_written
from brainrank.models_zoo.hub_names import autoencoder_repository, hub_repository, transformers_source
from brainrank.models_zoo.load import ARCHITECTURES
from brainrank.models_zoo.training.architectures import MODULES, RANDOM

FILE = Path(__file__).with_suffix(".json")
TRAINED_WEIGHTS = Path(__file__).parent / "weights"


class Package(NamedTuple):
    """The models of a package, each with the tags of its weights; `separator` stands between the two."""

    name: str
    version: str
    separator: str
    models: Mapping[str, Sequence[str]]

    @property
    def is_installed(self) -> bool:
        """Whether it is this release that is installed."""
        try:
            return version(self.name) == self.version
        except PackageNotFoundError:
            return False


class NameLists(NamedTuple):
    """What the file says: packages by source, and the names of this project's own sources."""

    packages: Mapping[str, Package]
    own: Mapping[str, Sequence[str]]


@cache
def name_lists() -> NameLists:
    """The lists, read once."""
    content = json.loads(FILE.read_text())
    return NameLists({name: Package(**each) for name, each in content["packages"].items()}, content["own"])


def require_known(spec: ModelSpec) -> None:
    """Raise UserError for a source whose name cannot exist, as far as that is known here; nothing is imported."""
    scheme, _, rest = spec.source.partition(":")
    if scheme == "file":
        _, mark, written = spec.source.rpartition("#")
        kind, _, name = read_written(written).architecture.partition(":")
        if mark and kind not in ARCHITECTURES:
            raise UnknownNameError("source of architectures", kind, ARCHITECTURES)
        if mark:
            _require_architecture(kind, name)
    elif scheme in CHECKS:
        CHECKS[scheme](spec.source)
    elif scheme in name_lists().packages or scheme in name_lists().own:
        name, revision = rest.removesuffix(RANDOM), RANDOM if rest.endswith(RANDOM) else ""
        if "@" in name:
            raise UnknownNameError(f"{scheme} revision", name.rpartition("@")[2], ("random",))
        _require_architecture(scheme, name)
        if not revision and spec.weights is None:
            _require_weights(scheme, name)


def trained_here() -> Sequence[str]:
    """The models whose weights come with the project."""
    return sorted(file.stem for file in TRAINED_WEIGHTS.glob("*.safetensors"))


def _require_trained(source: str) -> None:
    name = source.removeprefix("trained:")
    if name.endswith(RANDOM):
        _require_architecture("trained", name.removesuffix(RANDOM))
    elif name not in trained_here():
        raise UnknownNameError("model trained here", name, trained_here())


def _require_architecture(source: str, name: str) -> None:
    if source == "trained":
        if name not in MODULES:
            raise UnknownNameError("network", name, MODULES)
    elif source in name_lists().own:
        if name not in name_lists().own[source]:
            raise UnknownNameError(f"{source} model", name, name_lists().own[source])
    elif name_lists().packages[source].is_installed:
        package = name_lists().packages[source]
        model, separator, tag = name.partition(package.separator)
        if model not in package.models:
            raise UnknownNameError(f"{source} model", model, package.models)
        if separator and tag not in package.models[model]:
            written = [f"{model}{separator}{each}" for each in package.models[model]]
            raise UnknownNameError(f"weights of {source} model", name, written)


def _require_weights(source: str, name: str) -> None:
    """Raise UserError where a source needs to be told which weights, and is not."""
    package = name_lists().packages.get(source)
    if source == "classical" or (package is not None and (source == "timm" or package.separator in name)):
        return
    if package is None:
        raise UserError(f"'{source}:{name}' names no weights; write {source}:{name}{RANDOM}, or upload some")
    if package.is_installed:
        tags = [f"{source}:{name}{package.separator}{each}" for each in package.models[name][:8]]
        raise UserError(f"'{source}:{name}' names no weights; choose {', '.join([*tags, f'{source}:{name}{RANDOM}'])}")


CHECKS: Mapping[str, Callable[[str], object]] = {
    "hf": hub_repository,
    "diffusers": autoencoder_repository,
    "transformers": transformers_source,
    "trained": _require_trained,
}
