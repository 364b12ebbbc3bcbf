"""What a run will cost, told before it begins: from runs there have been, or not at all."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import changes, durations
from brainrank.api.repositories.durations import Duration
from brainrank.benchmark.scoring.code_version import code_of
from brainrank.benchmark.types.model_spec import ModelSpec

# Runs looked at, and of those how many: the models nearest in size tell most (performance/RESULTS-estimates.md).
LOOKED_AT, NEAREST = 100, 5
ENOUGH_MORE = 1.1
# Below it a network's size decides nothing: a pixel model has none.
SMALLEST_MILLION = 0.1
BYTES_A_PARAMETER = 4


class Estimate(NamedTuple):
    """Seconds of work, waiting aside, and bytes of memory; None where nothing is known. `basis` says from what."""

    seconds: float | None
    memory_bytes: int | None
    basis: str


class _Known(NamedTuple):
    """What models took on a benchmark, when its scores had changed so often."""

    durations: Sequence[Duration]
    changes: int


class Estimates:
    """What runs will take; `budget_bytes` bounds what extraction holds in memory.

    What models took on a benchmark is kept, and read anew when a tenth more scores are there: a few more move no
    median by much, and to read it again for each of a hundred benchmarks took longer than all else of a submission.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._known = dict[tuple[str, int], _Known]()

    def of(self, session: Session, spec: ModelSpec, benchmarks: Mapping[str, int]) -> dict[str, Estimate]:
        """What a model's runs on benchmarks of these versions will take, by name."""
        own = durations.of_model(session, spec, benchmarks)
        counts = changes.every(session) if len(own) < len(benchmarks) else {}
        memory, told = _memory(spec, self._budget_bytes)
        found = {}
        for benchmark, version in benchmarks.items():
            if benchmark in own:
                found[benchmark] = Estimate(own[benchmark].seconds, memory, f"time as this model's last run; {told}")
                continue
            known = self._durations(session, benchmark, version, counts.get(benchmark, 0))
            seconds, basis = from_others(spec, [each for each in known if each.model != spec.name])
            found[benchmark] = Estimate(seconds, memory, f"{basis}; {told}")
        return found

    def usual(self, session: Session, benchmarks: Mapping[str, int]) -> dict[str, float]:
        """The median seconds of work of whatever models ran these benchmarks, of those that any did."""
        counts = changes.every(session)
        found = {
            name: self._durations(session, name, version, counts.get(name, 0)) for name, version in benchmarks.items()
        }
        return {name: statistics.median(each.seconds for each in known) for name, known in found.items() if known}

    def _durations(self, session: Session, benchmark: str, version: int, now: int) -> Sequence[Duration]:
        known = self._known.get((benchmark, version), _Known((), 0))
        if now > (ENOUGH_MORE * known.changes if known.durations else known.changes):
            known = _Known(durations.of_models(session, benchmark, version, limit=LOOKED_AT), now)
            self._known[benchmark, version] = known
        return known.durations


def benchmarks_without_score(
    session: Session, spec: ModelSpec, benchmarks: Mapping[str, int], *, code_versions: Mapping[str, str]
) -> dict[str, int]:
    """Those of the benchmarks on which this model has no score by the code of these versions, by benchmark."""
    own = durations.of_model(session, spec, benchmarks)
    return {
        name: version
        for name, version in benchmarks.items()
        if name not in own or code_of(own[name].code_version or "") != code_of(code_versions[name])
    }


def from_others(spec: ModelSpec, others: Sequence[Duration]) -> tuple[float | None, str]:
    """Seconds, and from what, of a model that has not run the benchmark yet: the median of those nearest in size."""
    if not others:
        return None, "time unknown: nobody has run this benchmark here yet"
    size = None if spec.card is None else spec.card.parameters_million
    sized = [each for each in others if each.parameters_million is not None]
    if size is None or not sized:
        seconds = statistics.median(each.seconds for each in others)
        return seconds, f"time as the median of {_models(len(others))} on this benchmark, of whatever size"
    near = sorted(sized, key=lambda each: abs(_log_size(each.parameters_million) - _log_size(size)))[:NEAREST]
    seconds = statistics.median(each.seconds for each in near)
    return seconds, f"time as the median of the {_models(len(near))} on this benchmark nearest to {size:g} M parameters"


def _log_size(parameters_million: float | None) -> float:
    return math.log(max(parameters_million or 0.0, SMALLEST_MILLION))


def _models(count: int) -> str:
    return f"{count} model{'s' * (count != 1)}"


def _memory(spec: ModelSpec, budget_bytes: int) -> tuple[int | None, str]:
    if spec.card is None:
        return None, "memory unknown: the network's size is on no card"
    weights = round(spec.card.parameters_million * 1e6) * BYTES_A_PARAMETER
    return budget_bytes + weights, "memory as the budget for features and the weights, without what a batch takes"
