"""/v1/claims: what is said of models, and what it comes to in the public scores."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from brainrank.api.claim_json import ClaimsAnswer, ReplicationJson, claim_line, refused_json, replication_json
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheClaims

router = APIRouter(prefix="/v1/claims", tags=["claims"])


@router.get("", response_model=ClaimsAnswer)
def list_claims(request: Request, claims: TheClaims) -> Response:
    """List the claims that come with brainrank: verdict, and the effect over all studies."""
    return cacheable_answer(request, ClaimsAnswer(claims=[claim_line(*each) for each in claims.every()]))


@router.get("/{name}", response_model=ReplicationJson)
def get_claim(
    request: Request, claims: TheClaims, name: Annotated[str, Path(max_length=100, description="The claim.")]
) -> Response:
    """Show a claim in each study, on each benchmark, and analysed otherwise."""
    claim, found, fault = claims.one(name)
    return cacheable_answer(request, refused_json(claim, fault) if found is None else replication_json(found))
