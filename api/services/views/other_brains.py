"""What other brains score on declared benchmarks, as `make brains` found it: a file of the package.

Stored in a file as what benchmarks can detect is (`recovery_results.py`): it is of the measurements alone.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.api.number_text import interval_text, number_text
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.score import Interval

FILE = Path(__file__).with_name("other_brains.json")


class OtherBrain(NamedTuple):
    """The score of what was measured elsewhere on the same images: the mean RDM of another region, as a model."""

    title: str
    value: float
    interval: Interval

    @property
    def text(self) -> str:
        """The score with its interval."""
        return f"{number_text(self.value)} ({interval_text(self.interval)})"


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text())
    return found


def other_brains(benchmark: Benchmark) -> Sequence[OtherBrain]:
    """What other brains score on this version of a benchmark, the best first; nothing where none saw its images."""
    found = _read().get(benchmark.name)
    if found is None or found["version"] != benchmark.version:
        return []
    return [OtherBrain(each["title"], each["value"], Interval(each["low"], each["high"])) for each in found["brains"]]
