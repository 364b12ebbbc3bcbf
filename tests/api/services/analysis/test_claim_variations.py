"""A claim of each subject and by other layers: differences by hand, and what is left out."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session
from stored_scores import made_result, store_result

from brainrank.api.repositories import scores
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.analysis.claim_cells import Cells, find_cells
from brainrank.api.services.analysis.claim_variations import Varied, agreement_text, of_variants, variations
from brainrank.benchmark.claims.claim import Claim, Expectation
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.variants import variants
from brainrank.benchmark.types.score import LayerScore, SubjectScore

HUMAN = BENCHMARKS["kriegeskorte2008.human-it.rsa"]
CLAIM = Claim("c", "A beats b.", "x", ("a", "a1"), ("b",), Expectation.MORE, ("it",), None, None, "0" * 64)
SUBJECTS = {"a": (0.5, 0.1), "a1": (0.7, 0.1), "b": (0.3, 0.3)}
CURVES = {"a": (0.2, 0.6, 0.1), "a1": (0.2, 0.4, 0.3), "b": (0.4, 0.3, float("nan"))}


def found(session: Session, claim: Claim = CLAIM, curves: dict[str, tuple[float, ...]] = CURVES) -> dict[str, float]:
    for model, values in SUBJECTS.items():
        result = made_result(model, HUMAN, 0.5)
        changed = replace(
            result.score,
            per_subject=tuple(map(SubjectScore, ("s1", "s2"), values)),
            layer_curve=tuple(LayerScore(f"l{place}", value) for place, value in enumerate(curves[model])),
        )
        store_result(session, model, result._replace(score=changed))
    stored = {run.model: run for run in scores.latest_succeeded(session, {HUMAN.name: HUMAN.version})}
    told = variations(session, claim, [Cells(HUMAN, [stored[name] for name in (*claim.first, *claim.second)], [])])
    assert {each.benchmark for each in told} == {HUMAN.name}
    assert [each.as_expected for each in told] == [
        each.difference > 0 if claim.margin is None else abs(each.difference) < claim.margin for each in told
    ]
    assert agreement_text(told).startswith("As expected, whether told or not: of single subjects ")
    return {each.of or each.varied: each.difference for each in told}


def test_of_each_subject_by_the_best_and_by_the_last_layer(session: Session) -> None:
    assert found(session) == pytest.approx(
        {"s1": 0.3, "s2": -0.2, Varied.BEST_LAYER: 0.5 - 0.4, Varied.LAST_LAYER: 0.2 - 0.3}
    )


def test_without_layers_there_are_subjects_alone(session: Session) -> None:
    alike = replace(CLAIM, expects=Expectation.ALIKE, margin=0.25)
    assert set(found(session, alike, {**CURVES, "b": ()})) == {"s1", "s2"}
    assert agreement_text([]) == ""


def test_variants_have_intervals_and_verdicts(session: Session) -> None:
    corr, half = (each for each in variants(HUMAN) if each.value in {"corr", "first-half"})
    for model, value in {"a": 0.5, "a1": 0.52, "b": 0.4}.items():
        store_result(session, model, made_result(model, corr, value, spread=0.01))
        store_result(session, model, made_result(model, half, 0.9 - value, spread=0.2))
    models = (*CLAIM.first, *CLAIM.second)
    cells, lacking = find_cells(session, models, variants(HUMAN), EVERYBODY)
    by_corr, of_half = of_variants(CLAIM, cells)
    assert (by_corr.name, by_corr.benchmark, by_corr.verdict) == ("comparator corr", HUMAN.name, "holds")
    assert by_corr.interval is not None
    assert by_corr.difference == pytest.approx(0.11)
    assert by_corr.interval.low < by_corr.difference < by_corr.interval.high
    assert (of_half.varied, of_half.as_expected, of_half.verdict) == (Varied.IMAGES, False, "open")
    assert len(lacking) == len(variants(HUMAN)) - 2
    text = agreement_text([by_corr, of_half])
    assert text.endswith("on half of the images 0 of 1 differences. Of the 2 with an interval 1 hold and none fail.")
