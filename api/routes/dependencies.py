"""What routes ask for: the service, and who calls."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from brainrank.api.routes.service import Service
from brainrank.api.services.access import tokens
from brainrank.api.services.access.refusals import NotSignedInError
from brainrank.api.services.access.tokens import Caller
from brainrank.api.services.analysis.claim_cache import ClaimCache
from brainrank.api.services.boards.standings import LeaderboardCache

_bearer = HTTPBearer(auto_error=False, description="A token made by `brainrank admin token create`.")


def the_service(request: Request) -> Service:
    """The service that the application was made with."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(the_service)]


def the_boards(request: Request) -> LeaderboardCache:
    """The leaderboards of the service."""
    boards: LeaderboardCache = request.app.state.boards
    return boards


TheLeaderboardCache = Annotated[LeaderboardCache, Depends(the_boards)]


def the_claims(request: Request) -> ClaimCache:
    """The claims of the service."""
    claims: ClaimCache = request.app.state.claims
    return claims


TheClaims = Annotated[ClaimCache, Depends(the_claims)]


def visitor(
    service: TheService, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller | None:
    """Who calls, if they say so. Raises NotSignedInError for a token that is no good, TooManyError beyond its limit."""
    if given is None:
        return None
    with service.begin() as session:
        found = tokens.caller(session, given.credentials)
    service.limits.count(found)
    return found


Visitor = Annotated[Caller | None, Depends(visitor)]


def caller(visitor: Visitor) -> Caller:
    """Who calls. Raises NotSignedInError when they do not say."""
    if visitor is None:
        raise NotSignedInError(
            "This takes a token, sent as 'Authorization: Bearer TOKEN'; ask for one from whoever runs the service "
            "(brainrank admin token create)"
        )
    return visitor


TheCaller = Annotated[Caller, Depends(caller)]
