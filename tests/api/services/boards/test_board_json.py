"""A stored board says what was computed, to the last bit, and null where nothing is defined."""

import json
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session
from stored_scores import store, store_score
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.board_schemas import BoardLine
from brainrank.api.repositories.standings import BoardKey
from brainrank.api.score_json import CeilingJson
from brainrank.api.services.boards.board_json import head_json, line_json
from brainrank.api.services.boards.leaderboard import Leaderboard, leaderboard
from brainrank.benchmark.scoring.conventions import Convention
from brainrank.benchmark.types.score import NO_INTERVAL, Interval, NoiseCeiling, Score

IT, V1 = NAMES
UNDEFINED = Score(np.nan, "r", Interval(np.nan, np.nan), NoiseCeiling(0.5, 0.6), reason="no layer has features")


def board(session: Session, folder: Path) -> Leaderboard:
    benchmarks = tiny_catalogue(folder).benchmarks
    store(session, "a", benchmarks[IT], 1 / 3)
    store(session, "a", benchmarks[V1], 0.1 + 0.2)
    store(session, "b", benchmarks[IT], 0.25)
    store_score(session, "b", benchmarks[V1], UNDEFINED)
    return leaderboard(session, list(benchmarks.values()), convention=Convention.RAW)


def lines(found: Leaderboard) -> dict[str, BoardLine]:
    stored = [line_json(row, training_data="Faces", objective="contrastive").model_dump_json() for row in found.rows]
    return {line.model: line for line in map(BoardLine.model_validate_json, stored)}


def test_what_is_stored_is_read_to_the_last_bit(session: Session, tmp_path: Path) -> None:
    found = board(session, tmp_path)
    (row,) = (each for each in found.rows if each.model == "a")
    line = lines(found)["a"]
    assert (line.rank, line.last_rank, line.mean, line.coverage) == (row.rank, row.last_rank, row.value, row.coverage)
    assert (line.interval.low, line.interval.high) == (row.interval.low, row.interval.high)
    assert {name: (cell.raw, cell.value) for name, cell in line.scores.items()} == {
        IT: (1 / 3, 1 / 3),
        V1: (0.1 + 0.2, 0.1 + 0.2),
    }
    assert (line.training_data, line.objective) == ("Faces", "contrastive")


def test_what_is_undefined_is_null_with_its_reason(session: Session, tmp_path: Path) -> None:
    cell = lines(board(session, tmp_path))["b"].scores[V1]
    assert (cell.value, cell.raw, cell.raw_interval.low) == (None, None, None)
    assert (cell.reason, cell.missing) == ("no layer has features",) * 2
    assert cell.raw_interval.reason == NO_INTERVAL
    assert cell.model_copy(update={"reason": ""}).missing == NO_INTERVAL


def test_a_head_says_which_board_it_is_and_what_its_columns_are(session: Session, tmp_path: Path) -> None:
    found = board(session, tmp_path)
    head = json.loads(head_json(found, BoardKey("tiny", "raw", "2026-11-22")).model_dump_json())
    assert (head["name"], head["day"], head["convention"], head["counted"]) == ("tiny", "2026-11-22", "raw", 2)
    columns = {each["name"]: each for each in head["benchmarks"]}
    assert list(columns) == [IT, V1]
    assert {name: CeilingJson(**each["ceiling"]).lower for name, each in columns.items()} == {IT: 0.9, V1: 0.5}
    assert [each["unit"] for each in columns.values()] == ["r", "r"]
