"""Which runs make a map together, and what is told of it."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from spatial_scores import NATIVE, spatial_scores

from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.analysis.run_maps import map_facts, map_of_runs
from brainrank.api.services.boards.map_rows import map_columns, map_rows
from brainrank.benchmark.types.brain_map import Quantity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score, TargetScores

SCORES = spatial_scores([0.5, np.nan, 0.0], positions=[0, 5, 7])


def run(model: str = "a", benchmark: str = "s.v1.encoding", per_target: TargetScores | None = SCORES) -> StoredRun:
    score = Score(0.3, "median r", Interval(0.2, 0.4), NoiseCeiling(np.nan, np.nan, "averages"), per_target=per_target)
    return StoredRun(7, model, "classical", "", benchmark, 1, datetime.now(UTC), score, {}, {})


def test_a_map_says_what_it_is_and_where_it_is_highest() -> None:
    facts = map_facts(map_of_runs([run()]))
    assert facts["quantity"] == "score"
    assert (facts["unit"], facts["model"], facts["less"], facts["runs"]) == ("r", "a", None, [7])
    assert (facts["positions"], facts["shown"], facts["told_at_q_05"]) == (3, 2, 1)
    first, second = facts["highest"]
    assert (first["i"], first["j"], first["k"], first["x_mm"], first["value"]) == (0, 0, 0, 6, 0.5)
    assert second["value"] == 0
    layers = map_facts(map_of_runs([run()], Quantity.LAYER))
    assert (layers["layers"], layers["highest"]) == ({1: "a", 2: "b"}, [])


def test_a_difference_is_called_one() -> None:
    found = map_of_runs([run()], minus=[run("b", per_target=spatial_scores([0.4, 0.1, 0.0], positions=[0, 5, 7]))])
    assert found.title == "a less b on s.v1.encoding"
    assert map_facts(found)["quantity"] == "difference"


def test_a_table_has_coordinates_and_empty_cells_where_nothing_is_shown() -> None:
    found = map_of_runs([run()], Quantity.LAYER).found
    assert list(map_columns(found)) == ["i", "j", "k", "x_mm", "y_mm", "z_mm", "layer", "q_of_score", "name"]
    rows = list(map_rows(found))
    assert rows[0][:7] == (0, 0, 0, 6, -4, -2, 1)
    assert rows[0][-1] == "a"
    assert rows[1][6:] == (None, None, None)
    at = np.array(NATIVE.affine) @ [1, 0, 1, 1]
    assert rows[2][:6] == (1, 0, 1, *at[:3])


def test_what_is_no_one_map() -> None:
    for several, minus, problem in (
        ([run(), run("b")], [], "one map is of one model; the runs are of a, b"),
        ([run()], [run("b", "s.it.encoding")], "compared on one benchmark"),
        ([run()], [replace(run("b"), benchmark_version=2)], r"\(version 1\) and run 7 of .* \(version 2\)"),
        ([run(per_target=None)], [], "has no scores of targets"),
        ([run()], [replace(run("b"), score=replace(run().score, unit="R2"))], "one map has one unit"),
    ):
        with pytest.raises(InvalidDataError, match=problem):
            map_of_runs(several, minus=minus)
