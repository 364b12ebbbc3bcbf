"""`make names`: write which models the installed timm, torchvision and open_clip have, and this project's loaders."""

import json
from importlib.metadata import version
from typing import Any

import open_clip
import timm
from timm.models import _registry
from torchvision import models

from brainrank.models_zoo.known_names import FILE
from brainrank.models_zoo.loaders import classical, recurrent, vae


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


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"Wrote {FILE.name}")
