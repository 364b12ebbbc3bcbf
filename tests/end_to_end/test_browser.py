"""The pages in a browser, as a reader uses them: Debian's Chromium on a service with a live worker."""

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
import servers
import stored_scores
from chromium import CHROMIUM, MISSING, assert_readable, opened_browser
from playwright.sync_api import Browser, Page, expect

from brainrank.api.db.engine import open_database, transaction
from brainrank.benchmark.scoring.catalogue import built_in

PROGRAM = "from brainrank.api.cli.main import main; main()"
MODELS = ("efficientnet-lite0", "efficientnet-lite1", "gabor", "somebody-net", "other-net")
VALUES = (0.5, 0.42, 0.34, 0.26, 0.25)
BENCHMARKS = (
    *("kriegeskorte2008.human-it.rsa", "kriegeskorte2008.monkey-it.rsa", "cichy2014.it.rsa"),
    *("cichy2014.evc.rsa", "kriegeskorte2008.judgements.rsa"),
)
PAGES = (
    *("/", "/leaderboards/all", "/leaderboards/it", "/submit", "/models", "/models/efficientnet-lite0", "/runs/1"),
    *("/benchmarks", "/benchmarks/kriegeskorte2008.human-it.rsa", "/datasets/kriegeskorte2008", "/published/gokce2024"),
    *("/compare", "/compare?models=efficientnet-lite0&models=gabor", "/relations", "/docs", "/cite/all", "/glossary"),
)

# How much of what is seen moved by itself (cumulative layout shift).
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({ type: "layout-shift", buffered: true });"""

# A page has to come to what is expected of it; how soon is the machine's affair, on which other tests run.
expect.set_options(timeout=30_000)

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


class Site(NamedTuple):
    """The service's address, and a token of it."""

    url: str
    token: str


@pytest.fixture(scope="module")
def site(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home, port = tmp_path_factory.mktemp("site") / "home", servers.free_port()
    url = f"http://127.0.0.1:{port}"
    with transaction(open_database(f"sqlite:///{home / 'brainrank.db'}")) as session:
        for place, (model, value) in enumerate(zip(MODELS, VALUES, strict=True)):
            for name in BENCHMARKS[place % 2 :]:
                stored_scores.store(session, model, built_in().benchmark(name), value, spread=0.02)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BRAINRANK_")}
    environment |= {"BRAINRANK_HOME": str(home), "BRAINRANK_MIRROR": str(mirror), "BRAINRANK_PUBLISHED_RESULTS": "no"}
    serving = subprocess.Popen([sys.executable, "-c", PROGRAM, "serve", "--port", str(port)], env=environment)
    try:
        yield Site(url, _token(home / "local-token", url))
    finally:
        serving.terminate()
        serving.wait()


def _token(file: Path, url: str) -> str:
    """The token that the service leaves, once it answers."""
    for _ in range(600):
        with suppress(httpx2.TransportError):
            if file.exists() and httpx2.get(f"{url}/healthz").is_success:
                return file.read_text()
        time.sleep(0.1)
    raise AssertionError("the service does not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A window in which nothing may be complained of."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900}, color_scheme="light")
    opened, complaints = context.new_page(), list[str]()
    # A refusal that the page itself shows is told by the browser, too.
    refused = re.compile(r"status of (401|422)")
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" and not refused.search(message.text) else None
        ),
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request", lambda asked: complaints.append(f"asks {asked.url}") if is_elsewhere(asked.url, site) else None
    )
    yield opened
    context.close()
    assert complaints == []


def is_elsewhere(address: str, site: Site) -> bool:
    """Whether a page asks another host than its own for something: without a network it would lack that."""
    return not address.startswith((site.url, "data:", "blob:"))


def shown(page: Page) -> list[str]:
    """The models of the leaderboard, as they stand."""
    return page.locator("#board tbody tr:not(.ceiling) th a").all_inner_texts()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert_readable(page)


