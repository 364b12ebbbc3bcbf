"""How a board, its studies and a model's place are cited: entries, a digest that only numbers change, badges."""

from typing import Any
from xml.etree import ElementTree

import pytest
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.pages.bibtex import study_entry
from brainrank.api.pages.guide_links import with_links
from brainrank.api.pages.site import sections
from brainrank.benchmark.scoring.catalogue import built_in

Api = Any  # the fixture of conftest.py, which is no module


@pytest.fixture
def scored(api: Api) -> Api:
    with api.service.begin() as session:
        for number, model in enumerate(("a", "b")):
            store(session, model, api.service.catalogue.benchmarks[NAMES[0]], 0.2 + 0.3 * number)
    return api


def digest(api: Api) -> str:
    page: str = api.http.get("/cite/all").text
    return page.partition("<dt>Digest</dt><dd><code>")[2][:64]


def test_the_digest_is_of_the_numbers(scored: Api) -> None:
    before = digest(scored)
    assert digest(scored) == before
    assert f"sha256 of the scores {before}" in scored.http.get("/cite/all").text
    with scored.service.begin() as session:
        store(session, "a", scored.service.catalogue.benchmarks[NAMES[0]], 0.25)
    assert len(digest(scored)) == 64
    assert digest(scored) != before
    assert "/leaderboards/all?as_of=20" in scored.http.get("/cite/all").text
    assert scored.http.get("/cite/none", headers={"accept": "text/html"}).status_code == 404


def test_every_study_has_an_entry_whose_braces_close() -> None:
    for name, study in built_in().datasets.items():
        made = study_entry(study.card)
        assert made.startswith(f"@misc{{{name},")
        assert made.count("{") == made.count("}")
    made = study_entry(built_in().datasets["cichy2014"].card)
    assert "author = {Cichy and Pantazis and Oliva}" in made
    assert "year = {2014}" in made
    assert "title = {Resolving human object recognition in space and time}" in made


def test_a_badge_tells_the_place(scored: Api) -> None:
    answer = scored.http.get("/badges/b.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawn = ElementTree.fromstring(answer.text)
    assert drawn.attrib["aria-label"] == "brainrank: rank 1"
    assert scored.http.get("/badges/c.svg").status_code == 404
    assert scored.http.get("/badges/b").status_code == 404


def test_each_part_of_the_site_is_in_the_head_once() -> None:
    names = [each.name for each in sections()]
    assert len(set(names)) == len(names)


def test_papers_are_links() -> None:
    told = with_links("Tan & Le (2019), arXiv:1905.11946; 10.1038/s41593-019-0520-2. docs/datasets/nsd.md")
    assert '<a href="https://arxiv.org/abs/1905.11946">' in told
    assert '<a href="https://doi.org/10.1038/s41593-019-0520-2">' in told
    assert '<a href="/guide/datasets/nsd/">' in told
