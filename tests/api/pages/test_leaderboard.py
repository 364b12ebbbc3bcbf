"""The leaderboard's page, and others that show a place: who is not ranked, what counts, on what scale."""

import html
from typing import Any

import numpy as np
import pytest
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.board_schemas import BoardColumn, BoardLine
from brainrank.api.pages.leaderboard import _label, scale
from brainrank.api.score_json import interval_json
from brainrank.benchmark.recovery.detection import Detection, Recovery
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.conventions import NO_SHARES
from brainrank.benchmark.types.score import Interval, NoiseCeiling

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES
NO_CEILING = NoiseCeiling(np.nan, np.nan, "one animal")


def get(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(str(answer.text))


def scores(api: Api, table: dict[str, dict[str, float]], ceilings: dict[str, NoiseCeiling] | None = None) -> None:
    with api.service.begin() as session:
        for model, values in table.items():
            for name, value in values.items():
                given = {"ceiling": ceilings[name]} if ceilings and name in ceilings else {}
                store(session, model, api.service.catalogue.benchmarks[name], value, **given)


def test_scores_are_shares_of_the_ceiling_unless_told_otherwise(api: Api) -> None:
    scores(api, {"a": {IT: 0.45, V1: 0.27}})
    page = get(api, "/leaderboards/all")
    assert "<option selected>explained</option>" in page
    assert "<b>.400</b>" in page  # of a ceiling of .9
    assert "2 of 2" in page
    raw = get(api, "/leaderboards/all?convention=raw")
    assert "<option selected>raw</option>" in raw
    assert "<b>.360</b>" in raw
    assert "<b>.450</b>" in get(api, f"/leaderboards/{IT}")
    assert "<b>.500</b>" in get(api, f"/leaderboards/{IT}?convention=explained")


def test_metrics_of_one_region_are_told_apart_and_only_shares_of_a_ceiling_have_colour(api: Api) -> None:
    def column(name: str) -> BoardColumn:
        return BoardColumn.model_construct(name=name)

    columns = [column("a2020.it.rsa"), column("a2020.it.cka"), column("b2021.it.rsa")]
    assert [_label(each, columns) for each in columns] == ["it rsa", "it cka", "it"]
    scores(api, {"a": {IT: 0.36, V1: 0.3}}, {V1: NO_CEILING})
    for convention in ("explained", "raw"):
        page = get(api, f"/leaderboards/tiny?convention={convention}")
        assert ('<td class="v v4">' in page, '<td class="v without">' in page) == (True, True)


def test_who_has_too_little_stands_below_and_is_not_ranked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainrank.benchmark.ranking.board.is_ranked", lambda has, _columns: has.all(axis=1))
    scores(api, {"strong": {IT: 0.5, V1: 0.6}, "weak": {IT: 0.3, V1: 0.4}, "easy": {V1: 0.59}})
    page = get(api, "/leaderboards/all")
    assert "not ranked, 1 of 2" in page
    assert page.index("/models/weak") < page.index("/models/easy")
    for path in ("/", "/models?scored=yes"):
        assert "not ranked, 1 of 2" in get(api, path)
    model = get(api, "/models/easy")
    assert "Not ranked on" in model
    assert "1 of 2 counted benchmarks" in model


def test_what_has_no_ceiling_is_shown_raw_and_told_not_to_count(api: Api) -> None:
    scores(api, {"a": {IT: 0.45, V1: 0.27}, "b": {IT: 0.36, V1: 0.2}}, {V1: NO_CEILING})
    page = get(api, "/leaderboards/tiny")
    assert ">(.27)</a>" in page
    assert "1 benchmark shown, and in no mean and no rank" in page
    assert f"{V1}</a>: it has no noise ceiling above zero" in page
    assert "<b>.500</b>" in page
    order = get(api, f"/leaderboards/tiny?sort={V1}&reverse=true")
    assert order.index("/models/b") < order.index("/models/a")
    raw = get(api, "/leaderboards/tiny?convention=raw")
    assert "in no mean and no rank" not in raw


def test_a_board_without_ceilings_is_raw_and_says_so_on_page_and_in_rest(api: Api) -> None:
    scores(api, {"a": {IT: 0.45, V1: 0.27}, "b": {IT: 0.36, V1: 0.2}}, {IT: NO_CEILING, V1: NO_CEILING})
    page = get(api, "/leaderboards/tiny")
    assert "<option selected>raw</option>" in page
    assert f"Convention raw: {NO_SHARES}." in page
    assert "not ranked" not in page
    head = api.http.get("/v1/leaderboards/tiny").json()["board"]
    assert (head["convention"], head["convention_reason"]) == ("raw", NO_SHARES)
    assert "not ranked" in get(api, "/leaderboards/tiny?convention=explained")


def line(rank: int | None, mean: float, interval: Interval) -> BoardLine:
    return BoardLine(
        rank=rank,
        last_rank=rank,
        model="a",
        family="supervised",
        training_data="",
        objective="",
        mean=mean,
        interval=interval_json(interval),
        coverage=1,
        deduction=0.0,
        not_ranked="",
        groups={},
        scores={},
    )


def test_the_track_is_that_of_ranked_models() -> None:
    ranked, other = line(1, 0.2, Interval(0.1, 0.3)), line(None, 0.0, Interval(-9.0, 9.0))
    assert scale([ranked, other]) == (0.0, 0.3)
    assert scale([other]) == (-9.0, 9.0)
    assert scale([]) == (0.0, 1.0)


def test_a_benchmark_that_cannot_tell_the_models_shown_is_marked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    scores(api, {"a": {IT: 0.4, V1: 0.4}, "b": {IT: 0.3, V1: 0.3}})
    told = {IT: 0.1, V1: 0.9}

    def stored(benchmark: Benchmark) -> Recovery:
        share = np.full((2, 2), told[benchmark.name])
        found = Detection(("a", "b"), np.ones(2), np.zeros(2), share, 0.06, 1.0, 1.0, 1.0)
        return Recovery(500, 0.4, 0.4, found, found)

    monkeypatch.setattr("brainrank.api.pages.leaderboard.stored_recovery", stored)
    page = get(api, "/leaderboards/tiny")
    assert page.count('<span class="quiet">≈</span>') == 1
    assert "cannot tell most models apart: 0% of the pairs shown are told in 80 % of simulated studies" in page
    assert "≈ marks a benchmark" in page
