"""What anybody may read, as a client has it: leaderboards, models, benchmarks, scores, runs, comparisons."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet
import pytest
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.board_schemas import BoardsAnswer, ComparisonAnswer, LeaderboardAnswer
from brainrank.api.repositories import queue, submissions
from brainrank.api.repositories.submissions import NewSubmission
from brainrank.api.score_schemas import (
    BenchmarkPage,
    DatasetsAnswer,
    ModelPage,
    ModelsAnswer,
    RunPage,
    ScoresAnswer,
)
from brainrank.api.services.access.tokens import Scope
from brainrank.benchmark.types.model_spec import ModelSpec

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES


@pytest.fixture
def scored(api: Api) -> Api:
    """Three public models, one private one of ada's on `it`."""
    with api.service.begin() as session:
        at = {name: api.service.catalogue.benchmarks[name] for name in NAMES}
        for model, it, v1 in (("hf:owner/a", 0.5, 0.3), ("b", 0.4, 0.2), ("c", 0.1, None)):
            for name, value in ((IT, it), (V1, v1)):
                if value is not None:
                    store(session, model, at[name], value)
        new = NewSubmission("ada", ModelSpec("mine", "classical", "classical:pixels"), [], "cpu", False, "", None, "")
        made = submissions.add(session, new, model_owner="ada", now=datetime.now(UTC))
        assert made is not None
        run = store(session, "mine", at[IT], 0.9, public=False, submission=made.number)
        queue.add_event(session, run, queue.MESSAGE, "began", now=datetime.now(UTC))
    return api


def get(api: Api, path: str, **named: Any) -> Any:
    answer = api.http.get(path, **named)
    assert answer.status_code == 200, answer.text
    return answer


def refused(api: Api, path: str, status: int, words: str, **named: Any) -> None:
    answer = api.http.get(path, **named)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


def test_a_leaderboard_is_what_its_schema_says(scored: Api) -> None:
    answer = get(scored, "/v1/leaderboards/all?limit=2")
    board = LeaderboardAnswer.model_validate_json(answer.content)
    assert [row.model for row in board.rows] == ["hf:owner/a", "b"]
    assert (board.total, board.stale, board.board.groups) == (3, False, ["tiny"])
    assert board.rows[0].scores[IT].raw == 0.5
    assert [each.name for each in board.board.benchmarks] == list(NAMES)
    last = LeaderboardAnswer.model_validate_json(get(scored, "/v1/leaderboards/tiny?offset=2").content)
    assert (last.offset, [row.model for row in last.rows]) == (2, ["c"])
    assert set(last.rows[0].scores) == {IT}
    boards = BoardsAnswer.model_validate_json(get(scored, "/v1/leaderboards").content)
    assert [each.name for each in boards.boards] == ["all", "tiny", *NAMES]


def test_a_reader_who_has_it_is_told_so_until_a_score_changes(scored: Api) -> None:
    first = get(scored, "/v1/leaderboards/all")
    assert first.headers["cache-control"] == "public, no-cache"
    known = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    again = scored.http.get("/v1/leaderboards/all", headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    with scored.service.begin() as session:
        store(session, "c", scored.service.catalogue.benchmarks[V1], 0.99)
    changed = get(scored, "/v1/leaderboards/all", headers=known)
    assert changed.headers["etag"] != first.headers["etag"]
    for path in ("/v1/benchmarks", "/v1/datasets", "/v1/models", "/v1/scores", "/v1/runs/1", "/v1/models/b"):
        etag = get(scored, path).headers["etag"]
        assert scored.http.get(path, headers={"If-None-Match": etag.removeprefix("W/")}).status_code == 304


def test_exports_say_the_same_in_three_formats(scored: Api) -> None:
    for path in ("/v1/leaderboards/all/export", "/v1/scores/export"):
        text = get(scored, path)
        assert "attachment" in text.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(text.text)))
        assert len(rows) == 5
        objects = get(scored, f"{path}?format=json").json()
        table = pyarrow.parquet.read_table(io.BytesIO(get(scored, f"{path}?format=parquet").content))
        assert table.to_pylist() == objects
        assert [{key: "" if value is None else str(value) for key, value in each.items()} for each in objects] == rows
    empty = "/v1/scores/export?model=nobody&format="
    assert get(scored, f"{empty}json").json() == []
    assert pyarrow.parquet.read_table(io.BytesIO(get(scored, f"{empty}parquet").content)).num_rows == 0
    assert len(get(scored, f"{empty}csv").text.splitlines()) == 1


