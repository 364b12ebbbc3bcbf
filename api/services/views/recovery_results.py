"""What declared benchmarks can detect of the models at hand, as `make recovery` found it: a file of the package.

Stored in a file and not in the database: it is of a benchmark and of the catalogue's models, the same in every home, it
takes minutes to make, and a stranger's models change nothing of it (docs/decisions/recovery.md).
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from brainrank.benchmark.recovery.recovery import Recovery, recovery_of
from brainrank.benchmark.scoring.benchmarks import Benchmark

FILE = Path(__file__).with_name("recovery_results.json")


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text())
    return found


def stored_recovery(benchmark: Benchmark) -> Recovery | None:
    """What was found for this version of a benchmark; None where nothing was."""
    found = _read().get(benchmark.name)
    if found is None or found["version"] != benchmark.version or "reason" in found:
        return None
    return recovery_of(found)


def why_not_recovered(benchmark: Benchmark) -> str:
    """Why nothing is known of what a benchmark can detect; empty where it is."""
    if stored_recovery(benchmark) is not None:
        return ""
    found = _read().get(benchmark.name)
    if found is not None and found["version"] == benchmark.version:
        return str(found["reason"])
    return f"it has not been simulated: brainrank benchmarks recovery {benchmark.name}"


def recovery_facts(found: Recovery, sizes: Mapping[str, int]) -> dict[str, str]:
    """What was found, in words; `sizes` are how much was measured, by what is counted."""
    shown = {
        "true model first": f"{found.recovered:.0%} of worlds, mean of {len(found.models)} models, "
        f"{found.worlds} worlds each",
        "and told from the second": f"{found.told_from_second:.0%}",
        "pairs of models told in 80 % of worlds": f"{found.pairs_told(found.models):.0%}",
        "smallest difference told in 80 % of worlds": f"{found.smallest_difference:.3f}",
        "noise ceiling": f"measured {found.ceiling:.3f}, in the worlds {found.simulated_ceiling:.3f}",
    }
    images = _needed(found.times_images, sizes.get("stimuli"), "images")
    people = _needed(found.times_subjects, sizes.get("subjects", sizes.get("observers")), "subjects")
    return shown | {"to tell the nearest rival in 80 % of worlds": f"{images}, or {people}"}


def _needed(times: float, measured: int | None, what: str) -> str:
    if math.isinf(times) or math.isnan(times):
        return f"no number of {what} is enough"
    told = f"{times:.2g} times the {what}"
    return told if measured is None else f"{math.ceil(times * measured):,} {what} ({told})"
