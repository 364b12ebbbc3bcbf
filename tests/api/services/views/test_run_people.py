"""A stored run's model with each group of people."""

from pathlib import Path

import pytest
from answered_study import NAME, answered_catalogue, store_answers
from sqlalchemy.orm import Session

from brainrank.api.repositories.runs import find_run
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.run_people import of_people, people_of_run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent

GROUPS = {"ann": "children", "ben": "children", "cyd": "adults"}


def test_a_run_has_the_model_with_each_group(tmp_path: Path, session: Session) -> None:
    catalogue, locations = answered_catalogue(tmp_path, group_of=GROUPS), Locations(tmp_path)
    number = store_answers(session, catalogue, "chooser")
    run = find_run(session, number)
    found = people_of_run(session, run, catalogue, locations)
    scores = {each.subject: each.value for each in run.score.per_subject}
    (model,) = found.models
    assert model.model == "chooser"
    assert {each.group: each.kappa.value for each in model.groups} == pytest.approx(
        {"adults": scores["cyd"], "children": (scores["ann"] + scores["ben"]) / 2}
    )
    humans = catalogue.datasets["answers2026"].assembly("pets", locations, Silent())
    kept = of_people(humans)  # type: ignore[arg-type]
    assert kept is not None
    assert kept.models == []
    assert kept is of_people(humans)  # type: ignore[arg-type]


def test_refused_without_groups_and_without_choices(tmp_path: Path, session: Session) -> None:
    plain, grouped = answered_catalogue(tmp_path), answered_catalogue(tmp_path, group_of=GROUPS)
    kept = find_run(session, store_answers(session, plain, "chooser"))
    with pytest.raises(NotFoundError, match=f"People of {NAME} are in no groups"):
        people_of_run(session, kept, plain, Locations(tmp_path))
    bare = find_run(session, store_answers(session, grouped, "forgetful", keep=False))
    with pytest.raises(NotFoundError, match="What forgetful chose is not stored"):
        people_of_run(session, bare, grouped, Locations(tmp_path))
