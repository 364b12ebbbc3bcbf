"""What a run will take: by runs there have been, the nearest in size first, and never from nothing."""

from dataclasses import replace

import pytest
import stored_scores
from sqlalchemy import update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import RunRow
from brainrank.api.services.runs.estimates import Estimate, Estimates, benchmarks_without_score
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.model_spec import ModelSpec

BENCHMARK = BENCHMARKS["cichy2014.it.rsa"]
WANTED = {BENCHMARK.name: BENCHMARK.version}
GIB = 2**30


def model(name: str = "new", size: float | None = 10) -> ModelSpec:
    card = None if size is None else replace(stored_scores.CARD, parameters_million=float(size))
    return ModelSpec(name, "classical", "classical:pixels", card=card)


def store(session: Session, monkeypatch: pytest.MonkeyPatch, name: str, seconds: float, size: float | None) -> int:
    """A run of a model of that size that took so long."""
    monkeypatch.setattr(stored_scores, "CARD", model(name, size).card)
    run = stored_scores.store(session, name, BENCHMARK, 0.1)
    times = {"extracting": seconds - 0.5, "scoring": 0.5}
    session.execute(update(RunRow).where(RunRow.id == run).values(seconds=times))
    return run


def told(session: Session, spec: ModelSpec) -> Estimate:
    return Estimates(GIB).of(session, spec, WANTED)[BENCHMARK.name]


def test_of_what_nobody_ran_nothing_is_told(session: Session) -> None:
    found = told(session, model())
    assert found.seconds is None
    assert "nobody has run this benchmark" in found.basis


def test_models_nearest_in_size_tell_most(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        store(session, monkeypatch, f"small-{number}", 1 + number, size=1 + number / 10)
        store(session, monkeypatch, f"large-{number}", 100 + number, size=100 + number)
    assert told(session, model(size=2)).seconds == pytest.approx(3)
    assert told(session, model(size=0)).seconds == pytest.approx(3)
    large = told(session, model(size=80))
    assert large.seconds == pytest.approx(102)
    assert large.basis.startswith("time as the median of the 5 models on this benchmark nearest to 80 M parameters")
    assert told(session, model(size=None)).seconds == pytest.approx((5 + 100) / 2)


def test_its_own_last_run_tells_most_of_all(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    store(session, monkeypatch, "other", 100, size=10)
    store(session, monkeypatch, "own", 20, size=10)
    store(session, monkeypatch, "own", 7, size=10)
    found = told(session, model("own"))
    assert found.seconds == pytest.approx(7)
    assert "this model's last run" in found.basis
    assert told(session, model()).seconds == pytest.approx((100 + 20) / 2)  # of others their first


def test_private_runs_and_other_versions_tell_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store(session, monkeypatch, "private", 100, size=10)
    session.execute(update(RunRow).where(RunRow.id == run).values(public=False))
    run = store(session, monkeypatch, "old", 100, size=10)
    session.execute(update(RunRow).where(RunRow.id == run).values(benchmark_version=BENCHMARK.version + 1))
    assert told(session, model()).seconds is None
    assert told(session, model("private")).seconds is None


def test_memory_is_the_budget_and_the_weights_where_a_card_tells_them(session: Session) -> None:
    assert told(session, model(size=100)).memory_bytes == GIB + 400_000_000
    unknown = told(session, model(size=None))
    assert unknown.memory_bytes is None
    assert "on no card" in unknown.basis


def test_what_is_stored_is_not_run_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    store(session, monkeypatch, "own", 20, size=10)
    assert benchmarks_without_score(session, model("own"), WANTED, code_versions=dict.fromkeys(WANTED, "0.2+1")) == {}
    assert (
        benchmarks_without_score(session, model("own"), WANTED, code_versions=dict.fromkeys(WANTED, "0.1+2")) == WANTED
    )
    assert benchmarks_without_score(session, model(), WANTED, code_versions=dict.fromkeys(WANTED, "0.2+1")) == WANTED


def test_what_others_took_is_read_anew_when_a_tenth_more_scores_are_there(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimates = Estimates(GIB)
    for number in range(20):
        store(session, monkeypatch, f"first-{number}", 10, size=100)
    assert estimates.of(session, model(size=1), WANTED)[BENCHMARK.name].seconds == pytest.approx(10)
    for number in range(3):
        assert estimates.of(session, model(size=1), WANTED)[BENCHMARK.name].seconds == pytest.approx(10)
        store(session, monkeypatch, f"later-{number}", 1, size=1)
    assert estimates.of(session, model(size=1), WANTED)[BENCHMARK.name].seconds == pytest.approx(1)
