"""Correlations over models in stored scores: seeds count once, what is held equal, what is lacking is told."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy.orm import Session
from stored_scores import made_result, store_result

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claims import models_of, replicate
from brainrank.api.services.analysis.replication import Replication
from brainrank.benchmark.claims.claim import CorrelationClaim
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.scoring.variants import variant
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.score import Detail
from brainrank.models_zoo.catalogue import MODELS

X = BENCHMARKS["kriegeskorte2008.judgements.rsa"]
HUMAN, WE, PE = (
    BENCHMARKS[name]
    for name in ("kriegeskorte2008.human-it.rsa", "cowley2023.v4-190925.encoding", "cowley2023.v4-210325.encoding")
)
NAMES = [name for name in MODELS if "seed" not in name][:12]
SEEDS = [name for name in MODELS if name.startswith("controlled-supervised")]
CLAIM = CorrelationClaim("c", "x goes with y", "nobody", X.name, "", (), (), ("it", "v4"), None, "0" * 64)


def store_models(session: Session, *, models: list[str], noise: float, rng: np.random.Generator) -> None:
    """Models whose quality is in all their scores, and beside them as accuracy."""
    for place, model in enumerate(models):
        for benchmark in (X, HUMAN, WE, PE, variant(HUMAN, "comparator=corr")):
            result = made_result(model, benchmark, 0.02 * place + noise * rng.normal())
            draws = result.score.draws
            assert draws is not None
            draws = replace(draws, stimulus_set=benchmark.region, subject_set="", subject_freedom=0)
            score = replace(result.score, draws=draws, details=(Detail("accuracy", 0.02 * place),))
            store_result(session, model, result._replace(score=score))


def looked_up(session: Session, **changed: object) -> Replication:
    return replicate(session, replace(CLAIM, **changed), built_in(), EVERYBODY)  # type: ignore[arg-type]


def test_scores_that_rise_together_are_told_in_each_study_and_over_all(session: Session) -> None:
    store_models(session, models=NAMES, noise=0.01, rng=np.random.default_rng(0))
    found = looked_up(session)
    assert {each.name for each in found.studies} == {
        "kriegeskorte2008",
        "cowley2023 (monkey WE)",
        "cowley2023 (monkey PE)",
    }
    assert (found.verdict, found.effect_name, found.by_each) == ("holds", "rank correlation", False)
    assert found.summary is not None
    assert 0.8 < found.summary.value < found.summary.interval.high <= 1
    assert {each.benchmark for each in found.specifications if each.counted} == {HUMAN.name, WE.name, PE.name}
    (varied,) = found.variations
    assert (varied.name, varied.benchmark, varied.as_expected) == ("comparator corr", HUMAN.name, True)
    assert "cichy2014.it.rsa" in found.lacking
    assert models_of([found.claim]) == []
    one = looked_up(session, on=(HUMAN.name,))
    assert (one.summary, len(one.studies)) == (None, 1)


def test_what_goes_with_accuracy_alone_is_gone_where_it_is_held_equal(session: Session) -> None:
    store_models(session, models=NAMES, noise=0.01, rng=np.random.default_rng(0))
    for besides in (":accuracy", f"{X.name}:accuracy"):
        found = looked_up(session, besides=besides)
        assert found.summary is not None
        assert found.verdict == "open"
        assert abs(found.summary.value) < 0.6
    with pytest.raises(UnknownNameError, match="number told beside kriegeskorte2008.judgements.rsa"):
        looked_up(session, x=f"{X.name}:acuracy")
    assert looked_up(session, x="parameters").summary is not None


def test_seeds_and_models_made_alike_are_one(session: Session) -> None:
    store_models(session, models=SEEDS, noise=0.01, rng=np.random.default_rng(0))
    with pytest.raises(NotFoundError, match="'c' cannot be looked up: 1 independent models"):
        looked_up(session)
    store_models(session, models=NAMES, noise=0.01, rng=np.random.default_rng(0))
    with pytest.raises(NotFoundError, match="2 independent models"):
        looked_up(session, together=(tuple(NAMES),))
    with pytest.raises(NotFoundError, match="5 independent models"):
        looked_up(session, models=tuple(NAMES[:5]))
