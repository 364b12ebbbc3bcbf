"""The cells of a claim: which models have scores in common, and what is lacking."""

import pytest
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.analysis.claim_cells import find_cells, of_same_recordings, with_common_scores
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in

NAMES = ("kriegeskorte2008.human-it.rsa", "cichy2014.it.rsa", "cowley2023.v4-190925.encoding")
ASKED = {name: BENCHMARKS[name] for name in NAMES}


@pytest.fixture
def session(session: Session) -> Session:
    for model, names in {"a": NAMES, "b": NAMES[:2], "c": NAMES[:2], "d": NAMES[:1]}.items():
        for name in names:
            store(session, model, BENCHMARKS[name], 0.5)
    return session


def test_cells_are_of_benchmarks_that_have_all_models(session: Session) -> None:
    whole, lacking = find_cells(session, ["b", "a"], ASKED.values(), EVERYBODY)
    assert [each.benchmark.name for each in whole] == list(NAMES[:2])
    assert [run.model for run in whole[0].runs] == ["b", "a"]
    assert whole[0].values == [0.5, 0.5]
    assert lacking == [NAMES[2]]


def test_models_with_common_scores_have_what_half_of_them_have(session: Session) -> None:
    assert with_common_scores(session, ["a", "b", "c", "d", "e"], ASKED, EVERYBODY) == ["a", "b", "c"]
    assert with_common_scores(session, ["e"], ASKED, EVERYBODY) == []


def test_the_same_recordings_have_other_metrics() -> None:
    found = of_same_recordings([BENCHMARKS[NAMES[0]]], built_in())
    assert {NAMES[0], "kriegeskorte2008.human-it.cka"} <= set(found)
    assert {(each.dataset, each.region) for each in found.values()} == {("kriegeskorte2008", "human-it")}
