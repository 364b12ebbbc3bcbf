"""Tokens: who calls, and how far that reaches. Only their sha256 is stored; they hold 256 random bits."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from brainrank.api.db.tables import TokenRow
from brainrank.api.repositories import tokens
from brainrank.api.services.access.refusals import NotAllowedError, NotFoundError, NotSignedInError
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.text import one_line

PREFIX = "brainrank_"
RUNS_A_DAY, REQUESTS_A_MINUTE = 1000, 600
LONGEST_OWNER = 100  # the column's


class Scope(StrEnum):
    """How far a token reaches; each scope includes those before it."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"


_REACH = {scope: reach for reach, scope in enumerate(Scope)}


@dataclass(frozen=True)
class Caller:
    """Who calls: the owner that their submissions belong to, and what their token allows."""

    token: int
    owner: str
    scope: Scope
    runs_a_day: int
    requests_a_minute: int

    def reaches(self, scope: Scope) -> bool:
        """Whether the token is good for this."""
        return _REACH[self.scope] >= _REACH[scope]

    def require(self, scope: Scope) -> None:
        """Raise NotAllowedError unless the token is good for this."""
        if not self.reaches(scope):
            raise NotAllowedError(
                f"This takes a token with the scope {scope}, and yours has {self.scope}; ask for one from whoever runs "
                "the service (brainrank admin token create)"
            )

    def may_see(self, owner: str) -> bool:
        """Whether something private of `owner` is the caller's to see and change."""
        return owner == self.owner or self.reaches(Scope.ADMIN)


@dataclass(frozen=True)
class Token:
    """What is known of a token; not the token itself."""

    number: int
    owner: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create(
    session: Session,
    *,
    owner: str,
    scope: Scope,
    days: int | None = None,
    runs_a_day: int = RUNS_A_DAY,
    requests_a_minute: int = REQUESTS_A_MINUTE,
) -> str:
    """Make a token for `owner` and return it; it cannot be shown again. `days` None means that it does not expire.

    Raises InvalidDataError for an owner that is no name of one line.
    """
    if not 1 <= len(owner) <= LONGEST_OWNER:
        raise InvalidDataError(f"The owner '{owner[:50]}' has {len(owner)} characters; write 1 to {LONGEST_OWNER}")
    try:
        one_line(owner)
    except ValueError as error:
        raise InvalidDataError(f"The owner {owner!r} is no name: {error}") from error
    token, now = PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
    tokens.add(
        session,
        owner=owner,
        sha256=_sha256(token),
        scope=scope,
        runs_a_day=runs_a_day,
        requests_a_minute=requests_a_minute,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    return token


def caller(session: Session, token: str) -> Caller:
    """Who calls with this token. Raises NotSignedInError for one that is unknown, expired or revoked."""
    row = tokens.find(session, _sha256(token))
    if row is None:
        raise NotSignedInError("The token is unknown here; check it, and the address of the service")
    if row.revoked_at is not None:
        raise NotSignedInError(f"The token was revoked on {row.revoked_at:%Y-%m-%d}; ask for another one")
    if row.expires_at is not None and row.expires_at <= datetime.now(UTC):
        raise NotSignedInError(f"The token expired on {row.expires_at:%Y-%m-%d}; ask for another one")
    return Caller(row.id, row.owner, Scope(row.scope), row.runs_a_day, row.requests_a_minute)


def every(session: Session) -> Sequence[Token]:
    """All tokens."""
    return [_token(row) for row in tokens.every(session)]


def revoke(session: Session, number: int) -> None:
    """End a token at once. Raises NotFoundError when there is none of that number that is still good."""
    if not tokens.revoke(session, number, now=datetime.now(UTC)):
        raise NotFoundError(f"There is no token {number} to revoke; brainrank admin token list shows them")


def _token(row: TokenRow) -> Token:
    return Token(row.id, row.owner, Scope(row.scope), row.created_at, row.expires_at, row.revoked_at)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
