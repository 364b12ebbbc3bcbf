"""Answers that a reader keeps: each has an ETag, by which asking again costs a few bytes where nothing changed."""

import hashlib

from fastapi import Request, Response, status
from pydantic import BaseModel

JSON = "application/json"


def cacheable_answer(
    request: Request, content: BaseModel | bytes, *, edition: str = "", private: bool = False, media_type: str = JSON
) -> Response:
    """An answer, or 304 for a reader who has it already.

    Whoever keeps it asks each time whether it is still good, so that a new score is seen at once. `edition` is what the
    content follows from, where that is at hand; else it is the content's own digest.
    """
    body = content if isinstance(content, bytes) else content.model_dump_json().encode()
    edition = edition or hashlib.sha256(body).hexdigest()[:20]
    known = not_modified(request, edition, private=private)
    return known or Response(body, media_type=media_type, headers=_headers(edition, private=private))


def not_modified(request: Request, edition: str, *, private: bool = False) -> Response | None:
    """The answer to a reader who says that they have this edition (RFC 9110, 13.1.2); None to any other."""
    given = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if f'"{edition}"' not in given and "*" not in given:
        return None
    return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=_headers(edition, private=private))


def _headers(edition: str, *, private: bool) -> dict[str, str]:
    reach = "private" if private else "public"
    return {"ETag": f'W/"{edition}"', "Cache-Control": f"{reach}, no-cache", "Vary": "Authorization"}
