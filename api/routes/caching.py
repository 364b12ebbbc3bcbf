"""Answers that a reader keeps: each has an ETag, by which asking again costs a few bytes where nothing changed."""

import hashlib

from fastapi import Request, Response, status
from pydantic import BaseModel

JSON = "application/json"


def kept(
    request: Request, content: BaseModel | bytes, *, edition: str = "", private: bool = False, media_type: str = JSON
) -> Response:
    """An answer, or 304 for a reader who has it already.

    Whoever keeps it asks each time whether it is still good, so that a new score is seen at once. `edition` is what the
    content follows from, where that is at hand; else it is the content's own digest.
    """
    body = content if isinstance(content, bytes) else content.model_dump_json().encode()
    etag = f'W/"{edition or hashlib.sha256(body).hexdigest()[:20]}"'
    reach = "private" if private else "public"
    headers = {"ETag": etag, "Cache-Control": f"{reach}, no-cache", "Vary": "Authorization"}
    if is_known(request, etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def is_known(request: Request, etag: str) -> bool:
    """Whether the reader says that they have this (RFC 9110, 13.1.2)."""
    given = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    return "*" in given or etag in given or etag.removeprefix("W/") in given
