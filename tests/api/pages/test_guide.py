"""The guide under /guide: pages, files, what is none; where it was not built; and the ways there from other pages."""

from pathlib import Path
from typing import Any

import pytest
from answered_study import NAME

from brainrank.api.pages import guide
from brainrank.api.pages.guide_links import address_of, with_links

Api = Any  # the fixture of conftest.py, which is no module
HTML = {"Accept": "text/html"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guide of two pages, and beside it a file that is not of it."""
    found = tmp_path / "guide"
    (found / "how-to" / "settings").mkdir(parents=True)
    (found / "assets").mkdir()
    (found / "index.html").write_text("<h1>The guide</h1>" + "long " * 500)
    (found / "how-to" / "settings" / "index.html").write_text("<h1>Settings</h1>")
    (found / "assets" / "a.css").write_text("a {}")
    (found / "assets" / "a.py").write_text("never sent")
    (tmp_path / "secret.html").write_text("never sent")
    monkeypatch.setattr(guide, "GUIDE", found)
    return found


@pytest.mark.usefixtures("folder")
def test_pages_and_files_are_sent_under_the_policy_of_all_pages(api: Api) -> None:
    first = api.http.get("/guide/")
    assert first.text.startswith("<h1>The guide</h1>")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in first.headers["content-security-policy"]
    assert first.headers["content-encoding"] == "gzip"
    assert api.http.get("/guide/how-to/settings/").text == "<h1>Settings</h1>"
    assert api.http.get("/guide/assets/a.css").headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.usefixtures("folder")
def test_an_address_without_its_last_stroke_leads_on(api: Api) -> None:
    for given, meant in (("/guide", "/guide/"), ("/guide/how-to/settings", "/guide/how-to/settings/")):
        answer = api.http.get(given, follow_redirects=False)
        assert answer.status_code in (307, 308)
        assert answer.headers["location"].removeprefix("http://testserver") == meant


@pytest.mark.usefixtures("folder")
def test_a_reader_who_has_a_page_is_told_so(api: Api) -> None:
    edition = api.http.get("/guide/").headers["etag"]
    assert api.http.get("/guide/", headers={"If-None-Match": edition}).status_code == 304


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path",
    [
        *("no-such-page/", "how-to/", "assets/a.py", "../secret.html", "%2e%2e/secret.html", "..%2fsecret.html"),
        *("how-to/..%2f..%2f..%2fsecret.html", "/etc/passwd", "//etc/hosts", "x" * 300, "x/" * 2000, "\N{BRAIN}" * 70),
    ],
)
def test_what_is_no_page_is_told_so(api: Api, path: str) -> None:
    answer = api.http.get(f"/guide/{path}")
    assert answer.status_code == 404
    assert "never sent" not in answer.text


def test_a_guide_that_was_not_built_says_how(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guide, "GUIDE", tmp_path / "none")
    for address in ("/guide", "/guide/how-to/settings/"):
        answer = api.http.get(address)
        assert answer.status_code == 404
        assert "make guide" in answer.json()["detail"]
    assert "make guide" in api.http.get("/guide/", headers=HTML).text


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("docs/how-to/settings.md", "/guide/how-to/settings/"),
        ("docs/datasets/things_fmri.md", "/guide/datasets/things_fmri/"),
        ("docs/datasets/README.md", "/guide/datasets/"),
        ("docs/README.md", "/guide/"),
        ("docs/tutorials/1-first-score.ipynb", "/guide/tutorials/1-first-score/"),
    ],
)
def test_where_the_guide_has_a_page(page: str, address: str) -> None:
    assert address_of(page) == address


def test_a_text_leads_to_the_pages_that_it_names_and_to_nothing_else() -> None:
    assert with_links("by hand: docs/datasets/nsd.md. Then <b>") == (
        'by hand: <a href="/guide/datasets/nsd/">docs/datasets/nsd.md</a>. Then &lt;b&gt;'
    )
    assert with_links("mydocs/x.md, docs/x.txt, /docs") == "mydocs/x.md, docs/x.txt, /docs"
    assert with_links(None) == ""


def test_every_page_leads_to_the_guide(api: Api) -> None:
    assert '<a href="/guide/">Guide</a>' in api.http.get("/", headers=HTML).text


def test_what_a_study_names_leads_to_the_guide(withheld: Api) -> None:
    link = 'by asking &lt;them&gt;: <a href="/guide/datasets/nsd/">docs/datasets/nsd.md</a>'
    for address in ("/datasets/answers2026", f"/benchmarks/{NAME}"):
        assert withheld.http.get(address, headers=HTML).text.count(link) == 2, address
