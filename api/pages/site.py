"""All pages, for a browser; what they show is what the REST interface answers.

A page is a file in this folder that has a `router`, and its template. One that the head of every page leads to has a
`SECTION` as well.
"""

from collections.abc import Iterator
from functools import cache
from types import ModuleType

from fastapi import APIRouter

from brainrank.api.pages.section import Section
from brainrank.benchmark.types.modules import modules_in

FOLDER = "brainrank.api.pages"
NOT_FOR_READERS = {"charts", "static", "stimuli"}


def site_router() -> APIRouter:
    """The routes of all pages and of what they load."""
    router = APIRouter()
    for each in _pages():
        router.include_router(each.router)
    return router


@cache
def beginnings() -> frozenset[str]:
    """What the addresses of pages begin with: models, benchmarks, ..."""
    paths = {str(getattr(route, "path", "")) for each in _pages() for route in each.router.routes}
    return frozenset(path.split("/")[1] for path in paths if path.strip("/")) - NOT_FOR_READERS


def sections() -> list[Section]:
    """What the head of every page leads to, in its order."""
    return sorted(each.SECTION for each in _pages() if hasattr(each, "SECTION"))


def _pages() -> Iterator[ModuleType]:
    for module in modules_in(FOLDER):
        if isinstance(getattr(module, "router", None), APIRouter):
            yield module
