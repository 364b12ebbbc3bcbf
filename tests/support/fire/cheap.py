"""A run that costs nothing: a stage, a file in the store, and a score that depends on the benchmark alone."""

import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.run import RunResult, Seconds
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score

IMAGES = 200


def costing(seconds: float) -> Callable[..., RunResult]:
    """What takes the place of `run`, and as long as told: what is under fire is the service, not the science."""

    def run(
        spec: ModelSpec,
        benchmark: Benchmark,
        _region: object,
        *,
        locations: Locations,
        reporter: Reporter,
        **_: Any,
    ) -> RunResult:
        pass_time(reporter, seconds)
        vector = np.zeros(IMAGES)
        layer = LayerGram("image", np.zeros((IMAGES, IMAGES)), vector, vector, vector, vector, 0.0, 1)
        ActivationStore(locations.activations).put(secrets.token_hex(32), layer)
        reporter.progress("scoring", 0, 1)
        value = zlib.crc32(benchmark.name.encode()) / 2**32
        receipt = Receipt(
            spec.name, spec.source, True, spec.digest, "", "", {}, (), "", "flatten", "float32", "cpu", "",
            benchmark.name, benchmark.version, asdict(benchmark.metric), 0, "1", {},
        )  # fmt: skip
        return RunResult(Score(value, "r", Interval(value, value), NoiseCeiling(1.0, 1.0)), receipt, Seconds(0.0, 0.0))

    return run


def pass_time(reporter: Reporter, seconds: float) -> None:
    """Be at work for as long, as an extraction is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reporter.progress("extracting", 0, 1)
        time.sleep(0.05)
