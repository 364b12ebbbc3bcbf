"""Pages of published scores: a table of others, with its source, a search and a chart."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.pages.benchmarks import SECTION as BENCHMARKS
from brainrank.api.pages.published_charts import drawn_lines, published_chart
from brainrank.api.pages.render import chart_answer, page
from brainrank.api.routes.dependencies import TheService
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.published import AXES, Axis, Wanted, find_publication, published_lines, select
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.datasets.published.scores import Publication, benchmarks_of

router = APIRouter(include_in_schema=False)
ROWS = 200
Word = Annotated[str, Query(max_length=200)]


@router.get("/published/{name}")
def show_published(
    request: Request,
    name: str,
    service: TheService,
    *,
    text: Word = "",
    family: Word = "",
    objective: Word = "",
    benchmark: Word = "",
    x: Word = "samples_seen",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Show a published table."""
    found = find_publication(name)
    lines = published_lines(name, service.uploads.locations)
    benchmarks = benchmarks_of(lines)
    chosen = _chosen(benchmark, benchmarks)
    wanted = Wanted(text, family, objective, chosen)
    fitting, across = select(lines, wanted), _axis(x)
    query = {"text": text, "family": family, "objective": objective, "benchmark": chosen, "x": x}
    return page(
        request,
        "published.html",
        section=BENCHMARKS.name,
        publication=found,
        benchmarks=benchmarks,
        lines=fitting[offset : offset + ROWS],
        wanted=wanted,
        choices={
            "family": sorted({each.model.family for each in lines} - {""}),
            "objective": sorted({each.model.objective for each in lines} - {""}),
        },
        axes=AXES,
        across=across,
        total=len(lines),
        count=len(fitting),
        drawn=len(drawn_lines(fitting, chosen, across)),
        offset=offset,
        rows=ROWS,
        source=f"/charts/published/{name}?{urlencode({key: each for key, each in query.items() if each})}",
        ours=_ours(found, service.catalogue),
    )


@router.get("/charts/published/{name}")
def chart_published(
    request: Request,
    name: str,
    service: TheService,
    *,
    text: Word = "",
    family: Word = "",
    objective: Word = "",
    benchmark: Word = "",
    x: Word = "samples_seen",
) -> Response:
    """A published table's scores on a benchmark, against what networks saw or how large they are."""
    lines = published_lines(name, service.uploads.locations)
    if not lines:
        raise NotFoundError(f"The file of {name} is not on this machine; brainrank published show {name} fetches it")
    chosen = _chosen(benchmark, benchmarks_of(lines))
    found = select(lines, Wanted(text, family, objective, chosen))
    return chart_answer(request, published_chart(found, chosen, _axis(x)))


def _chosen(benchmark: str, benchmarks: tuple[str, ...]) -> str:
    """The benchmark asked for, or the table's first. Raises NotFoundError for one that it does not have."""
    if benchmark and benchmark not in benchmarks:
        raise NotFoundError(str(UnknownNameError("benchmark of this table", benchmark, benchmarks)))
    return benchmark or next(iter(benchmarks), "")


def _axis(key: str) -> Axis:
    if key not in AXES:
        raise NotFoundError(str(UnknownNameError("axis", key, AXES)))
    return AXES[key]


def _ours(found: Publication, catalogue: Catalogue) -> dict[str, list[str]]:
    """Our benchmarks on the same recordings, by the table's benchmark."""
    return {
        theirs: [
            each.name
            for each in catalogue.benchmarks.values()
            if (each.dataset, each.region) == (recordings.dataset, recordings.region)
        ]
        for theirs, recordings in found.same_recordings.items()
    }