def test_scores_come_in_pages_and_by_filters(scored: Api) -> None:
    seen, before = [], ""
    while True:
        page = ScoresAnswer.model_validate_json(get(scored, f"/v1/scores?limit=2{before}").content)
        seen += [each.run for each in page.scores]
        if page.before is None:
            break
        before = f"&before={page.before}"
    assert seen == [5, 4, 3, 2, 1]

    def runs(query: str) -> list[int]:
        return [each["run"] for each in get(scored, f"/v1/scores?{query}").json()["scores"]]

    assert runs("model=b&model=c") == [5, 4, 3]
    assert runs(f"benchmark={V1}") == [4, 2]
    assert runs("benchmark=tiny&text=OWNER") == [2, 1]
    assert runs("family=robust") == runs("since=2100-01-01") == []
    assert runs("since=2020-01-01T00:00:00&family=classical") == [5, 4, 3, 2, 1]
    refused(scored, "/v1/scores?benchmark=tinny", 422, "did you mean tiny")


def test_private_scores_are_their_owners(scored: Api) -> None:
    ada, ben, admin = scored.token("ada"), scored.token("ben"), scored.token("root", Scope.ADMIN)
    for who, sees in ((None, False), (ben, False), (ada, True), (admin, True)):
        models = {each["model"] for each in get(scored, "/v1/scores", headers=who).json()["scores"]}
        assert ("mine" in models) == sees
        listed = ModelsAnswer.model_validate_json(get(scored, "/v1/models", headers=who).content)
        assert any(each.name == "mine" for each in listed.models) == sees
        for path in ("/v1/runs/6", "/v1/runs/6/log", "/v1/runs/6/targets", "/v1/models/mine"):
            assert scored.http.get(path, headers=who).status_code == (200 if sees else 404)
        compared = scored.http.get("/v1/compare?models=mine&models=b", headers=who)
        assert compared.status_code == (200 if sees else 404)
        assert "mine" not in get(scored, "/v1/leaderboards/all", headers=who).text
        assert "mine" not in get(scored, "/v1/leaderboards/all/export", headers=who).text
    answer = get(scored, "/v1/runs/6", headers=ada)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization"


def test_a_run_tells_all_that_is_kept(scored: Api) -> None:
    run = RunPage.model_validate_json(get(scored, "/v1/runs/1").content)
    assert (run.status, run.visibility, run.submission, run.failure) == ("succeeded", "public", None, None)
    assert run.score is not None
    assert [each.layer for each in run.score.layer_curve] == ["a", "b"]
    assert [each.people for each in run.score.details] == [0.9]
    assert run.receipt is not None
    assert (run.receipt["benchmark"], run.seconds) == (IT, {"extracting": 1.0, "scoring": 2.0})
    assert get(scored, "/v1/runs/1/targets").text == "target,r\nn1,0.5\nn2,\n"
    assert get(scored, "/v1/runs/6/log", headers=scored.token("ada")).json()[0]["text"] == "began"
    refused(scored, "/v1/runs/99", 404, "no run 99")


def test_a_run_that_waits_has_no_score(scored: Api) -> None:
    request = {"model": {"name": "pixels"}, "benchmarks": [IT]}
    made = scored.http.post("/v1/submissions", json=request, headers=scored.token()).json()
    number = made["runs"][0]["id"]
    run = RunPage.model_validate_json(get(scored, f"/v1/runs/{number}").content)
    assert (run.status, run.score, run.receipt, run.submission) == ("queued", None, None, made["id"])
    refused(scored, f"/v1/runs/{number}/targets", 404, "only encoding has them")
    waiting = get(scored, "/metrics", headers=scored.token("root", Scope.ADMIN)).text
    assert 'brainrank_runs{queue="cpu",status="queued"} 1.0' in waiting


def test_models_are_found_by_what_is_known_of_them(scored: Api) -> None:
    def names(query: str) -> list[str]:
        return [each["name"] for each in get(scored, f"/v1/models?{query}").json()["models"]]

    assert names("training_data=Faces") == ["b", "c", "hf:owner/a"]
    assert names("text=owner/A&objective=contrastive&family=classical") == ["hf:owner/a"]
    page = ModelPage.model_validate_json(get(scored, "/v1/models/hf:owner/a").content)
    assert (page.scored, page.card.licence if page.card else "") == (True, "MIT")
    assert {each.benchmark: each.value for each in page.scores} == {IT: 0.5, V1: 0.3}
    assert page.scores[0].layer_curve[0].won == pytest.approx(2 / 3)
    unscored = ModelPage.model_validate_json(get(scored, "/v1/models/efficientnet-lite0").content)
    assert (unscored.scored, unscored.scores) == (False, [])
    refused(scored, "/v1/models/eficientnet-lite0", 404, "did you mean efficientnet-lite0")


