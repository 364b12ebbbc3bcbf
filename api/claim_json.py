"""Claims and what they come to, as plain values: JSON of the command line and of the service."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from brainrank.api.score_json import IntervalJson, Number, interval_json
from brainrank.api.services.analysis.replication import Replication, Specification, StudyEffect
from brainrank.benchmark.claims.claim import AnyClaim


class EffectJson(BaseModel):
    """First models less second, or a rank correlation over models."""

    difference: Number
    interval: IntervalJson
    p: Number
    verdict: str


class StudyJson(EffectJson):
    """An independent study, and the benchmarks it consists of."""

    study: str
    benchmarks: list[str]


class BenchmarkEffectJson(EffectJson):
    """A benchmark of the same recordings; `counted` where it is among the studies."""

    benchmark: str
    counted: bool


class VariationJson(BaseModel):
    """A benchmark analysed otherwise; those without an interval are told by their sign alone."""

    benchmark: str
    varied: str
    of: str
    difference: Number
    as_expected: bool
    interval: IntervalJson | None
    verdict: str


class SummaryJson(BaseModel):
    """Random effects over studies."""

    difference: Number
    interval: IntervalJson
    tau: Number
    i_squared: Number
    prediction: IntervalJson
    studies: int


class ReplicationJson(BaseModel):
    """A claim, and what it comes to: a null `verdict`, with the `reason`, where it cannot be looked up."""

    claim: dict[str, Any]
    effect: str
    verdict: str | None
    reason: str
    replicated: int
    studies: list[StudyJson]
    benchmarks: list[BenchmarkEffectJson]
    summary: SummaryJson | None
    lacking: list[str]
    variations: list[VariationJson]


class ClaimLineJson(BaseModel):
    """A claim in the list of them: the effect over all studies, or that of the one there is."""

    name: str
    statement: str
    source: str
    registered: str | None
    digest: str
    effect: str
    verdict: str | None
    reason: str
    difference: Number
    interval: IntervalJson | None
    tau: Number
    replicated: int
    studies: int


class ClaimsAnswer(BaseModel):
    """The claims that come with brainrank."""

    claims: list[ClaimLineJson]


def claim_line(claim: AnyClaim, found: Replication | None, reason: str) -> ClaimLineJson:
    """A claim with what it comes to, or why that cannot be told."""
    whole = None if found is None else found.summary or found.studies[0].effect
    return ClaimLineJson(
        name=claim.name,
        statement=claim.statement,
        source=claim.source,
        registered=_day(claim),
        digest=claim.digest,
        effect=claim.effect_name,
        verdict=found and found.verdict,
        reason=reason,
        difference=whole and whole.value,
        interval=whole and interval_json(whole.interval),
        tau=found.summary.tau if found and found.summary else None,
        replicated=found.replicated if found else 0,
        studies=len(found.studies) if found else 0,
    )


def refused_json(claim: AnyClaim, reason: str) -> ReplicationJson:
    """A claim that cannot be looked up."""
    return ReplicationJson(
        claim=_claim(claim), effect=claim.effect_name, verdict=None, reason=reason, replicated=0, studies=[],
        benchmarks=[], summary=None, lacking=[], variations=[],
    )  # fmt: skip


def replication_json(found: Replication) -> ReplicationJson:
    """Everything there is of a claim."""
    whole = found.summary
    return ReplicationJson(
        claim=_claim(found.claim),
        effect=found.effect_name,
        verdict=found.verdict,
        reason="",
        replicated=found.replicated,
        studies=[
            StudyJson(**_effect(each), study=each.name, benchmarks=list(each.benchmarks)) for each in found.studies
        ],
        benchmarks=[
            BenchmarkEffectJson(**_effect(each), benchmark=each.benchmark, counted=each.counted)
            for each in found.specifications
        ],
        summary=whole
        and SummaryJson(
            difference=whole.value,
            interval=interval_json(whole.interval),
            tau=whole.tau,
            i_squared=whole.i_squared,
            prediction=interval_json(whole.prediction),
            studies=whole.studies,
        ),
        lacking=list(found.lacking),
        variations=[
            VariationJson(**{**each._asdict(), "interval": each.interval and interval_json(each.interval)})
            for each in found.variations
        ],
    )


def _claim(claim: AnyClaim) -> dict[str, Any]:
    return {**asdict(claim), "registered": _day(claim)}


def _day(claim: AnyClaim) -> str | None:
    return claim.registered.isoformat() if claim.registered else None


def _effect(each: StudyEffect | Specification) -> dict[str, Any]:
    return {
        "difference": each.effect.value,
        "interval": interval_json(each.effect.interval),
        "p": each.effect.p,
        "verdict": each.verdict,
    }
