"""`make names`: write which models the installed timm, torchvision and open_clip have, and this project's loaders.

And what the files of the catalogue's weights are called, by which it is known without torch whether they are here.
"""

import json
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import open_clip
import timm
from timm.models import _registry
from torchvision import models

from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.known_names import FILE
from brainrank.models_zoo.loaders import classical, recurrent, vae
from brainrank.models_zoo.loaders.open_clip import PICKLED, SAFE
from brainrank.models_zoo.weight_files import FILE as WEIGHT_FILES


def content() -> dict[str, Any]:
    """What `known_names.json` holds."""
    return {
        "packages": {
            "timm": _package("timm", ".", _of_timm()),
            "torchvision": _package("torchvision", "/", _of_torchvision()),
            "open_clip": _package("open_clip_torch", "/", _of_open_clip()),
        },
        "own": {
            "classical": sorted(classical.NETWORKS),
            "recurrent": sorted(recurrent.NETWORKS),
            "vae": sorted(vae.ENCODERS),
        },
    }


def _package(name: str, separator: str, found: dict[str, list[str]]) -> dict[str, Any]:
    return {"name": name, "version": version(name), "separator": separator, "models": found}


def _of_timm() -> dict[str, list[str]]:
    """Its architectures, the deprecated names that it still takes too, and their tags."""
    tags: dict[str, list[str]] = {name: [] for name in sorted(_registry._model_entrypoints)}
    for name in timm.list_pretrained():
        architecture, _, tag = name.partition(".")
        tags[architecture] += [tag] if tag else []
    return tags


def _of_torchvision() -> dict[str, list[str]]:
    return {name: [each.name for each in models.get_model_weights(name)] for name in models.list_models(module=models)}


def _of_open_clip() -> dict[str, list[str]]:
    return {name: list(open_clip.list_pretrained_tags_by_model(name)) for name in open_clip.list_models()}


def text() -> str:
    """The file: a line for each model, so that what a new release changes can be read."""
    lists = content()
    packages = [
        f"{json.dumps(name)}: {{"
        + ", ".join(f"{json.dumps(key)}: {json.dumps(each[key])}" for key in ("name", "version", "separator"))
        + ', "models": {\n'
        + ",\n".join(f"{json.dumps(model)}: {json.dumps(tags)}" for model, tags in sorted(each["models"].items()))
        + "}}"
        for name, each in lists["packages"].items()
    ]
    return '{"packages": {\n' + ",\n".join(packages) + f'}},\n"own": {json.dumps(lists["own"])}}}\n'


def weight_files() -> dict[str, list[str]]:
    """What `weight_files.json` holds: by source the repository (none for torchvision) and the names of its files."""
    found = {}
    for spec in MODELS.values():
        scheme, _, name = spec.source.partition(":")
        if spec.weights is None and not spec.source.endswith("@random") and scheme in WEIGHTS_OF:
            found[spec.source] = WEIGHTS_OF[scheme](name)
    return dict(sorted(found.items()))


def _timm_file(name: str) -> list[str]:
    config = asdict(timm.get_pretrained_cfg(name))
    return [config["hf_hub_id"], config["hf_hub_filename"] or "model.safetensors"]


def _torchvision_file(name: str) -> list[str]:
    architecture, _, weights = name.partition("/")
    return ["", models.get_model_weights(architecture)[weights].url.rpartition("/")[2]]


def _open_clip_file(name: str) -> list[str]:
    repository, _, file = open_clip.get_pretrained_cfg(*name.split("/"))["hf_hub"].rpartition("/")
    safe = f"{file.rpartition('.')[0]}.safetensors" if file else SAFE
    return [repository, *dict.fromkeys([safe, file or PICKLED])]


WEIGHTS_OF = {"timm": _timm_file, "torchvision": _torchvision_file, "open_clip": _open_clip_file}


def weights_text() -> str:
    """The file: a line for each source."""
    lines = (f"{json.dumps(source)}: {json.dumps(file)}" for source, file in weight_files().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    for file, written in ((FILE, text()), (WEIGHT_FILES, weights_text())):
        file.write_text(written)
        print(f"Wrote {file.name}")
