"""The glossary: every word's page of the guide is there, and hovering says what the page says."""

from pathlib import Path
from typing import Any

from brainrank.api.pages.terms import TERMS, term

Api = Any  # the fixture of conftest.py, which is no module
ROOT = Path(__file__).parents[3]


def test_every_word_leads_to_a_page_that_is_there(api: Api) -> None:
    text = api.http.get("/glossary").text
    for name, found in TERMS.items():
        assert (ROOT / found.more).is_file(), name
        assert name in text
    assert 'id="95-interval"' in text
    assert 'href="/glossary#95-interval"' in term("95 % interval")
