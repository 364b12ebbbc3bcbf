"""Pictures of the pages, light and dark, into docs/images: `python -m performance.pictures` (`make pictures`).

Of the scores that are stored in BRAINRANK_HOME (`make results` makes them).
"""

import io
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser

from brainrank.api.settings import Settings
from performance.browser import chromium, serving

Scheme = Literal["light", "dark"]
FOLDER = Path(__file__).parents[1] / "docs" / "images"
PAGES = {
    "home": "/",
    "leaderboard": "/leaderboards/all",
    "model": "/models/efficientnet-lite0",
    "benchmark": "/benchmarks/kriegeskorte2008.human-it.rsa",
    "compare": "/compare?models=efficientnet-lite0&models=gabor&models=controlled-simclr",
    "relations": "/relations",
    "submit": "/submit",
}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
COLOURS = 96
# Charts are drawn when they come near the window: the window goes down the page once.
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 500) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 300));
  }
  scrollTo(0, 0);
}"""


def picture(browser: Browser, address: str, scheme: Scheme, path: Path) -> None:
    """The first window or two of a page, with few colours, so that the file is small."""
    page = browser.new_page(viewport={"width": 1280, "height": 1200}, color_scheme=scheme)
    page.goto(address, wait_until="networkidle")
    page.evaluate(SCROLL)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)
    page.evaluate("scrollTo(0, 0)")  # charts that came late have moved what was on top
    content = Image.open(io.BytesIO(page.screenshot()))
    content.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    page.close()


def main() -> None:
    """Serve, look, keep."""
    with serving(str(Settings().home)) as address, chromium() as browser:
        for name, page in PAGES.items():
            for scheme in SCHEMES:
                picture(browser, address + page, scheme, FOLDER / f"{name}-{scheme}.png")
                print(f"{name}-{scheme}.png")


if __name__ == "__main__":
    main()
