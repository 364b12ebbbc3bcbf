"""Files that pages are made with: each is kept by browsers for good, under an address that changes with its content."""

import gzip
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.types.installing import install_command

HERE = Path(__file__).parent
PLOTLY = "plotly.min.js"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SMALLEST_TO_PACK = 1024

router = APIRouter(include_in_schema=False)


class StaticFile(NamedTuple):
    """A file's content, as it is and packed, and the digest that its address has."""

    content: bytes
    packed: bytes
    digest: str


def address(name: str) -> str:
    """The address of a file."""
    return f"/static/{static_file(name).digest}/{name}"


@cache
def static_file(name: str) -> StaticFile:
    """A file of the folder `static`, or the chart library. Raises NotFoundError for any other name."""
    found = {each.name: each for each in (HERE / "static").iterdir()} | {PLOTLY: _plotly()}
    if name not in found:
        raise NotFoundError(f"There is no file '{name[:50]}' that pages are made with")
    content = found[name].read_bytes()
    return StaticFile(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:12])


@router.get("/static/{digest}/{name}")
def get_static(request: Request, digest: str, name: str) -> Response:
    """A file; `digest` makes each edition's address one of its own."""
    file = static_file(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable" if digest == file.digest else "no-cache"}
    content = file.content
    if takes_packed(request, content):
        content = file.packed
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)


def takes_packed(request: Request, content: bytes) -> bool:
    """Whether a content is worth packing, and the reader takes it so."""
    return "gzip" in request.headers.get("accept-encoding", "") and len(content) >= SMALLEST_TO_PACK


def _plotly() -> Path:
    """The script that the package brings; the package itself, which is slow to import, is not."""
    package = find_spec("plotly")
    if package is None or package.origin is None:
        raise RuntimeError(f"plotly is not installed: {install_command('plotly')}")
    return Path(package.origin).parent / "package_data" / PLOTLY
