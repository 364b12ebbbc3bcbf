"""The pages of relations and of similarity: numbers, cautions, charts, and why there is nothing."""

from typing import Any

import numpy as np
import pytest
from recorded_runs import record, store_six
from sqlalchemy.orm import Session
from tiny_study import IMAGES, NAMES

from brainrank.api.pages.relation_charts import relation_chart, similarity_chart
from brainrank.api.repositories import runs
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.relations import Relations
from brainrank.api.services.views.similarity import REGION
from brainrank.api.services.views.stored_rdms import layer_key
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES


@pytest.fixture
def scored(api: Api) -> Api:
    with api.service.begin() as session:
        store_six(session, api.service.catalogue, IT, V1)
    return api


@pytest.fixture
def session(scored: Api) -> Any:
    with scored.service.begin() as opened:
        yield opened


def test_the_page_says_correlation_number_and_caution(scored: Api) -> None:
    text = scored.http.get("/relations", params={"x": IT, "y": V1}).text
    assert '5 models. Spearman’s correlation is <b class="number">1.00</b>' in text
    assert "5 models are few" in text
    assert " 1 more have only one of the two." in text
    assert f'data-src="/charts/relations?x={IT}&amp;y={V1}"' in text
    chart = scored.http.get("/charts/relations", params={"x": IT, "y": V1}).json()
    assert chart["data"][0]["x"] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0])
    assert chart["data"][0]["name"] == "classical"
    nothing = scored.http.get("/relations", params={"x": "nix", "y": V1})
    assert "Unknown measure &#39;nix&#39;" in nothing.text
    assert scored.http.get("/charts/relations", params={"x": "nix", "y": V1}).status_code == 422


def test_an_axis_of_parameters_is_logarithmic_and_absent_intervals_are_not_drawn(scored: Api, session: Session) -> None:
    relations = Relations(session, LeaderboardCache(scored.service.begin, scored.service.catalogue))
    chart = relation_chart(relations.relate("parameters", IT))
    assert chart["layout"]["xaxis"]["type"] == "log"
    assert not chart["data"][0]["error_x"]["visible"]
    assert chart["data"][0]["error_y"]["visible"]


def test_the_map_is_drawn_and_the_missing_are_named(api: Api) -> None:
    score = Score(0.5, "rho-a", Interval(0.4, 0.6), NoiseCeiling(0.9, 0.9), layer_curve=(LayerScore("b", 0.5, 1.0),))
    benchmark, rng = api.service.catalogue.benchmarks[IT], np.random.default_rng(3)
    with api.service.begin() as session:
        for name in ("one", "other", "gone"):
            run = runs.find_run(session, record(session, name, benchmark, score, "these"))
            if name != "gone":
                features = rng.standard_normal((IMAGES, 30)).astype(np.float32)
                api.service.store.put(layer_key(run, "b"), layer_gram("b", features))
    found = api.service.similarities.of(benchmark)
    chart = similarity_chart(found)
    assert [each["name"] for each in chart["data"]] == ["classical", REGION]
    text = api.http.get("/relations/similarity", params={"benchmark": IT}).text
    assert "Activations of gone are not on this machine" in text
    assert "by the layer that won" in text


def test_without_data_the_page_says_why(api: Api) -> None:
    assert "Nothing is scored here yet" in api.http.get("/relations/similarity").text
    text = api.http.get("/relations/similarity", params={"benchmark": "nix"}).text
    assert "Unknown benchmark &#39;nix&#39;" in text
    assert api.http.get("/charts/similarity", params={"benchmark": "nix"}).status_code == 404
