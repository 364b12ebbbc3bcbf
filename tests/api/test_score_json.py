"""One spelling of a score: whoever reads it from the command line, a service or a stored board reads the same keys."""

import json
import math
from typing import Any

import pytest
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.cli.runs import run_json
from brainrank.api.json_text import compact_json
from brainrank.api.repositories.runs import find_run
from brainrank.api.score_json import ceiling_json, interval_json
from brainrank.benchmark.types.score import NO_INTERVAL, Interval, NoiseCeiling

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES
NONE = Interval(math.nan, math.nan)


def read(content: Any) -> Any:
    return json.loads(compact_json(content))


def test_an_interval_has_a_reason_only_where_it_has_no_bounds() -> None:
    assert read(interval_json(Interval(0.1, 0.3, 0.9))) == {"low": 0.1, "high": 0.3, "level": 0.9}
    assert read(interval_json(NONE)) == {"low": None, "high": None, "level": 0.95, "reason": NO_INTERVAL}


def test_a_ceiling_says_what_makes_it_unreliable() -> None:
    found = read(ceiling_json(NoiseCeiling(0.2, 0.4, "one left out", Interval(0.1, 0.3), NONE)))
    assert found == {
        "lower": 0.2,
        "upper": 0.4,
        "interval": {"low": 0.1, "high": 0.3, "level": 0.95},
        "raw_interval": {"low": None, "high": None, "level": 0.95, "reason": NO_INTERVAL},
        "unreliable": True,
        "reason": "one left out",
    }
    assert read(ceiling_json(NoiseCeiling(0.2, 0.4)))["interval"] is None


@pytest.mark.parametrize(
    "ceiling", [NoiseCeiling(0.6, 0.9, "", Interval(0.5, 0.7)), NoiseCeiling(math.nan, math.nan, "no")]
)
def test_command_line_service_and_board_spell_a_score_alike(api: Api, ceiling: NoiseCeiling) -> None:
    with api.service.begin() as session:
        run = store(session, "pixels", api.service.catalogue.benchmarks[IT], 0.45, ceiling=ceiling)
        printed = read(run_json(find_run(session, run)))
    names = ("value", "unit", "interval", "ceiling", "layers", "layer_curve", "subjects", "details", "reason")
    answered = api.http.get(f"/v1/runs/{run}").json()["score"]
    assert {name: printed[name] for name in names} == {name: answered[name] for name in names}
    board = api.http.get(f"/v1/leaderboards/{IT}").json()
    cell = board["rows"][0]["scores"][IT]
    assert (cell["raw"], cell["raw_interval"]) == (answered["value"], answered["interval"])
    assert board["board"]["benchmarks"][0]["ceiling"] == answered["ceiling"]
    assert api.http.get(f"/v1/benchmarks/{IT}").json()["ceiling"] == answered["ceiling"]


def test_what_json_does_not_know_is_null() -> None:
    assert (
        compact_json({"a": (math.nan, math.inf, 1.5), "b": [None, "NaN"]}) == '{"a":[null,null,1.5],"b":[null,"NaN"]}'
    )
