"""`brainrank.data`: the same faults, defaults and scores as of the same data in a package."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import brainrank as br
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.scoring import Machine, score_all
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

STIMULI, TARGETS = 24, 4
DESCRIPTION = """\
name = "mine"
title = "Mine"
citation = "unpublished"
licence = "none"
access = "private"

[[regions]]
name = "v4"
responses = "responses.npy"
axes = ["stimuli", "repeats", "targets"]

[[regions]]
name = "it"
rdms = "rdms.npz"

[[benchmarks]]
region = "v4"
metric = "encoding"

[[benchmarks]]
region = "it"
metric = "rsa"
"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    for number in range(1, STIMULI + 1):
        pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"im{number}.png")
    return folder


@pytest.fixture
def responses() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((STIMULI, 3, TARGETS))


@pytest.fixture
def rdms() -> np.ndarray:
    return np.random.default_rng(2).random((3, STIMULI * (STIMULI - 1) // 2))


def score(own: br.OwnData, folder: Path) -> list[float]:
    begin = partial(transaction, open_database(f"sqlite:///{folder}/runs.db"))
    locations = Locations(folder)
    machine = Machine(own.catalogue, begin, locations, "cpu", DEFAULT_EXTRACTION)
    wanted = list(own.catalogue.benchmarks.values())
    found = score_all([find_model("pixels")], wanted, machine, again=True, begun=str, reporter=Silent())
    return [outcome.run.score for outcome in found]


def test_a_score_is_that_of_the_same_data_in_a_package(
    tmp_path: Path, images: Path, responses: np.ndarray, rdms: np.ndarray
) -> None:
    np.save(tmp_path / "responses.npy", responses)
    np.savez(tmp_path / "rdms.npz", rdms=rdms)
    rows = [f"im{number},images/im{number}.png,{(number - 1) // 2}" for number in range(1, STIMULI + 1)]
    (tmp_path / "stimuli.csv").write_text("\n".join(["stimulus_id,file,group", *rows]) + "\n")
    (tmp_path / "dataset.toml").write_text(DESCRIPTION)
    packed = br.open_data(tmp_path)
    groups = np.arange(STIMULI) // 2
    memory = br.data(
        images, {"v4": responses}, axes=("stimuli", "repeats", "targets"), rdms={"it": rdms}, groups=groups, name="mine"
    )
    assert memory.benchmarks == packed.benchmarks == ("mine.v4.encoding", "mine.it.rsa")
    of_package, of_memory = score(packed, tmp_path / "a"), score(memory, tmp_path / "b")
    assert of_package == of_memory
    assert all(np.isfinite(each.value) for each in of_memory)
