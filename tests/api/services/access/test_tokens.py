"""Tokens: what each is good for, and when it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import TokenRow
from brainrank.api.services.access import tokens
from brainrank.api.services.access.refusals import NotAllowedError, NotFoundError, NotSignedInError
from brainrank.api.services.access.tokens import PREFIX, Caller, Scope
from brainrank.benchmark.types.errors import InvalidDataError


def test_a_token_names_its_caller_and_is_not_stored(session: Session) -> None:
    made = tokens.create(session, owner="ada", scope=Scope.SUBMIT, runs_a_day=3, requests_a_minute=7)
    assert made.startswith(PREFIX)
    found = tokens.caller(session, made)
    assert (found.owner, found.scope, found.runs_a_day, found.requests_a_minute) == ("ada", Scope.SUBMIT, 3, 7)
    stored = session.scalars(select(TokenRow)).one()
    assert made not in [str(getattr(stored, column.key)) for column in TokenRow.__table__.columns]
    assert made != tokens.create(session, owner="ada", scope=Scope.SUBMIT)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_includes_those_before_it(scope: Scope) -> None:
    caller, order = Caller(1, "ada", scope, 1, 1), list(Scope)
    assert [caller.reaches(each) for each in order] == [place <= order.index(scope) for place in range(len(order))]
    assert (caller.may_see("ada"), caller.may_see("bob")) == (True, scope is Scope.ADMIN)


def test_what_a_token_does_not_reach_says_which_scope_it_takes() -> None:
    with pytest.raises(NotAllowedError, match="takes a token with the scope submit, and yours has read"):
        Caller(1, "ada", Scope.READ, 1, 1).require(Scope.SUBMIT)


def test_unknown_revoked_and_expired_tokens_are_refused_each_in_its_words(session: Session) -> None:
    lasting, revoked, short = (
        tokens.create(session, owner="ada", scope=Scope.READ, days=days) for days in (None, None, 1)
    )
    with pytest.raises(NotSignedInError, match="unknown here"):
        tokens.caller(session, lasting[:-1])
    tokens.revoke(session, tokens.caller(session, revoked).token)
    with pytest.raises(NotSignedInError, match=f"revoked on {datetime.now(UTC):%Y-%m-%d}"):
        tokens.caller(session, revoked)
    before = datetime.now(UTC) - timedelta(days=2)
    number = tokens.caller(session, short).token
    session.execute(update(TokenRow).where(TokenRow.id == number).values(expires_at=before))
    with pytest.raises(NotSignedInError, match=f"expired on {before:%Y-%m-%d}"):
        tokens.caller(session, short)
    assert tokens.caller(session, lasting).owner == "ada"
    assert [each.revoked_at is not None for each in tokens.every(session)] == [False, True, False]


def test_a_token_ends_once(session: Session) -> None:
    tokens.create(session, owner="ada", scope=Scope.READ)
    tokens.revoke(session, 1)
    for number in (1, 2):
        with pytest.raises(NotFoundError, match=f"no token {number} to revoke"):
            tokens.revoke(session, number)


@pytest.mark.parametrize("owner", ["", "a" * 101, "ada\nadmin", "ada\u202e"])
def test_an_owner_is_a_name_of_one_line(session: Session, owner: str) -> None:
    with pytest.raises(InvalidDataError):
        tokens.create(session, owner=owner, scope=Scope.READ)
    assert tokens.every(session) == []
