"""Models against each other as JSON: all of the comparison, a line for each pair."""

import json

from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.boards.comparison import compare
from brainrank.api.services.boards.comparison_json import comparison_json
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.convention import Convention

V4, IT = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def test_every_pair_is_told_on_the_mean_and_on_each_benchmark(session: Session) -> None:
    for model, v4, it in (("a", 0.6, 0.4), ("b", 0.5, 0.3), ("c", 0.4, None)):
        store(session, model, V4, v4)
        if it is not None:
            store(session, model, IT, it)
    found = compare(session, ["a", "b", "c"], [V4, IT], convention=Convention.EXPLAINED, viewer=EVERYBODY)
    told = comparison_json(found, "mine").model_dump(mode="json")
    assert (told["board"], told["convention"], told["counted"]) == ("mine", "explained", [V4.name, IT.name])
    assert [(each["model"], each["coverage"]) for each in told["means"]] == [("a", 2), ("b", 2), ("c", 1)]
    assert [(each["first"], each["second"]) for each in told["mean"]] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [each["shared"] for each in told["mean"]] == [[V4.name, IT.name], [V4.name], [V4.name]]
    assert [each["benchmark"] for each in told["benchmarks"]] == [V4.name] * 3 + [IT.name]
    for line, pair in zip(told["mean"], found.mean, strict=True):
        paired = pair.paired
        assert (line["difference"], line["p"], line["q"]) == (paired.difference, paired.p, pair.q)
        assert (line["interval"]["low"], line["interval"]["high"]) == (paired.interval.low, paired.interval.high)


def test_what_is_undefined_is_null(session: Session) -> None:
    for model in ("a", "b"):
        store(session, model, V4, float("nan"))
    found = compare(session, ["a", "b"], [V4], convention=Convention.RAW, viewer=EVERYBODY)
    (pair,) = json.loads(comparison_json(found, V4.name).model_dump_json())["benchmarks"]
    assert (pair["difference"], pair["p"], pair["interval"]["low"]) == (None, None, None)
