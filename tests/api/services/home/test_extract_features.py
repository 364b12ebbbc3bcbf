"""Features of images: the same in memory and in a file, nothing computed twice, and what has no network refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.api.services.home import extract_features
from brainrank.api.services.home.extract_features import Asked, asked_by_name, compute, compute_into, save
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.memory.pictures import stimuli_from
from brainrank.models_zoo.catalogue import find_model

N = 20


class Heard(Silent):
    """What is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


@pytest.fixture
def stimuli(tmp_path: Path) -> Iterator[StimulusSet]:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"image{number}.png" for number in range(N)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
    with stimuli_from(paths, name="pictures", reporter=Silent()) as found:
        yield found


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return asked_by_name(
        find_model("pixels"), layers=(), pooling="flatten", locations=Locations(home=tmp_path / "home"),
        reporter=Silent(),
    )  # fmt: skip


def test_in_memory_on_the_disk_and_in_a_file_they_are_the_same(
    stimuli: StimulusSet, asked: Asked, tmp_path: Path
) -> None:
    heard = Heard()
    found = compute(asked, stimuli, Silent())
    waiting = compute(replace(asked, extraction=Extraction(memory_bytes=2**20)), stimuli, heard)
    stored = compute_into(asked, stimuli, tmp_path / "x.npz", Silent())
    (layer,) = found.content.features
    assert found.content.ids == stored.content.ids == stimuli.ids
    assert json.loads(json.dumps(found.content.receipt)) == stored.content.receipt
    assert found.content.receipt["source"] == "classical:pixels"
    for other in (waiting, stored):
        np.testing.assert_array_equal(other.load(layer), found.load(layer))
    save(found, tmp_path / "y.npz", Silent())
    np.testing.assert_array_equal(np.load(tmp_path / "y.npz")[layer], found.load(layer).reshape(N, -1))
    assert not list((asked.locations.activations / "spill").glob("*"))


def test_what_is_in_the_file_already_is_not_computed_again(
    stimuli: StimulusSet, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, heard = compute_into(asked, stimuli, tmp_path / "x.npz", Silent()), Heard()
    monkeypatch.setattr(extract_features, "_pass", None)
    again = compute_into(asked, stimuli, tmp_path / "x.npz", heard)
    assert again.content == first.content
    assert heard.messages == [f"{tmp_path / 'x.npz'} is there already, with these features; nothing was computed"]
    with pytest.raises(UserError, match="pooling flatten, not mean"):
        compute_into(replace(asked, spec=replace(asked.spec, pooling="mean")), stimuli, tmp_path / "x.npz", Silent())


def test_what_has_no_network_is_refused(stimuli: StimulusSet, tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", late=np.ones((N, 4)))
    spec = ModelSpec("own", "unsorted", f"features:{tmp_path / 'own.npz'}")
    asked = asked_by_name(spec, layers=(), pooling="flatten", locations=Locations(tmp_path), reporter=Silent())
    with pytest.raises(UserError, match="holds features already: brainrank.open_features reads them"):
        compute(asked, stimuli, Silent())
