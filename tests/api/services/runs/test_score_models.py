"""Scoring models on benchmarks: what was scored is found, a failure stops nothing else, and is recorded."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from queued_runs import QueuedRuns
from tiny_study import NAMES

from brainrank.api.repositories.run_lines import newest
from brainrank.api.services.runs import score_models
from brainrank.api.services.runs.score_models import (
    Failure,
    Machine,
    Outcome,
    find_current,
    score_all,
    with_targets,
)
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, StorageError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

PIXELS = find_model("pixels")
BROKEN = ModelSpec("broken", "unsorted", "timm:test_resnt@random")


@pytest.fixture
def machine(queued: QueuedRuns) -> Machine:
    return queued.context.machine


def scored(machine: Machine, *specs: ModelSpec, again: bool = False) -> list[Outcome | Failure]:
    started: list[str] = []
    benchmarks = list(machine.catalogue.benchmarks.values())
    found = list(score_all(specs, benchmarks, machine, again=again, start_run=started.append, reporter=Silent()))
    assert started == [f"{spec.name} on {name}" for name in NAMES for spec in specs]
    return found


def test_what_was_scored_is_found_and_scored_anew_only_when_asked(machine: Machine) -> None:
    first, second, anew = scored(machine, PIXELS), scored(machine, PIXELS), scored(machine, PIXELS, again=True)
    assert [each.reused for each in (*first, *second, *anew) if isinstance(each, Outcome)] == [False] * 2 + [
        True
    ] * 2 + [False] * 2
    numbers = [[each.run.run_id for each in found if isinstance(each, Outcome)] for found in (first, second, anew)]
    assert numbers[0] == numbers[1] != numbers[2]
    for before, after in zip(first, anew, strict=True):
        assert isinstance(before, Outcome)
        assert isinstance(after, Outcome)
        assert before.run.score.value == after.run.score.value
    again = with_targets(second[0], machine) if isinstance(second[0], Outcome) else None
    assert again is not None
    assert again.run_id == numbers[0][0]


def test_another_precision_or_version_is_another_score(machine: Machine) -> None:
    scored(machine, PIXELS)
    benchmark = machine.catalogue.benchmark(NAMES[0])
    assert find_current(PIXELS, benchmark, machine) is not None
    assert find_current(PIXELS, replace(benchmark, version=2), machine) is None
    half = machine._replace(extraction=replace(machine.extraction, precision="bf16"))
    assert find_current(PIXELS, benchmark, half) is None
    assert find_current(PIXELS, benchmark, machine._replace(passing=[PIXELS.name])) is None


def test_a_model_that_cannot_be_had_stops_no_other_and_is_tried_once(machine: Machine) -> None:
    found = scored(machine, BROKEN, PIXELS)
    failures = [each for each in found if isinstance(each, Failure)]
    assert [(each.model, each.benchmark.name) for each in failures] == [("broken", NAMES[0])]
    assert [each.run.benchmark for each in found if isinstance(each, Outcome)] == list(NAMES)


@pytest.mark.parametrize(
    ("error", "recorded"), [(ModelLoadError("no such layer"), 1), (UserError("give another layer"), 0)]
)
def test_a_failure_is_recorded_unless_it_is_the_users_mistake(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: Exception, recorded: int
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(score_models, "run", fails)
    (failure, *_) = scored(machine, PIXELS)
    assert isinstance(failure, Failure)
    assert failure.error is error
    with machine.begin() as session:
        lines = newest(session, models=None, benchmarks=[NAMES[0]], statuses=None, limit=9).lines
    assert [each.error for each in lines] == [str(error)] * recorded


def loads(error: Exception) -> Callable[..., None]:
    def fails(*_: object) -> None:
        raise error

    return fails


def test_data_that_cannot_be_had_are_told_once_for_a_benchmark(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalogue, "load", loads(DataUnavailableError("one gets it oneself")))
    found: Sequence[Outcome | Failure] = scored(machine, PIXELS, replace(PIXELS, name="more pixels"))
    assert [(each.model, each.benchmark.name) for each in found if isinstance(each, Failure)] == [
        (None, name) for name in NAMES
    ]
    monkeypatch.setattr(Catalogue, "load", loads(StorageError("the disk is full")))
    with pytest.raises(StorageError, match="the disk is full"):
        scored(machine, PIXELS)
