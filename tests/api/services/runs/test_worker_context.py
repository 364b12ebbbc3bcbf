"""What a worker keeps from run to run: regions of the service's own studies, so many of them, nobody's own data."""

from functools import partial

import pytest
from queued_runs import QueuedRuns
from tiny_study import NAMES

from brainrank.api.repositories.parts import HeldPart, Part
from brainrank.api.services.runs import worker_context
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.reporter import Silent


@pytest.fixture
def loads(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which benchmarks' data were loaded."""
    found, load = list[str](), Catalogue.load

    def counted(self: Catalogue, benchmark: object, *given: object) -> object:
        found.append(benchmark.name)  # type: ignore[attr-defined]
        return load(self, benchmark, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalogue, "load", counted)
    return found


def test_a_region_is_loaded_once_and_the_oldest_is_let_go_of(
    queued: QueuedRuns, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, catalogue = queued.context, queued.context.machine.catalogue
    it, v1 = (partial(context.region, catalogue.benchmark(name), Silent(), catalogue) for name in NAMES)
    assert it() is it()
    v1()
    assert loads == [*NAMES]
    monkeypatch.setattr(worker_context, "MOST_WARM_REGIONS", 1)
    fresh = WorkerContext(context.machine, lease_s=60, run_limit_s=60)
    for name in (NAMES[0], NAMES[1], NAMES[1], NAMES[0]):
        fresh.region(catalogue.benchmark(name), Silent(), catalogue)
    assert loads[2:] == [NAMES[0], NAMES[1], NAMES[0]]


def test_nobodys_own_data_are_kept(queued: QueuedRuns, loads: list[str]) -> None:
    known = queued.context.machine.catalogue
    own = Catalogue(known.datasets, known.benchmarks)
    for _ in range(2):
        queued.context.region(own.benchmark(NAMES[0]), Silent(), own)
    assert loads == [NAMES[0]] * 2


def test_a_part_whose_layer_is_not_here_is_left_to_another_worker(queued: QueuedRuns, loads: list[str]) -> None:
    run = queued.submit().runs[0].run_id
    examine = queued.context.examiner(run)
    assert examine(HeldPart(Part(0, "1", "ab" * 32, 0, 10), NAMES[0])) is None
    assert loads == []


def test_a_metric_that_one_worker_scores_has_no_parts(queued: QueuedRuns) -> None:
    run = queued.submit().runs[0].run_id
    with pytest.raises(TypeError, match="rsa is scored by one worker; the runs of tiny2026.it.rsa have no parts"):
        queued.context._encoding(run, NAMES[0])
