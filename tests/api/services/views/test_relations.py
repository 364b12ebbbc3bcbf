"""Anything known of models against anything else: which measures there are, and how two go together."""

from collections.abc import Iterator

import pytest
from recorded_runs import store_six
from sqlalchemy.orm import Session
from stored_boards import CKA, IT, V4, StoredBoards, opened
from stored_scores import store

from brainrank.api.services.views.relations import Relations
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.score import NoiseCeiling


@pytest.fixture
def place(migrated_url: str) -> Iterator[StoredBoards]:
    with opened(migrated_url) as boards:
        yield boards


@pytest.fixture
def session(place: StoredBoards) -> Iterator[Session]:
    with place.boards.begin() as filled:
        store_six(filled, place.boards.catalogue, IT.name, V4.name)
    with place.boards.begin() as again:
        yield again


def test_measures_are_scores_means_details_and_what_cards_say(place: StoredBoards, session: Session) -> None:
    relations = Relations(session, place.boards)
    kinds = {key: each.kind for key, each in relations.measures.items()}
    assert kinds == {
        "parameters": "Model", "year": "Model", "mean": "Mean", "v4": "Mean", "it": "Mean", IT.name: "Score",
        V4.name: "Score", f"{IT.name}:accuracy": "Beside a score", f"{V4.name}:accuracy": "Beside a score",
    }  # fmt: skip
    found = relations.relate(IT.name, V4.name)
    assert [each.model for each in found.models] == ["m4", "m3", "m2", "m1", "m0"]
    assert found.left_out == 1
    assert found.correlation.rho == pytest.approx(1)
    assert found.models[0].x[:3] == pytest.approx((0.4, 0.38, 0.42))
    mean = relations.relate("parameters", "mean")
    assert {each.x.value for each in mean.models} == {1.5}
    assert min(each.y.value for each in mean.models) == pytest.approx(0.1 / 0.9)
    assert mean.correlation.reason
    assert {each.x.value for each in relations.relate(f"{IT.name}:accuracy", "it").models} == {0.5}
    assert relations.relate("year", IT.name).models == []
    with pytest.raises(UnknownNameError, match="Unknown measure 'it.rsa'"):
        relations.relate("it.rsa", IT.name)


def test_what_is_undefined_is_on_no_axis(place: StoredBoards, session: Session) -> None:
    with place.boards.begin() as other:
        store(other, "m0", CKA, float("nan"), ceiling=NoiseCeiling(0.9, 0.9))
        store(other, "m1", CKA, 0.3)
    found = Relations(session, place.boards).relate(CKA.name, IT.name)
    assert [each.model for each in found.models] == ["m1"]
    assert found.left_out == 5
