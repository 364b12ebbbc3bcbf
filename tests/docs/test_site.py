"""The guide: built strictly, nothing missing from it, readable offline under the service's policy."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
import servers
import typer
from chromium import CHROMIUM, MISSING, assert_readable, opened_browser
from local_server import served as served_at
from playwright.sync_api import Browser, Page, expect

from brainrank.api.app import create_app
from brainrank.api.cli.main import app as command_line
from brainrank.api.pages import guide, guide_links
from brainrank.api.routes.service import open_service
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import built_in

ROOT = Path(__file__).parents[2]
TAKES_PART = ("docs", "performance", "public", "benchmark", "models_zoo", "datasets", "api", "workers")
FILES = ("mkdocs.yml", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
# A page of each kind: text, a wide table, lists made by hooks, mkdocstrings, a notebook.
PAGES = (
    *(
        "",
        "results/",
        "how-to/settings/",
        "decisions/",
        "architecture/",
        "conventions/",
        "reference/command-line/",
        "reference/python/",
    ),
    "tutorials/1-first-score/",
)

pytestmark = pytest.mark.xdist_group("guide")


def built(root: Path, into: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(into)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=root)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide of this tree."""
    into = tmp_path_factory.mktemp("guide")
    done = built(ROOT, into)
    assert done.returncode == 0, done.stderr
    return into


