"""What a claim comes to, as lines of a drawing and as a count of studies."""

from brainrank.api.services.analysis.replication import Replication, Specification, StudyEffect
from brainrank.benchmark.claims.claim import Claim, CorrelationClaim, Expectation
from brainrank.benchmark.claims.effects import Effect
from brainrank.benchmark.statistics.uncertainty import Spread
from brainrank.benchmark.types.score import Interval

CLAIM = Claim("c", "A beats b.", "x", ("a",), ("b",), Expectation.MORE, ("it",), None, None, "0" * 64)
RELATED = CorrelationClaim("c", "x goes with y", "z", "parameters", "", (), (), ("it",), None, "0" * 64)


def effect(value: float) -> Effect:
    known = Spread(0.01, 9)
    return Effect(value, Interval(value - 0.2, value + 0.2), 0.5, known, known)


def test_lines_are_studies_then_benchmarks_from_the_largest() -> None:
    studies = tuple(
        StudyEffect(name, (f"{name}.it.rsa",), effect(value), verdict, (value, 0.0))
        for name, value, verdict in (("one", 0.1, "open"), ("two", 0.3, "holds"))
    )
    specifications = tuple(
        Specification(each.benchmarks[0], each.effect, each.verdict, counted=True) for each in studies
    )
    found = Replication(CLAIM, specifications, studies, None, "open", by_each=False, lacking=(), variations=())
    assert [(row.name, row.kind) for row in found.rows()] == [
        ("two", "study"),
        ("one", "study"),
        ("two.it.rsa", "benchmark"),
        ("one.it.rsa", "benchmark"),
    ]
    assert (found.held_in, found.effect_name) == ("1 of 2 studies", "difference")
    assert found._replace(studies=studies[1:]).held_in == "1 of 1 study"
    assert found._replace(claim=RELATED).effect_name == "rank correlation"
