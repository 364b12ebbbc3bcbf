"""Results out of one database and into another: every value comes to the same bits, and boards are equal."""

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text, update
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import conflicts, runs
from brainrank.api.repositories.merging import Outcome
from brainrank.api.repositories.standings import BoardKey, Selection
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.home.transfer import export_results, import_results
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.trials import Choices

IT, CKA = BENCHMARKS["kriegeskorte2008.human-it.rsa"], BENCHMARKS["kriegeskorte2008.human-it.cka"]
MODELS = ("a", "b", "c")


@pytest.fixture(scope="module")
def filled_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with results in it, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    shutil.copyfile(migrated_file, path)
    engine = open_database(f"sqlite:///{path}")
    with transaction(engine) as session:
        for number, model in enumerate(MODELS):
            for benchmark in (IT, CKA):
                store(session, model, benchmark, 0.1 + 0.2 * number)
        store(session, "hidden", IT, 0.9, public=False)
        store(session, "again", IT, 0.1)
        store(session, "again", IT, float("nan"))
    engine.dispose()
    return path


@pytest.fixture
def filled(filled_file: Path, tmp_path: Path) -> Iterator[OpenSession]:
    path = tmp_path / "filled.db"
    shutil.copyfile(filled_file, path)
    engine = open_database(f"sqlite:///{path}")
    yield partial(transaction, engine)
    engine.dispose()


@pytest.fixture
def empty(migrated_url: str) -> Iterator[OpenSession]:
    engine = open_database(migrated_url)
    yield partial(transaction, engine)
    engine.dispose()


def board(begin: OpenSession, name: str = "all") -> list[dict[str, Any]]:
    shown = LeaderboardCache(begin, built_in()).page(BoardKey(name, "raw"), Selection())
    lines = [json.loads(line) for line in shown.page.lines]
    for line in lines:
        line["scores"] = {name: {**score, "run": 0} for name, score in line.get("scores", {}).items()}
    return lines


def everything(begin: OpenSession) -> list[Any]:
    with begin() as session:
        ids = session.execute(text("SELECT id FROM runs WHERE public ORDER BY id")).scalars().all()
        found = [runs.find_run(session, each) for each in ids]
    whole = [[each.model, each.finished_at.timestamp(), each.receipt, each.seconds, each.score] for each in found]
    return sorted(map(repr, whole))


def test_what_is_imported_is_what_was_exported_and_boards_are_equal(
    filled: OpenSession, empty: OpenSession, tmp_path: Path
) -> None:
    file = tmp_path / "results.jsonl.gz"
    assert export_results(filled, file) == 8
    assert import_results(empty, file) == {Outcome.ADDED: 8}
    with np.printoptions(floatmode="unique", threshold=10**6):
        assert everything(empty) == everything(filled)
    assert b"hidden" not in gzip.decompress(file.read_bytes())
    told = board(empty)
    assert {score.pop("origin") for line in told for score in line["scores"].values()} == {file.name}
    assert told == board(filled)
    again = tmp_path / "again.jsonl.gz"
    assert export_results(empty, again) == 8
    assert again.read_bytes() == file.read_bytes()


def test_what_is_here_already_or_older_is_left_out(filled: OpenSession, empty: OpenSession, tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl.gz"
    export_results(filled, file)
    with empty() as session:
        newer, tomorrow = store(session, "a", IT, 0.77), datetime.now(UTC) + timedelta(days=1)
        receipt = {**runs.find_run(session, newer).receipt, "code_version": "0+other"}
        session.execute(update(RunRow).where(RunRow.id == newer).values(finished_at=tomorrow, receipt=receipt))
    assert import_results(empty, file) == {Outcome.ADDED: 7, Outcome.OLDER: 1}
    assert import_results(empty, file) == {Outcome.KNOWN: 7, Outcome.OLDER: 1}
    values = {line["model"]: line["scores"][IT.name]["value"] for line in board(empty) if IT.name in line["scores"]}
    assert (values["a"], values["b"]) == (0.77, pytest.approx(0.3))


def test_of_one_receipt_and_another_number_ours_stays_and_both_are_told(
    filled: OpenSession, empty: OpenSession, tmp_path: Path
) -> None:
    file = tmp_path / "theirs.jsonl.gz"
    export_results(filled, file)
    with empty() as session:
        ours = store(session, "a", IT, 0.1 + 1e-4)
        store(session, "b", IT, 0.3 + 1e-7)
    expected = {Outcome.ADDED: 6, Outcome.KNOWN: 1, Outcome.CONFLICT: 1}
    assert import_results(empty, file) == expected
    assert import_results(empty, file) == {Outcome.KNOWN: 7, Outcome.CONFLICT: 1}
    with empty() as session:
        (told,) = conflicts.every(session)
    assert (told.run_id, told.model, told.value) == (ours, "a", 0.1 + 1e-4)
    assert (told.other.origin, told.other.value) == ("theirs.jsonl.gz", 0.1)
    lines = {line["model"]: line["scores"][IT.name] for line in board(empty) if IT.name in line["scores"]}
    assert (lines["a"]["value"], lines["c"]["origin"]) == (0.1 + 1e-4, "theirs.jsonl.gz")
    assert "origin" not in lines["a"]


def test_choices_are_kept(filled: OpenSession, empty: OpenSession, tmp_path: Path) -> None:
    with filled() as session:
        session.execute(
            text("INSERT INTO choices (run_id, stimulus_ids, categories) VALUES (1, '[\"s\"]', '[\"cat\"]')")
        )
    export_results(filled, tmp_path / "r.gz")
    import_results(empty, tmp_path / "r.gz")
    with empty() as session:
        assert list(runs.choices(session, range(1, 9)).values()) == [Choices(("s",), ("cat",))]


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "schema", "field", "none"])
def test_a_file_that_is_none_is_refused_whole(
    filled: OpenSession, empty: OpenSession, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "results.jsonl.gz"
    export_results(filled, file)
    content = bytearray(file.read_bytes())
    lines = gzip.decompress(content).splitlines(keepends=True)
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    changed = {
        "cut": bytes(content[: len(content) // 2]),
        "flipped": bytes(content),
        "other": gzip.compress(b"{}\n"),
        "schema": gzip.compress(lines[0].replace(b'"schema": "', b'"schema": "x') + b"".join(lines[1:])),
        "field": gzip.compress(lines[0] + lines[1] + lines[2].replace(b'"unit"', b'"uint"')),
        "none": b"",
    }
    file.write_bytes(changed[damage])
    with pytest.raises((InvalidDataError, UserError)):
        import_results(empty, file)
    with empty() as session:
        assert session.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0


def test_a_file_that_is_not_there_is_said(empty: OpenSession, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        import_results(empty, tmp_path / "nothing")
