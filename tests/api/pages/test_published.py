"""The page of published scores: others' numbers, marked as such, in no board, and its chart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from brainrank.api.app import create_app
from brainrank.api.pages.published_charts import drawn_lines, published_chart, series
from brainrank.api.services.views.published import AXES
from brainrank.datasets.published.gokce2024 import IT, V1
from brainrank.datasets.published.scores import PublishedLine, PublishedModel

Api = Any  # the fixture of conftest.py, which is no module


def line(name: str, samples: float, value: float, family: str = "ResNet") -> PublishedLine:
    return PublishedLine(PublishedModel(name, family=family, samples_seen=samples), {"V1": value})


@pytest.fixture
def mirrored(api: Api, mirror: Path) -> Iterator[TestClient]:
    locations = replace(api.service.uploads.locations, mirror=mirror)
    uploads = replace(api.service.uploads, locations=locations)
    with TestClient(create_app(replace(api.service, uploads=uploads)), raise_server_exceptions=True) as http:
        yield http


def test_without_its_file_the_page_says_whose_numbers_and_how_they_are_had(api: Api) -> None:
    text = api.http.get("/published/gokce2024").text
    assert "Others’ numbers, as published." in text
    assert "brainrank published show gokce2024" in text
    assert "Gokce &amp; Schrimpf (2024)" in text
    assert api.http.get("/charts/published/gokce2024").status_code == 404
    assert api.http.get("/published/gokce").status_code == 404
    assert 'href="/published/gokce2024"' in api.http.get("/benchmarks").text


def test_the_table_is_searched_and_sorted_by_a_benchmark(mirrored: TestClient) -> None:
    text = mirrored.get("/published/gokce2024", params={"text": "resnet50_imagenet_full", "benchmark": IT}).text
    assert text.count('<th scope="row"') == 6
    places = [text.index(f">{name}</th>") for name in ("dino_resnet50_imagenet_full_seed-0", "resnet50_imagenet_full")]
    assert places == sorted(places)
    assert "they enter no leaderboard, mean or rank here" in text
    every = mirrored.get("/published/gokce2024").text
    assert "1–200 of 993" in every
    assert "offset=200" in every
    assert mirrored.get("/published/gokce2024", params={"benchmark": "V7"}).status_code == 404
    assert mirrored.get("/published/gokce2024", params={"x": "macs"}).status_code == 404
    assert "No network fits" in mirrored.get("/published/gokce2024", params={"text": "no such"}).text


def test_the_chart_draws_those_that_have_a_place_on_the_axis(mirrored: TestClient) -> None:
    chart = mirrored.get("/charts/published/gokce2024", params={"benchmark": V1}).json()
    assert sum(len(each["x"]) for each in chart["data"]) == 993 - 227 - 48
    assert chart["data"][-1]["name"] == "others"
    assert chart["layout"]["xaxis"]["type"] == "log"


def test_nothing_and_zero_have_no_place_on_a_logarithmic_axis() -> None:
    lines = [line("a", 1.0, 0.5), line("b", 0.0, 0.5), line("c", float("nan"), 0.5), line("d", 1.0, float("nan"))]
    assert [each.model.name for each in drawn_lines(lines, "V1", AXES["samples_seen"])] == ["a"]


def test_states_of_a_run_are_joined_in_their_order_and_runs_are_not() -> None:
    lines = [line("a", 2.0, 0.2), line("b", 1.0, 0.3), line("a", 1.0, 0.1)]
    (found,) = published_chart(lines, "V1", AXES["samples_seen"])["data"]
    assert found["mode"] == "lines+markers"
    assert found["x"] == [1.0, 2.0, None, 1.0, None]
    assert found["y"] == [0.1, 0.2, None, 0.3, None]


def test_rare_families_are_drawn_together() -> None:
    lines = [line(f"{family}{k}", 1.0, 0.1, f"family{family}") for family in range(9) for k in range(9 - family)]
    found = series(lines, "V1", AXES["samples_seen"])
    assert [each.family for each in found] == [*(f"family{each}" for each in range(7)), "others"]
    assert len({each.look for each in found}) == 8
    assert len(found[-1].runs) == 2 + 1
