"""A metric is one file: put beside the others, it is on the command line, in packages, and on pages with its words."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from noise_images import noise_stimuli

from brainrank.benchmark.scoring.code_version import sources

TOY = '''
"""How much the spread of a layer's patterns is that of the brain's: a toy."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import SEED, Content, EvidenceKind, Metric, layers_of, of_kind, parameter
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score


@dataclass(frozen=True)
class Spread(Metric):
    """The correlation of how far each stimulus lies from the mean."""

    name: ClassVar[str] = "spread"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RESPONSES,)
    words: ClassVar[str] = "Spread: does what is far from the mean in the model lie far from it in the brain?"
    citation: ClassVar[str] = "Toy & Play 2026"

    power: int = parameter(1, "to which distances are raised", least=1)
    seed: int = parameter(0, SEED)

    @property
    def unit(self) -> str:
        return "r"

    @property
    def fewest_units(self) -> int:
        return 4

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        measured = of_kind(assembly, ResponseAssembly, self).responses.mean(axis=1)
        far = np.linalg.norm(measured - measured.mean(axis=0), axis=1) ** self.power
        curve = []
        for layer in layers_of(evidence, self):
            centred = layer.gram - layer.gram.mean(axis=0) - layer.gram.mean(axis=1)[:, None] + layer.gram.mean()
            found = np.sqrt(np.diag(centred)) ** self.power
            curve.append(LayerScore(layer.layer, float(np.corrcoef(found, far)[0, 1]), 1.0))
        best = max(curve, key=lambda each: each.value)
        interval = Interval(best.value - 0.1, best.value + 0.1)
        return Score(best.value, "r", interval, self.ceiling(assembly), (best.layer,), tuple(curve))

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        return NoiseCeiling(0.8, 0.9)
'''
IMAGES = 10


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The source tree with one file more."""
    root = tmp_path / "tree" / "brainrank"
    root.mkdir(parents=True)
    for each in sources().root.iterdir():
        if each.name != "benchmark":
            (root / each.name).symlink_to(each.resolve())
    shutil.copytree(sources().root / "benchmark", root / "benchmark", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "benchmark" / "metrics" / "spread.py").write_text(TOY)
    return tmp_path / "tree"


@pytest.fixture
def environment(tree: Path, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree), "BRAINRANK_HOME": str(tmp_path / "home")}


def brainrank(environment: dict[str, str], *words: str) -> str:
    code = "from brainrank.api.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected(folder: Path, responses: np.ndarray) -> float:
    """The toy's value for pixels, from images and responses themselves."""
    from PIL import Image

    pixels = np.stack([np.asarray(Image.open(folder / f"{n}.png"), float).ravel() for n in range(IMAGES)])
    far = [np.linalg.norm(each - each.mean(axis=0), axis=1) for each in (pixels, responses)]
    return float(np.corrcoef(*far)[0, 1])


PAGES = """
import sys
from dataclasses import replace
from fastapi.testclient import TestClient
from brainrank.api.app import create_app
from brainrank.api.routes.service import open_service
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings

settings = Settings()
service = open_service(settings, signal=lambda _: None)
own = replace(service, catalogue=open_catalogue(settings.locations))
with TestClient(create_app(own)) as http:
    for path in sys.argv[1:]:
        print(http.get(path).raise_for_status().text.replace("\\n", " "))
"""


def pages(environment: dict[str, str], *paths: str) -> list[str]:
    """What a service that lists its owner's data answers, a line each."""
    done = subprocess.run([sys.executable, "-c", PAGES, *paths], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_new_metric_is_found_everywhere(environment: dict[str, str], tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    noise_stimuli(images, IMAGES, (112, 112))  # as pixels sees them
    responses = np.random.default_rng(1).standard_normal((IMAGES, 5))
    np.save(tmp_path / "v4.npy", responses)
    told = json.loads(brainrank(environment, "metrics", "show", "spread", "--json"))
    assert told["citation"] == "Toy & Play 2026"
    assert told["meanings"]["power"] == "to which distances are raised"
    given = ("--images", str(images), "--responses", f"v4={tmp_path / 'v4.npy'}", "--metric", "spread")
    brainrank(environment, "dataset", "init", str(tmp_path / "mine"), *given, "--axes", "stimuli,targets")
    brainrank(environment, "dataset", "add", str(tmp_path / "mine"))
    (row,) = json.loads(brainrank(environment, "score", "pixels", "--benchmark", "mine.v4.spread", "--json"))
    assert row["unit"] == "r"
    assert row["value"] == pytest.approx(expected(images, responses), abs=1e-4)
    page, chart = pages(environment, "/benchmarks/mine.v4.spread", "/charts/benchmarks/mine.v4.spread")
    assert "does what is far from the mean in the model lie far from it in the brain?" in page
    assert "Toy &amp; Play 2026" in page
    assert "to which distances are raised" in page
    drawn = json.loads(chart)
    assert drawn["data"][0]["x"] == pytest.approx([row["value"]])
    assert drawn["layout"]["shapes"][0]["x0"] == 0.8