class Parts(HTMLParser):
    """What a page has: ids, addresses, and what the policy would not run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.update(found[each] for each in ("id", "name") if each in found)
        if tag == "a":
            self.links += [found[each] for each in ("href",) if each in found]
        else:
            self.loaded += [found[each] for each in ("href", "src", "srcset") if each in found]
        data = found.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in found and not data):
            self.inline.append(tag)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Parts]:
    """Each page by its address; 404.html, of which only its own server knows where it stands, left out."""
    return {
        path.relative_to(site).as_posix().removesuffix("index.html"): Parts(path.read_text())
        for path in site.rglob("*.html")
        if path.name != "404.html"
    }


def test_everything_that_a_page_leads_to_or_shows_is_there(site: Path, pages: dict[str, Parts]) -> None:
    lost = []
    for page, parts in pages.items():
        for each in {*parts.links, *parts.loaded}:
            where, anchor = urldefrag(urljoin(f"http://guide/{page}", each))
            if each == "/" or each.startswith("data:") or urlsplit(where).netloc != "guide":
                continue
            path = unquote(urlsplit(where).path).lstrip("/")
            there = path in pages or (site / path).is_file()
            if not there or (anchor and path in pages and unquote(anchor) not in pages[path].ids):
                lost.append((page, each))
    assert lost == []
    assert len(pages) > 80


def test_nothing_is_fetched_from_elsewhere_and_nothing_runs_that_stands_in_a_page(pages: dict[str, Parts]) -> None:
    for page, parts in pages.items():
        assert not [each for each in parts.loaded if each.startswith(("http:", "https:", "//"))], page
        assert parts.inline == [], page


def test_every_verb_is_told(pages: dict[str, Parts]) -> None:
    def named(command: "typer.core.TyperCommand | typer.core.TyperGroup", name: str) -> Iterator[str]:
        yield name
        for each, within in getattr(command, "commands", {}).items():
            if not within.hidden:
                yield from named(within, f"{name}-{each}")

    wanted = set(named(typer.main.get_command(command_line), "brainrank"))
    assert len(wanted) > 40
    assert wanted - {"brainrank"} <= pages["reference/command-line/"].ids


def test_every_public_name_is_told(pages: dict[str, Parts]) -> None:
    face = ast.parse((ROOT / "public" / "__init__.pyi").read_text())
    names = [name.name for each in face.body if isinstance(each, ast.ImportFrom) for name in each.names]
    assert {f"brainrank.{each}" for each in names if not each.startswith("_")} <= pages["reference/python/"].ids


def test_every_decision_is_in_the_index(site: Path) -> None:
    html = (site / "decisions" / "index.html").read_text()
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        if path.name != "README.md":
            assert f'href="{path.stem}/"' in html, path


def test_a_tutorial_is_a_page_with_its_outputs_and_can_be_had_as_a_notebook(site: Path) -> None:
    for notebook in (ROOT / "docs" / "tutorials").glob("*.ipynb"):
        html = (site / "tutorials" / notebook.stem / "index.html").read_text()
        assert f"../../notebooks/{notebook.name}" in html
        json.loads((site / "notebooks" / notebook.name).read_text())
        assert "```" not in html


def test_what_is_named_in_messages_and_cards_is_a_page(site: Path) -> None:
    named = {
        found["page"]
        for folder in ("api", "benchmark", "models_zoo", "datasets", "workers")
        for path in (ROOT / folder).rglob("*.[ph][yt]*")
        if path.suffix in (".py", ".html") and "guide" not in path.parts
        for found in guide_links.NAMED.finditer(path.read_text())
        if found["page"]
    } | {f"docs/datasets/{name}.md" for name in built_in().datasets}
    lost = [each for each in named if not (site / guide_links.address_of(each).removeprefix("/guide/")).is_dir()]
    assert lost == []
    assert len(named) > 25


def test_users_are_told_of_the_public_face_alone() -> None:
    private = re.compile(r"^\s*(?:from|import) brainrank\.", re.MULTILINE)
    found = {path.name for path in (ROOT / "docs" / "how-to").glob("*.md") if private.search(path.read_text())}
    # Runs of betas with their tables of events have no function of their own yet.
    assert found == {"bids-betas.md"}
    assert not private.search((ROOT / "README.md").read_text())


def test_a_dead_link_a_lost_anchor_and_a_page_outside_the_navigation_stop_the_build(tmp_path: Path) -> None:
    for folder in TAKES_PART:
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "guide", "weights")
        )
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    with (tmp_path / "docs" / "deploy.md").open("a") as page:
        page.write(
            "\n[one](how-to/no-such-page.md), [two](reliability.md#no-such-heading), [three](../setup.py), [four](/x)\n"
        )
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n")
    done = built(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    for each in ("no-such-page.md", "no-such-heading", "setup.py", "'/x'", "forgotten.md"):
        assert re.search(rf"WARNING.*{re.escape(each)}|{re.escape(each)}$", done.stderr, re.MULTILINE), (
            each,
            done.stderr,
        )


@pytest.fixture(scope="module")
def served(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that has the guide."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, mirror=None, database_url=f"sqlite:///{home / 'brainrank.db'}", broker_url=None)
    app = create_app(open_service(settings, signal=lambda _: None))
    port = servers.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guide, "GUIDE", site)
        with served_at(app, port=port):
            yield f"http://127.0.0.1:{port}/guide/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """A window in which nothing may be complained of, and which asks nobody else."""
    context = browser.new_context(base_url=served, viewport={"width": 1280, "height": 900})
    opened, complaints = context.new_page(), list[str]()
    opened.on("console", lambda each: complaints.append(each.text) if each.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda each: None if each.url.startswith((served, "data:")) else complaints.append(each.url))
    yield opened
    context.close()
    assert complaints == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_readable_in_light_and_dark(page: Page, address: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert (page.locator("body").get_attribute("data-md-color-scheme") == "slate") is (scheme == "dark")
        assert_readable(page)


@pytest.mark.parametrize("address", PAGES)
def test_a_phone_shows_a_page_without_moving_it_sideways(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_word_is_found(page: Page) -> None:
    page.goto("")
    page.get_by_role("textbox", name="Search").click()
    page.get_by_role("textbox", name="Search").press_sequentially("noise ceiling")
    expect(page.locator(".md-search-result__item").first).to_be_visible()
    page.locator(".md-search-result__link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_way_back_to_the_scores(page: Page, served: str) -> None:
    page.goto("how-to/settings/")
    assert page.get_by_role("link", name="to the scores").get_attribute("href") == "/"