def test_benchmarks_and_studies_are_told(scored: Api) -> None:
    page = BenchmarkPage.model_validate_json(get(scored, f"/v1/benchmarks/{IT}").content)
    assert (page.metric, page.study.licence, page.parameters["draws"]) == ("rsa", "CC0", 60)
    assert page.ceiling is not None
    assert page.ceiling.lower == 0.9
    assert (page.subject, get(scored, f"/v1/benchmarks/{V1}").json()["subject"]) == ("", "monkey T")
    assert [each["name"] for each in get(scored, "/v1/benchmarks?group=tiny").json()["benchmarks"]] == list(NAMES)
    studies = DatasetsAnswer.model_validate_json(get(scored, "/v1/datasets").content)
    assert studies.datasets[0].benchmarks == list(NAMES)
    assert get(scored, "/v1/datasets/tiny2026").json()["regions"] == ["it", "v1"]
    for path in ("/v1/benchmarks/tiny", "/v1/datasets/tiny2025", "/v1/leaderboards/tinny"):
        refused(scored, path, 404, "did you mean tiny")


def test_a_comparison_names_benchmarks_and_mean(scored: Api) -> None:
    answer = get(scored, "/v1/compare?models=hf:owner/a&models=b&models=c&board=tiny")
    found = ComparisonAnswer.model_validate_json(answer.content)
    assert found.convention == "explained"
    assert found.counted == [IT, V1]
    assert [each.shared for each in found.mean] == [[IT, V1], [IT], [IT]]
    assert {each.model: each.coverage for each in found.means} == {"hf:owner/a": 2, "b": 2, "c": 1}
    assert [(each.first, each.second) for each in found.mean] == [("hf:owner/a", "b"), ("hf:owner/a", "c"), ("b", "c")]
    assert found.mean[0].difference == pytest.approx(0.1 / 0.9)
    assert found.mean[0].q is not None
    assert found.mean[0].q < 0.001
    assert sum(each.benchmark == V1 for each in found.benchmarks) == 1
    refused(scored, "/v1/compare?models=b", 422, "1 models to compare")
    refused(scored, "/v1/compare", 422, "models")
    refused(scored, "/v1/compare?models=b&models=c&board=tinny", 404, "did you mean tiny")


def test_what_is_asked_wrongly_is_explained(scored: Api) -> None:
    refused(scored, "/v1/leaderboards/all?sort=accuracy", 422, "Unknown column of this board 'accuracy'")
    refused(scored, "/v1/leaderboards/all?as_of=yesterday", 422, "no day")
    refused(scored, "/v1/leaderboards/all?convention=brainscore", 422, "brainscore-2026")
    refused(scored, "/v1/leaderboards/all?limit=0", 422, "limit")
    refused(scored, "/v1/scores/export?format=xlsx", 422, "parquet")
    refused(scored, "/v1/scores", 401, "unknown here", headers={"Authorization": "Bearer brainrank_x"})


def test_prometheus_has_a_series_for_each_route(scored: Api) -> None:
    for path in ("/v1/runs/1", "/v1/runs/2", "/v1/runs/99", "/v1/nothing", "/v1/models/hf:owner/a"):
        scored.http.get(path)
    text = get(scored, "/metrics", headers=scored.token("root", Scope.ADMIN)).text
    assert 'brainrank_http_requests_total{method="GET",route="/v1/runs/{number}",status="200"} 2.0' in text
    assert 'brainrank_http_requests_total{method="GET",route="/v1/runs/{number}",status="404"} 1.0' in text
    assert 'route="none",status="404"' in text
    assert 'brainrank_http_request_seconds_count{method="GET",route="/v1/models/{name:path}"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_every_page_is_described(api: Api) -> None:
    described = api.http.get("/openapi.json").json()["paths"]
    for path in ("/v1/leaderboards/{name}", "/v1/compare", "/v1/scores/export", "/v1/runs/{number}", "/metrics"):
        assert described[path]["get"]["description"]
    answer = described["/v1/leaderboards/{name}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/LeaderboardAnswer"}
