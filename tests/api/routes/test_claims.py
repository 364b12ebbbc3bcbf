"""/v1/claims, /v1/published and the people of a run: what is answered, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from stored_scores import made_result, store_result

from brainrank.api.app import create_app
from brainrank.benchmark.claims.claim import registered_claims
from brainrank.benchmark.scoring.catalogue import built_in

Api = Any  # the fixture of conftest.py, which is no module
CLAIM, BENCHMARK = "trained-beats-random", "kriegeskorte2008.human-it.rsa"


@pytest.fixture
def claimed(api: Api) -> Iterator[tuple[TestClient, int]]:
    """The application with the studies of brainrank, scores for one of its claims, and the number of a run."""
    service = replace(api.service, catalogue=built_in())
    with service.begin() as session:
        for model, value in {"efficientnet-lite0": 0.5, "efficientnet-lite0-random": 0.3}.items():
            run = store_result(session, model, made_result(model, service.catalogue.benchmark(BENCHMARK), value))
    with TestClient(create_app(service), raise_server_exceptions=True) as http:
        yield http, run


def test_claims_are_listed_and_shown(claimed: tuple[TestClient, int]) -> None:
    http, _ = claimed
    lines = {each["name"]: each for each in http.get("/v1/claims").json()["claims"]}
    assert set(lines) == set(registered_claims())
    found = lines[CLAIM]
    assert (found["verdict"], round(found["difference"], 3), found["studies"]) == ("holds", 0.2, 1)
    assert lines["shape-bias-goes-with-errors"]["effect"] == "rank correlation"
    assert lines["larger-is-better"]["verdict"] is None
    whole = http.get(f"/v1/claims/{CLAIM}").json()
    assert [each["benchmark"] for each in whole["benchmarks"]] == [BENCHMARK]
    assert whole["studies"][0]["interval"]["low"] > 0
    refused = http.get("/v1/claims/larger-is-better").json()
    assert "has scores of all models" in refused["reason"]
    unknown = http.get("/v1/claims/trained-beats-randon")
    assert (unknown.status_code, CLAIM in unknown.json()["detail"]) == (404, True)


def test_published_tables_say_whose_they_are(claimed: tuple[TestClient, int]) -> None:
    http, _ = claimed
    for line in http.get("/v1/published").json()["published"]:
        table = http.get(f"/v1/published/{line['name']}").json()
        assert {key: table[key] for key in line} == line
        assert table["citation"]
        assert bool(table["lines"]) == table["here"]
    assert http.get("/v1/published/nobody").status_code == 404


def test_people_in_no_groups_are_told(claimed: tuple[TestClient, int]) -> None:
    http, run = claimed
    answer = http.get(f"/v1/runs/{run}/people")
    assert answer.status_code in {404, 503}  # without the study's files there is nothing to look into
