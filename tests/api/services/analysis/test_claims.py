"""Claims looked up in stored scores: studies that share images are one, and what is lacking is said."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session
from stored_scores import made_result, store_result

from brainrank.api.plots.claims import save_claims
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claims import replicate
from brainrank.api.services.analysis.replication import Replication
from brainrank.benchmark.claims.claim import Claim, Expectation
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import UnknownNameError

HUMAN, CICHY = BENCHMARKS["kriegeskorte2008.human-it.rsa"], BENCHMARKS["cichy2014.it.rsa"]
CKA = BENCHMARKS["kriegeskorte2008.human-it.cka"]
PE, PE_AGAIN, WE = (BENCHMARKS[f"cowley2023.v4-{each}.encoding"] for each in ("210325", "210225", "190925"))
IMAGES = {HUMAN: "92", CICHY: "92", CKA: "92", PE: "a", PE_AGAIN: "b", WE: "c"}
VALUES = {"a": 0.5, "a1": 0.52, "b": 0.4}


@pytest.fixture
def session(session: Session) -> Session:
    """Scores of three models on six benchmarks, by a study's own images."""
    for model, value in VALUES.items():
        for benchmark, images in IMAGES.items():
            result = made_result(model, benchmark, value + 0.01 * (benchmark is WE), spread=0.01)
            assert result.score.draws is not None
            draws = replace(result.score.draws, stimulus_set=images, subject_set="", subject_freedom=0)
            store_result(session, model, result._replace(score=replace(result.score, draws=draws)))
    return session


def claim(**changed: object) -> Claim:
    made = Claim("c", "A beats b.", "x", ("a", "a1"), ("b",), Expectation.MORE, ("v4", "it"), None, None, "0" * 64)
    return replace(made, **changed)  # type: ignore[arg-type]


def looked_up(session: Session, **changed: object) -> Replication:
    return replicate(session, claim(**changed), built_in(), EVERYBODY)


def test_studies_share_neither_images_nor_subjects(session: Session) -> None:
    found = looked_up(session)
    by_study = {each.name: set(each.benchmarks) for each in found.studies}
    assert by_study == {
        "kriegeskorte2008, cichy2014": {HUMAN.name, CICHY.name},
        "cowley2023 (monkey PE)": {PE.name, PE_AGAIN.name},
        "cowley2023 (monkey WE)": {WE.name},
    }
    assert {each.benchmark for each in found.specifications} == {each.name for each in IMAGES}
    assert {each.benchmark for each in found.specifications if not each.counted} == {CKA.name}
    assert all(each.effect.value == pytest.approx(0.11) for each in found.studies)
    assert found.summary is not None
    assert (found.summary.studies, found.verdict) == (3, "holds")
    assert found.summary.value == pytest.approx(0.11)
    assert "cowley2023.v4-201025.encoding" in found.lacking


def test_depictions_of_the_same_objects_are_one_study(session: Session) -> None:
    depictions = [f"singer2022.{each}.rsa" for each in ("photos", "drawings", "sketches")]
    for model, value in VALUES.items():
        for name in depictions:
            result = made_result(model, BENCHMARKS[name], value)
            assert result.score.draws is not None
            draws = replace(result.score.draws, stimulus_set=name, subject_set="", subject_freedom=0)
            store_result(session, model, result._replace(score=replace(result.score, draws=draws)))
    (study,) = looked_up(session, on=tuple(depictions)).studies
    assert (study.name, study.benchmarks) == ("singer2022", tuple(depictions))


def test_one_study_speaks_for_itself_and_a_claim_may_fail(session: Session) -> None:
    found = looked_up(session, first=("b",), second=("a",), on=(WE.name,))
    assert (found.summary, found.verdict, len(found.studies)) == (None, "fails", 1)
    assert found.replicated == 0
    alike = looked_up(session, first=("a",), second=("a1",), expects=Expectation.ALIKE, margin=0.1)
    assert alike.verdict == "holds"


def test_what_is_open_in_each_study_may_be_told_by_all(session: Session) -> None:
    for name, value in (("near", 0.428), ("far", 0.4)):
        for place, benchmark in enumerate((HUMAN, CICHY, PE, WE)):
            result = made_result(name, benchmark, value, spread=0.011)
            assert result.score.draws is not None
            draws = replace(result.score.draws, stimulus_set=str(place), subject_set="", subject_freedom=0)
            store_result(session, name, result._replace(score=replace(result.score, draws=draws)))
    found = looked_up(session, first=("near",), second=("far",))
    assert [each.verdict for each in found.studies] == ["open"] * 4
    assert (found.verdict, found.replicated) == ("holds", 0)


def test_what_cannot_be_looked_up_is_told(session: Session) -> None:
    with pytest.raises(NotFoundError, match="No benchmark of behaviour has scores of all models of 'c'"):
        looked_up(session, on=("behaviour",))
    with pytest.raises(NotFoundError, match="brainrank score nobody b"):
        looked_up(session, first=("nobody",))
    with pytest.raises(UnknownNameError):
        looked_up(session, on=("v5",))


def test_equal_models_are_seldom_called_replicated(session: Session) -> None:
    """Through the whole rule: two models of one value on each study, whose deviations are drawn anew in each world."""
    rng, told, worlds = np.random.default_rng(0), 0, 60
    for world in range(worlds):
        names = (f"one{world}", f"two{world}")
        for benchmark, images in IMAGES.items():
            for name in names:
                result = made_result(name, benchmark, 0.4 + rng.normal(0, 0.01), spread=0.01)
                assert result.score.draws is not None
                draws = replace(result.score.draws, stimulus_set=images, subject_set="", subject_freedom=0)
                store_result(session, name, result._replace(score=replace(result.score, draws=draws)))
        told += looked_up(session, first=names[:1], second=names[1:]).verdict == "holds"
    assert told / worlds <= 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / worlds)


def test_they_are_drawn_and_told_as_plain_values(session: Session, tmp_path: Path) -> None:
    from brainrank.api.claim_json import replication_json

    found = looked_up(session)
    save_claims([found, looked_up(session, on=(WE.name,))], tmp_path / "claims.svg")
    assert (tmp_path / "claims.svg").stat().st_size > 5_000
    told = json.loads(replication_json(found).model_dump_json())
    assert told["replicated"] == 3
    assert {each["verdict"] for each in told["studies"]} == {"holds"}
