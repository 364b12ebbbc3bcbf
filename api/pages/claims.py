"""The pages of claims: what is said of models, and what it comes to in the studies that have scores here."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from brainrank.api.pages.charts import ZERO, figure, markers, parts, style
from brainrank.api.pages.render import chart_answer, page, score
from brainrank.api.pages.section import Section
from brainrank.api.routes.dependencies import TheClaims
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claim_variations import Variation, agreement_text
from brainrank.api.services.analysis.replication import Replication, Row
from brainrank.benchmark.claims.claim import CorrelationClaim
from brainrank.benchmark.claims.effects import FAILS, HOLDS, OPEN

router = APIRouter(include_in_schema=False)
SECTION = Section(6, "/claims", "Claims")
Name = Annotated[str, Path(max_length=100)]
STYLES = {HOLDS: style(0), FAILS: style(1), OPEN: style(7)}
SYMBOLS = {"all studies": "diamond", "study": "circle", "benchmark": "circle-open"}
ROW_PIXELS, FRAME_PIXELS = 22, 90
BELOW = 0.3
"""Rows that variations are drawn below their benchmark."""


@router.get("/claims")
def show_claims(request: Request, claims: TheClaims) -> Response:
    """Show the claims that come with brainrank, and what each comes to."""
    return page(request, "claims.html", section=SECTION.name, claims=claims.every())


@router.get("/claims/{name}")
def show_claim(request: Request, claims: TheClaims, name: Name) -> Response:
    """Show a claim in each study and on each benchmark."""
    claim, found, fault = claims.one(name)
    return page(
        request, "claim.html", section=SECTION.name, claim=claim, found=found, fault=fault, parts=parts,
        agreement=agreement_text, source=f"/charts/claims/{name}", related=isinstance(claim, CorrelationClaim),
    )  # fmt: skip


@router.get("/charts/claims/{name}")
def claim_chart(request: Request, claims: TheClaims, name: Name) -> Response:
    """A claim's differences: all studies, each study, each benchmark."""
    _, found, fault = claims.one(name)
    if found is None:
        raise NotFoundError(fault)
    return chart_answer(request, differences(found))


def differences(found: Replication) -> dict[str, Any]:
    """A row for all studies, for each study and for each benchmark, by verdict a series; benchmarks are hollow."""
    rows = list(enumerate(found.rows()))
    names = [_row_name(row) for _, row in rows]
    lines = [0.0] if found.claim.margin is None else [0.0, -found.claim.margin, found.claim.margin]
    series = [_series(verdict, [each for each in rows if each[1].verdict == verdict]) for verdict in STYLES]
    series.append(_varied(found, {row.name: at for at, row in rows if row.kind == "benchmark"}))
    return figure(
        [each for each in series if each["x"]],
        height=FRAME_PIXELS + ROW_PIXELS * len(rows),
        xaxis={"title": {"text": _axis(found)}, "zeroline": False},
        yaxis={
            "tickvals": list(range(len(rows))), "ticktext": names, "range": [len(rows) - 0.5, -0.5],
            "showgrid": False, "zeroline": False,
        },
        shapes=[
            {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": ZERO} for x in lines
        ],
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 10, "r": 15, "t": 40, "b": 50},
    )  # fmt: skip


def _axis(found: Replication) -> str:
    return found.effect_name if isinstance(found.claim, CorrelationClaim) else "first less second"


def _varied(found: Replication, places: Mapping[str, int]) -> dict[str, Any]:
    """Every variation of a benchmark as a stroke below it."""
    varied = [each for each in found.variations if each.benchmark in places]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "analysed otherwise",
        "x": [each.difference for each in varied],
        "y": [places[each.benchmark] + BELOW for each in varied],
        "marker": {"symbol": "line-ns-open", "size": 7, "color": style(7).colour},
        "customdata": [_variation_words(each) for each in varied],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _variation_words(each: Variation) -> str:
    told = f" ({score(each.interval.low)} to {score(each.interval.high)})" if each.interval else ""
    return f"{each.benchmark}, {each.name}: {score(each.difference)}{told}"


def _row_name(row: Row) -> str:
    return row.name if row.kind == "benchmark" else f"<b>{row.name}</b>"


def _series(verdict: str, rows: list[tuple[int, Row]]) -> dict[str, Any]:
    found = STYLES[verdict]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": verdict,
        "x": [row.value for _, row in rows],
        "y": [at for at, _ in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row.interval.high - row.value for _, row in rows],
            "arrayminus": [row.value - row.interval.low for _, row in rows],
            "width": 0,
            "thickness": 1.6,
            "color": found.colour,
        },
        "marker": {**markers(found), "symbol": [SYMBOLS[row.kind] for _, row in rows]},
        "customdata": [
            f"{row.name}: {score(row.value)} ({score(row.interval.low)} to {score(row.interval.high)})"
            for _, row in rows
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