@pytest.mark.parametrize("address", PAGES)
def test_a_phone_shows_a_page_without_moving_it_sideways(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(SHIFTS)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifted") < 0.1


def test_sort_filter_and_share(page: Page, browser: Browser) -> None:
    page.goto("/leaderboards/all")
    assert shown(page) == list(MODELS)
    page.get_by_role("link", name="Model", exact=True).click()
    assert shown(page) == sorted(MODELS)
    expect(page.get_by_role("columnheader", name="Model")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Name, data or objective").press_sequentially("net-lite")
    page.wait_for_url(re.compile("text=net-lite"))
    assert shown(page) == ["efficientnet-lite0", "efficientnet-lite1"]
    page.get_by_label("Convention").select_option("brainscore-2026")
    page.wait_for_url(re.compile("convention=brainscore-2026"))
    address = page.url
    assert "sort=model" in address
    assert "text=net-lite" in address
    other = browser.new_page()
    other.goto(address)
    assert shown(other) == shown(page)
    assert other.locator("#board").inner_text() == page.locator("#board").inner_text()
    other.close()


def test_columns_are_chosen_and_missing_cells_stay_empty(page: Page) -> None:
    page.goto("/leaderboards/all")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("kriegeskorte2008.human-it.rsa").check()
    page.wait_for_url(re.compile("columns="))
    row = page.locator("tr", has=page.get_by_role("link", name="efficientnet-lite1", exact=True))
    expect(row.locator("td.none span")).to_have_text(["–"])
    page.get_by_label("kriegeskorte2008.monkey-it.rsa").check()  # the panel is open still
    page.wait_for_url(re.compile("monkey-it"))
    page.go_back()
    page.wait_for_url(lambda url: "monkey-it" not in url)
    page.wait_for_load_state()
    page.locator("summary", has_text="Columns").click()
    expect(page.get_by_label("kriegeskorte2008.human-it.rsa")).to_be_checked()
    expect(page.get_by_label("kriegeskorte2008.monkey-it.rsa")).not_to_be_checked()


def test_ties_and_ceilings_are_seen(page: Page) -> None:
    page.goto("/leaderboards/it")
    expect(page.locator("tr.ceiling")).to_contain_text(".90")
    expect(page.locator("#board td.number", has_text="–").first).to_have_text(re.compile(r"^\d–\d$"))


def test_what_is_seen_is_exported(page: Page, tmp_path: Path) -> None:
    page.goto("/leaderboards/it?text=net-lite")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    waiting.value.save_as(tmp_path / "board.csv")
    with (tmp_path / "board.csv").open() as file:
        assert {line["model"] for line in csv.DictReader(file)} == set(shown(page))


def test_ticked_models_are_compared(page: Page) -> None:
    page.goto("/leaderboards/all")
    compare = page.get_by_role("button", name="Compare ticked models")
    expect(compare).to_be_disabled()
    for model in MODELS[:2]:
        page.get_by_label(f"Compare {model}", exact=True).check()
    compare.click()
    page.wait_for_url(re.compile(r"/compare\?.*models=efficientnet-lite0&models=efficientnet-lite1"))


def test_dark_stays_dark(page: Page) -> None:
    page.goto("/")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Change to dark colours").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.goto("/leaderboards/all")
    assert page.evaluate(paper) == dark


def test_submit_and_watch_to_the_end(page: Page, site: Site) -> None:
    page.goto(f"/submit#{site.token}")  # as brainrank serve tells it
    page.get_by_label("Name in the catalogue").fill("pixels")
    expect(page.locator("#estimate")).to_contain_text("ticked")
    page.get_by_role("button", name="None", exact=True).click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("tick one at least")
    page.locator("summary", has_text="it").first.press("Enter")
    page.get_by_label("kriegeskorte2008.human-it.rsa").check()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(re.compile(r"/submissions/\d+"))
    expect(page.locator("#about")).to_contain_text("1 of 1 runs finished", timeout=60_000)
    expect(page.locator("#runs")).to_contain_text("succeeded")
    expect(page.locator("#runs")).to_contain_text(re.compile(r"\.\d{3} to \.\d{3}\s*\d–?\d?"))
    expect(page.get_by_role("link", name="compare it")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("scoring")
    assert site.token not in page.url
    assert page.evaluate("JSON.stringify(localStorage)").find(site.token) == -1
    page.goto("/leaderboards/it")
    assert "pixels" in shown(page)


def test_a_refusal_says_what_to_do(page: Page, site: Site) -> None:
    page.goto("/submit")
    page.get_by_label("Your token").fill("no-token")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#who")).to_contain_text("token")
    page.get_by_label("Your token").fill(site.token)
    page.get_by_role("button", name="Use it").click()
    page.get_by_label("Name in the catalogue").fill("efficientnet-lite9")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("efficientnet-lite0")


def test_what_is_not_there_is_said_on_a_page(page: Page, site: Site) -> None:
    answer = page.request.get("/leaderboards/xyzzy", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "text/html" in answer.headers["content-type"]
    assert "choose from" in answer.text()
    assert page.request.get("/v1/leaderboards/xyzzy").json()["code"] == "not-found"
