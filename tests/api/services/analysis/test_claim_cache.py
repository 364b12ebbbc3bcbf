"""Claims in memory: looked up once, and again when public scores have changed."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis import claim_cache
from brainrank.api.services.analysis.claim_cache import ClaimCache
from brainrank.benchmark.claims.claim import registered_claims
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in

CLAIM = "trained-beats-random"


def test_a_claim_is_looked_up_once_for_each_state(migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, asked = open_database(migrated_sqlite), []
    begin: Callable[[], AbstractContextManager[Session]] = lambda: transaction(engine)  # noqa: E731
    real = claim_cache.replicate

    def counted(session: Session, claim, *rest):  # type: ignore[no-untyped-def]
        asked.append(claim.name)
        return real(session, claim, *rest)

    monkeypatch.setattr(claim_cache, "replicate", counted)
    claims = ClaimCache(begin, built_in())
    assert claims.one(CLAIM).found is None
    assert "has scores of all models" in claims.one(CLAIM).fault
    assert asked == [CLAIM]
    assert len(claims.every()) == len(asked) == len(registered_claims())
    with begin() as session:
        for model, value in {"efficientnet-lite0": 0.5, "efficientnet-lite0-random": 0.3}.items():
            store(session, model, BENCHMARKS["kriegeskorte2008.human-it.rsa"], value)
    found = claims.one(CLAIM).found
    assert found is not None
    assert found.verdict == "holds"
    assert asked.count(CLAIM) == 2
    with pytest.raises(NotFoundError, match=CLAIM):
        claims.one("trained-beats-randon")
    engine.dispose()
