"""Groups of a package reach every score: other folds, other halves, other intervals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.scoring.declarations import declared_benchmarks
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.score import Interval, Score
from brainrank.benchmark.types.trials import Choices
from brainrank.datasets.package.package import read_package

REGIONS = {"v4": "encoding", "it": "rsa", "people": "error-consistency"}


def score(folder: Path, region: str) -> Score:
    package = read_package(folder)
    assembly = package.dataset().assembly(region, Locations(home=folder / "home"), Silent())
    metric = declared_benchmarks(package)[f"mine.{region}.{REGIONS[region]}"].metric
    ids = tuple(f"im{number}" for number in range(24))
    rng = np.random.default_rng(3)
    evidence: Any = [layer_gram("layer", rng.standard_normal((24, 30)).astype(np.float32))]
    if region == "people":
        evidence = Choices(ids, tuple(rng.choice(["cat", "dog"], 24)))
    return metric.score(evidence, assembly)


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


@pytest.mark.parametrize("region", REGIONS)
def test_groups_change_the_interval_of_every_metric(twice_as_many: Path, region: str) -> None:
    """Pairs are half as many units: the folds or draws, and with them the interval, are others."""
    folder = twice_as_many
    alone = score(folder, region)
    head, *lines = (folder / "stimuli.csv").read_text().splitlines()
    rows = [f"{line},pair{number // 2}" for number, line in enumerate(lines)]
    (folder / "stimuli.csv").write_text("\n".join([f"{head},group", *rows]) + "\n")
    paired = score(folder, region)
    assert ends(paired.interval) != pytest.approx(ends(alone.interval), nan_ok=True)
