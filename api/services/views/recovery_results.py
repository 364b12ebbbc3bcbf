"""What declared benchmarks can detect of the models at hand, as `make recovery` found it: a file of the package.

Stored in a file and not in the database: it is of a benchmark and of the catalogue's models, the same in every home, it
takes minutes to make, and a stranger's models change nothing of it (docs/decisions/recovery.md).
"""

import json
import math
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.api.number_text import number_text
from brainrank.benchmark.recovery.detection import Detection, Recovery, recovery_of
from brainrank.benchmark.scoring.benchmarks import Benchmark

FEW = 0.5
"""A benchmark that tells a smaller share of the pairs of models shown is marked."""
NOT_ENOUGH = "no number is enough"
FILE = Path(__file__).with_name("recovery_results.json")


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text())
    return found


def _of_version(benchmark: Benchmark) -> Mapping[str, Any] | None:
    """What the file has of this version of a benchmark."""
    found = _read().get(benchmark.name)
    return found if found is not None and found["version"] == benchmark.version else None


def stored_recovery(benchmark: Benchmark) -> Recovery | None:
    """What was found for this version of a benchmark; None where nothing was."""
    found = _of_version(benchmark)
    return None if found is None or "reason" in found else recovery_of(found)


def why_not_recovered(benchmark: Benchmark) -> str:
    """Why nothing is known of what a benchmark can detect; empty where it is."""
    found = _of_version(benchmark)
    if found is None:
        return f"it has not been simulated: brainrank benchmarks recovery {benchmark.name}"
    return str(found.get("reason", ""))


def cannot_tell(found: Recovery, models: Collection[str]) -> str:
    """That a benchmark does not tell most pairs of these models in 80 % of worlds, in words; empty where it does."""
    share = found.as_measured.pairs_told(models)
    if math.isnan(share) or share >= FEW:
        return ""
    return f"cannot tell most models apart: {share:.0%} of the pairs shown are told in 80 % of simulated studies"


class RecoveryFact(NamedTuple):
    """A fact of what a benchmark can detect: what, where a true model scores as in the data, and where it is all."""

    what: str
    as_measured: str
    in_full: str


def recovery_facts(found: Recovery, sizes: Mapping[str, int]) -> list[RecoveryFact]:
    """What was found, in words; `sizes` are how much was measured, by what is counted."""
    texts = [_texts(each, sizes) for each in (found.as_measured, found.in_full)]
    return [RecoveryFact(what, text, texts[1][what]) for what, text in texts[0].items()]


def _texts(found: Detection, sizes: Mapping[str, int]) -> dict[str, str]:
    images, people = sizes.get("stimuli"), sizes.get("subjects", sizes.get("observers"))
    return {
        "the true model is first": f"{found.recovered:.0%} of worlds",
        "and is told from the second": f"{found.told_from_second:.0%} of worlds",
        "pairs of models told in 80 % of worlds": f"{found.pairs_told(found.models):.0%}",
        "smallest difference told in 80 % of worlds": number_text(found.smallest_difference),
        "images for its nearest rival": _needed(found.times_images, images),
        "or subjects": _needed(found.times_subjects, people),
        "or times as many of both": f"{found.times_both:.2g}" if math.isfinite(found.times_both) else NOT_ENOUGH,
    }


def _needed(times: float, measured: int | None) -> str:
    if not math.isfinite(times):
        return NOT_ENOUGH
    if measured is None:
        return f"{times:.2g} times as many"
    return f"{math.ceil(times * measured):,}" if times > 1 else f"the {measured:,} there are"
