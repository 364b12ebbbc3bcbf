"""The pages of claims: what each comes to, why some come to nothing, and the drawing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from stored_scores import made_result, store_result

from brainrank.api.app import create_app
from brainrank.api.pages.claims import BELOW, differences
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.analysis.claims import replicate
from brainrank.benchmark.claims.claim import registered_claims
from brainrank.benchmark.scoring.catalogue import built_in

Api = Any  # the fixture of conftest.py, which is no module
CLAIM, ALIKE = "trained-beats-random", "contrastive-matches-supervised"
BENCHMARKS = ("kriegeskorte2008.human-it.rsa", "kriegeskorte2008.human-it.cka", "cowley2023.v4-190925.encoding")
VALUES = {"efficientnet-lite0": 0.5, "efficientnet-lite0-random": 0.3}


@pytest.fixture
def claimed(api: Api) -> Iterator[Api]:
    """The application with the studies of brainrank, and scores for one of its claims."""
    service = replace(api.service, catalogue=built_in())
    with service.begin() as session:
        for model, value in VALUES.items():
            for benchmark in map(service.catalogue.benchmark, BENCHMARKS):
                store_result(session, model, made_result(model, benchmark, value))
    with TestClient(create_app(service), raise_server_exceptions=True) as http:
        yield replace(api, service=service, http=http)


def test_the_table_has_every_claim_and_a_page_says_where_it_holds(claimed: Api) -> None:
    text = claimed.http.get("/claims").text
    assert text.count('<th scope="row" class="wrap"><a href="/claims/') == len(registered_claims())
    assert text.count("not looked up:") == len(registered_claims()) - 1
    assert "2 of 2 studies" in text
    about = claimed.http.get(f"/claims/{CLAIM}").text
    assert "It holds in 2 of 2 independent studies" in about
    assert "A side of one model stands for that network alone" in about
    assert 'href="/benchmarks/kriegeskorte2008.human-it.cka"' in about
    assert "of the claim’s benchmarks have not scores of all its models" in about


def test_why_a_claim_is_not_looked_up_is_said(claimed: Api) -> None:
    text = claimed.http.get(f"/claims/{ALIKE}").text
    assert "No benchmark of v4, it has scores of all models" in text
    assert "first and second alike, within .050" in text
    assert claimed.http.get(f"/charts/claims/{ALIKE}").status_code == 404
    unknown = claimed.http.get("/claims/trained-beats-randon")
    assert (unknown.status_code, CLAIM in unknown.text) == (404, True)


def test_the_drawing_has_all_studies_on_top_and_hollow_benchmarks_below(claimed: Api) -> None:
    with claimed.service.begin() as session:
        found = replicate(session, registered_claims()[CLAIM], claimed.service.catalogue, EVERYBODY)
    holds, otherwise = differences(found)["data"]
    assert holds["marker"]["symbol"] == ["diamond"] + ["circle"] * 2 + ["circle-open"] * 3
    assert holds["x"] == pytest.approx([0.2] * 6)
    assert holds["y"] == list(range(6))
    assert [round(each, 6) for each in otherwise["x"]] == [0.2] * len(found.variations)
    assert {each - BELOW for each in otherwise["y"]} <= set(range(3, 6))
    assert claimed.http.get(f"/charts/claims/{CLAIM}").json()["data"][0]["name"] == "holds"
    margin = found._replace(claim=replace(found.claim, margin=0.05))
    assert [line["x0"] for line in differences(margin)["layout"]["shapes"]] == [0, -0.05, 0.05]
