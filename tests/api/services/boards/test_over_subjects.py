"""Boards over subjects, of stored scores: animals by their sessions, subjects of one study, what is refused."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session
from stored_scores import made_result, store_result

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.over_subjects import SubjectBoard, board_over_subjects
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.score import SubjectScore

PE, PE_AGAIN, WE, RA = (f"cowley2023.v4-{each}.encoding" for each in ("210325", "210225", "190925", "210621"))
VALUES = {PE: 0.1, PE_AGAIN: 0.3, WE: 0.4, RA: 0.3}
HUMAN = "kriegeskorte2008.human-it.rsa"
SUBJECTS = {"better": (0.5, 0.7), "worse": (0.4, 0.4)}


@pytest.fixture
def session(session: Session) -> Session:
    for model, more in {"better": 0.2, "worse": 0.0}.items():
        for name, value in VALUES.items():
            result = made_result(model, BENCHMARKS[name], value + more)
            assert result.score.draws is not None
            draws = replace(result.score.draws, stimulus_set=name, subject_set="", subject_freedom=0)
            store_result(session, model, result._replace(score=replace(result.score, draws=draws)))
        result = made_result(model, BENCHMARKS[HUMAN], 0.5)
        subjects = tuple(map(SubjectScore, ("s1", "s2"), SUBJECTS[model]))
        store_result(session, model, result._replace(score=replace(result.score, per_subject=subjects)))
    return session


def board(session: Session, *names: str, pair: tuple[str, ...] = ()) -> SubjectBoard:
    benchmarks = [each for name in names for each in built_in().select(name)]
    return board_over_subjects(session, benchmarks, built_in(), EVERYBODY, pair=pair)


def test_animals_weigh_alike_whatever_their_sessions(session: Session) -> None:
    found = board(session, "v4")
    assert found.subjects == tuple(f"cowley2023 monkey {each}" for each in ("PE", "WE", "RA"))
    assert [each.name for each in found.lines] == ["better", "worse"]
    worse = found.lines[1].found
    assert list(worse.by_subject.values()) == pytest.approx([0.2, 0.4, 0.3])
    assert worse.value == pytest.approx(0.3)
    assert (found.same_images, worse.tau > 0) == (False, True)
    (pair,) = board(session, "v4", pair=("worse", "better")).lines
    assert (pair.name, pair.found.value) == ("worse less better", pytest.approx(-0.2))
    assert pair.found.interval.high < 0


def test_subjects_of_one_study_are_by_its_own_scores_of_them(session: Session) -> None:
    found = board(session, HUMAN)
    assert (found.subjects, found.same_images) == (("s1", "s2"), True)
    assert found.lines[0].found.by_subject == {"s1": 0.5, "s2": 0.7}
    (pair,) = board(session, HUMAN, pair=("better", "worse")).lines
    assert pair.found.value == pytest.approx(0.2)


def test_what_has_no_subjects_is_refused(session: Session) -> None:
    with pytest.raises(UserError, match="All of it is of cowley2023 monkey PE"):
        board(session, PE, PE_AGAIN)
    with pytest.raises(UserError, match="none of which was measured in one subject"):
        board(session, HUMAN, "cichy2014.it.rsa")
    with pytest.raises(NotFoundError, match="No scores of better, nobody"):
        board(session, "v4", pair=("better", "nobody"))
    with pytest.raises(NotFoundError, match="No scores of models"):
        board(session, "cichy2014.it.rsa")
    store_result(session, "single", made_result("single", BENCHMARKS["cichy2014.it.rsa"], 0.5))
    with pytest.raises(UserError, match="has 1 subject with a score of each model"):
        board(session, "cichy2014.it.rsa")
