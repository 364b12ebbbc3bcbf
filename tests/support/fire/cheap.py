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
from brainrank.benchmark.scoring.evidence import Evidence
from brainrank.benchmark.scoring.run import Extracted, RunResult, Seconds
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
        extracted: Extracted | None,
        after_extraction: Callable[[Extracted], None],
        **_: Any,
    ) -> RunResult:
        if extracted is None:
            pass_time(reporter, "extracting", seconds)
            after_extraction(store_layer(locations))
        else:
            assert extracted.evidence.layers == ("image",)
            pass_time(reporter, "scoring", seconds)
        reporter.progress("scoring", 0, 1)
        value = zlib.crc32(benchmark.name.encode()) / 2**32
        receipt = Receipt(
            spec.name, spec.source, True, spec.digest, "", "", {}, (), "", "flatten", "float32", "cpu", "",
            benchmark.name, benchmark.version, asdict(benchmark.metric), 0, "1", {},
        )  # fmt: skip
        return RunResult(Score(value, "r", Interval(value, value), NoiseCeiling(1.0, 1.0)), receipt, Seconds(0.0, 0.0))

    return run


def store_layer(locations: Locations) -> Extracted:
    """Put a layer into the store, for whoever scores it."""
    vector, key = np.zeros(IMAGES), secrets.token_hex(32)
    layer = LayerGram("image", np.zeros((IMAGES, IMAGES)), vector, vector, vector, vector, 0.0, 1, key=key)
    ActivationStore(locations.activations).put(key, layer)
    return Extracted(Evidence([layer], ("image",), "cpu"), "", "", {}, "", "float32", 0.0)


def pass_time(reporter: Reporter, stage: str, seconds: float) -> None:
    """Be at work for as long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reporter.progress(stage, 0, 1)
        time.sleep(0.05)
