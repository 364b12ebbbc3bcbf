"""How long scores over time take: time-resolved RSA, encoding and contrasts; writes RESULTS-courses.md.

`python -m performance.courses` needs about two minutes and 4 GB, and, for the contrasts, the files of grootswagers2024.
"""

import os
import time
from pathlib import Path

import numpy as np

from brainrank.api.settings import Settings
from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.time_resolved_contrasts import TimeResolvedContrastsMetric
from brainrank.benchmark.metrics.time_resolved_encoding import TimeResolvedEncodingMetric
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedRdms, TimedResponses
from brainrank.datasets.grootswagers2024 import DATASET
from performance.report import seconds_on_one_thread

RESULTS = Path(__file__).parent / "RESULTS-courses.md"
RNG = np.random.default_rng(0)


def main() -> None:
    """Time each, and write the table."""
    rows = [*rsa(), *encoding(), *contrasts()]
    text = [
        "# Scores over time",
        "",
        f"`python -m performance.courses`, {time.strftime('%Y-%m-%d')}, {len(os.sched_getaffinity(0))} processors, "
        "BLAS on one thread as scores have it. Each with ceiling, bands, p, onset and peak, 1,000 draws.",
        "",
        "| what | seconds |",
        "|---|---|",
        *(f"| {what} | {seconds:.1f} |" for what, seconds in rows),
    ]
    RESULTS.write_text("\n".join(text) + "\n")
    print("\n".join(text))


def names(letter: str, count: int) -> tuple[str, ...]:
    """Names of stimuli, subjects or targets."""
    return tuple(f"{letter}{number}" for number in range(count))


def layers(stimuli: int, count: int, width: int) -> list[LayerGram]:
    """Layers of noise."""
    return [
        narrow_layer(f"layer-{number}", RNG.standard_normal((stimuli, width), dtype=np.float32))
        for number in range(count)
    ]


def rsa() -> list[tuple[str, float]]:
    """92 images x 1,301 times x 16 subjects x 8 layers, as the MEG of Cichy et al. 2014 has them."""
    found, times = layers(92, 8, 50), np.arange(-100.0, 1201.0)
    base = rdm_from_features(RNG.standard_normal((92, 20)), Dissimilarity.CORRELATION)
    rdms = (base + RNG.random((16, len(times), len(base)))).astype(np.float32)
    measured = TimedRdms("meg", names("s", 92), names("p", 16), times, rdms)
    metric = TimeResolvedRsaMetric(start_ms=50.0, stop_ms=300.0)
    return [
        (
            "RSA, 92 images x 1,301 times x 16 subjects x 8 layers",
            seconds_on_one_thread(lambda: metric.score(found, measured)),
        )
    ]


def encoding() -> list[tuple[str, float]]:
    """64 channels, one time and 100 times, of 400 and of 1,500 images."""
    rows = []
    for stimuli in (400, 1_500):
        found, width = layers(stimuli, 4, 512), 64
        responses = RNG.standard_normal((stimuli, 4, width, 100), dtype=np.float32)
        measured = TimedResponses("eeg", names("s", stimuli), names("c", width), np.arange(100.0), responses)
        what = f"encoding, {stimuli:,} images x 4 repeats x {width} channels, 4 layers of 512 features"
        one = seconds_on_one_thread(
            lambda found=found, measured=measured: EncodingMetric().score(found, measured.at(0))
        )
        many = seconds_on_one_thread(
            lambda found=found, measured=measured: TimeResolvedEncodingMetric().score(found, measured)
        )
        rows += [(f"{what}, one time", one), (f"the same, 100 times ({many / one:.0f} times as long)", many)]
    return rows


def contrasts() -> list[tuple[str, float]]:
    """Ten models of seven layers on grootswagers2024."""
    measured = DATASET.assembly("soa150", Settings().locations, Silent())
    found = layers(len(measured.stimulus_ids), 7, 200)
    metric = TimeResolvedContrastsMetric(start_ms=80.0, stop_ms=240.0)
    seconds = seconds_on_one_thread(lambda: [metric.score(found, measured) for _ in range(10)])
    return [("contrasts, 16 people x 175 times x 216 contrasts, 10 models of 7 layers", seconds)]


if __name__ == "__main__":
    main()
