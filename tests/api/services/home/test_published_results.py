"""What comes with brainrank: offered once, gives way to what is scored here, and is what scoring anew gives."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, update
from stored_scores import store

from brainrank.api.cli.runs import run_json
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import conflicts, merging, runs
from brainrank.api.repositories.identity import is_same_number
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.repositories.scores import draws, latest_succeeded
from brainrank.api.services.boards.leaderboard import leaderboard
from brainrank.api.services.home import published_results
from brainrank.api.services.runs.verification import read_claim, verify
from brainrank.api.services.session import OpenSession
from brainrank.api.services.views.score_origins import score_origins
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS

IT, CKA = BENCHMARKS["kriegeskorte2008.human-it.rsa"], BENCHMARKS["kriegeskorte2008.human-it.cka"]
NAMES = ("a", "b", "c")


@pytest.fixture
def begin(migrated_file: Path, tmp_path: Path) -> Iterator[OpenSession]:
    yield from opened(migrated_file, tmp_path / "here.db")


@pytest.fixture(scope="module")
def lab(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSession]:
    """Where the published results were made."""
    for opened_lab in opened(migrated_file, tmp_path_factory.mktemp("lab") / "lab.db"):
        with opened_lab() as session:
            for number, name in enumerate(NAMES):
                for benchmark in (IT, CKA):
                    store(session, name, benchmark, 0.1 + 0.01 * number)
        yield opened_lab


@pytest.fixture(scope="module")
def file(lab: OpenSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("file") / "published_results.jsonl.xz"
    published_results.write(lab, written, models=3, benchmarks=[IT.name, CKA.name])
    return written


def opened(migrated_file: Path, path: Path) -> Iterator[OpenSession]:
    shutil.copyfile(migrated_file, path)
    engine = open_database(f"sqlite:///{path}")
    yield partial(transaction, engine)
    engine.dispose()


def count(begin: OpenSession, origin: str = PUBLISHED) -> int:
    with begin() as session:
        return session.scalar(select(func.count()).where(RunRow.origin == origin)) or 0


def test_they_are_offered_once_and_boards_rank_as_where_they_were_made(
    begin: OpenSession, lab: OpenSession, file: Path
) -> None:
    assert published_results.offer(begin, file)
    assert not published_results.offer(begin, file)
    assert count(begin) == 6
    with begin() as session, lab() as there:
        here, made = (leaderboard(each, [IT, CKA], convention=None) for each in (session, there))
        assert [(each.model, each.rank, each.last_rank) for each in here.rows] == [
            (each.model, each.rank, each.last_rank) for each in made.rows
        ]
        assert [each.value for each in here.rows] == [each.value for each in made.rows]
        assert here.rows[0].origins == {IT.name: PUBLISHED, CKA.name: PUBLISHED}
        ((_, drawn),), ((_, exact),) = draws(session, [1]), draws(there, [2])
        np.testing.assert_allclose(drawn.deviations, exact.deviations, rtol=2**-11, atol=1e-7)
        assert runs.find_run(session, 1).origin == PUBLISHED


def test_what_is_scored_here_takes_their_place_and_is_never_replaced(
    begin: OpenSession, lab: OpenSession, file: Path
) -> None:
    with begin() as session:
        store(session, "a", IT, 0.5)
    published_results.offer(begin, file)
    assert count(begin) == 5
    with begin() as session:
        (told,) = conflicts.every(session)
        assert (told.model, told.other.origin, told.other.value) == ("a", PUBLISHED, 0.1)
        spec, versions = MODELS["pixels"], {IT.name: IT.version}
        told_by = {"benchmark": IT.name, "benchmark_version": IT.version, "code_version": "x"}
        assert runs.find_succeeded(session, spec, **told_by) is None
        ours = store(session, "b", IT, 0.6)
        found = {each.model: each for each in latest_succeeded(session, versions)}
        assert (found["b"].run_id, found["b"].score.value) == (ours, 0.6)
        assert {each.model for each in conflicts.every(session)} == {"a", "b"}
        words = " ".join(score_origins(session, built_in()).words)
        assert "2 scores contradicted" in words
        assert "made by other code" in words
    with begin() as session:
        assert merging.begin_edition(session, "another", datetime.now(UTC))
    assert (count(begin), count(begin, "")) == (0, 2)


def test_an_edition_replaces_the_one_before_and_one_without_a_file_is_none(
    begin: OpenSession, lab: OpenSession, file: Path, tmp_path: Path
) -> None:
    published_results.offer(begin, file)
    of_one = tmp_path / "of_one.jsonl.xz"
    assert published_results.write(lab, of_one, models=3, benchmarks=[IT.name]).scores == 3
    with lab() as session:
        session.execute(update(RunRow).where(RunRow.id == 1).values(public=False))
    newer = tmp_path / "published_results.jsonl.xz"
    assert published_results.write(lab, newer, models=3, benchmarks=[IT.name, CKA.name]).scores == 5
    assert published_results.offer(begin, newer)
    assert count(begin) == 5
    assert not published_results.offer(begin, tmp_path / "none.jsonl.xz")
    with lab() as session:
        session.execute(update(RunRow).where(RunRow.id == 1).values(public=True))


def test_whoever_wants_an_empty_board_has_one(tmp_path: Path) -> None:
    assert Settings().published_results is False
    engine = published_results.open_own_database(Settings(home=tmp_path))
    with transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(RunRow)) == 0
    engine.dispose()


@pytest.mark.parametrize("model", ["pixels", "gabor"])
def test_scored_anew_a_published_number_comes_out(begin: OpenSession, locations: Locations, model: str) -> None:
    """A sample of what comes with this brainrank: to the fifth decimal on any machine."""
    if published_results.edition() is None:
        pytest.skip("no published results come with this brainrank; make results writes them")
    published_results.offer(begin)
    with begin() as session:
        (then,) = latest_succeeded(session, {IT.name: IT.version}, models=[model])
        claim = read_claim(run_json(runs.find_run(session, then.run_id)))
    told = verify(claim, built_in(), locations=locations, extraction=DEFAULT_EXTRACTION, reporter=Silent())
    assert not told.reason
    assert all(is_same_number(told.numbers[name], value) for name, value in claim.numbers.items())
