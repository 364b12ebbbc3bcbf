"""Files of checkpoints, and the networks that are read of them."""

from pathlib import Path

import torch
from checkpoint_forms import NAME

from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.resolved import ResolvedModel


def resolved(path: Path, written: str = NAME) -> ResolvedModel:
    return resolve(find_model(f"file:{path}#{written}"), Locations(path.parent / "home"), Silent())


def saved(folder: Path, content: object, name: str = "net.pth") -> Path:
    torch.save(content, folder / name)
    return folder / name


def the_same(model: ResolvedModel, expected: dict[str, torch.Tensor]) -> bool:
    found = model.build().state_dict()
    return all(torch.equal(found[key], each) for key, each in expected.items())
