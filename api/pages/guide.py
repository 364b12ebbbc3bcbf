"""The guide: the documentation as a site, under /guide; `make guide` builds it, and a wheel made after that has it."""

from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from brainrank.api.pages.assets import HERE
from brainrank.api.pages.guide_links import ADDRESS
from brainrank.api.pages.render import HTML, pack
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.services.access.refusals import NotFoundError

GUIDE = HERE / "guide"
FIRST = "index.html"
MEDIA_TYPES = {
    ".html": HTML,
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
PACKED_ALREADY = (".png",)
# In bytes: no address of the guide is half as long, and file systems refuse 255 with an error of their own.
LONGEST_PATH = 250

router = APIRouter(include_in_schema=False)


@router.get("/guide/{path:path}")
def show_guide(request: Request, path: str) -> Response:
    """A page or a file of the guide. Raises NotFoundError for what is none, and where no guide was built."""
    file = file_of(path)
    if file.is_dir():
        if path and not path.endswith("/"):
            return RedirectResponse(f"{ADDRESS}{path}/", status_code=308)
        file /= FIRST
    if file.suffix not in MEDIA_TYPES or not file.is_file():
        raise _missing(path)
    answer = cacheable_answer(request, file.read_bytes(), media_type=MEDIA_TYPES[file.suffix])
    return answer if file.suffix in PACKED_ALREADY else pack(request, answer)


def file_of(path: str) -> Path:
    """The file or folder of a path, whether or not it is there, never outside the guide. Raises NotFoundError."""
    if not (GUIDE / FIRST).is_file():
        raise NotFoundError(
            "The guide is not built here. `make guide` in a checkout of brainrank builds it; a package or an image "
            "made after that has it. The same pages are in the folder docs of the source"
        )
    parts = PurePosixPath(path.strip("/")).parts
    if ".." in parts or len(path.encode()) > LONGEST_PATH:
        raise _missing(path)
    return GUIDE.joinpath(*parts)


def _missing(path: str) -> NotFoundError:
    return NotFoundError(f"The guide has no page '{path[:80]}'; it begins at {ADDRESS}")
