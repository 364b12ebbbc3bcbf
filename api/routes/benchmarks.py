"""/v1/benchmarks and /v1/datasets: what there is to score on, and whom to cite."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from brainrank.api.repositories import scores
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.score_answers import benchmark_summary, dataset_answer, recovery_answer
from brainrank.api.score_json import ceiling_json
from brainrank.api.score_schemas import (
    BenchmarkPage,
    BenchmarksAnswer,
    DatasetAnswer,
    DatasetsAnswer,
)
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.recovery_results import stored_recovery, why_not_recovered
from brainrank.benchmark.types.errors import UserError

Group = Annotated[str | None, Query(max_length=200, description="Those of this group.")]
BenchmarkName = Annotated[str, Path(max_length=200, description="The benchmark's name.")]
DatasetName = Annotated[str, Path(max_length=200, description="The study's name.")]


router = APIRouter(prefix="/v1", tags=["benchmarks"])


@router.get("/benchmarks", response_model=BenchmarksAnswer)
def list_benchmarks(request: Request, service: TheService, group: Group = None) -> Response:
    """List the benchmarks, or those of a group."""
    catalogue = service.catalogue
    found = [each for each in catalogue.benchmarks.values() if group in (None, each.group)]
    return cacheable_answer(
        request, BenchmarksAnswer(benchmarks=[benchmark_summary(each, catalogue) for each in found])
    )


@router.get("/benchmarks/{name}", response_model=BenchmarkPage)
def get_benchmark(request: Request, name: BenchmarkName, service: TheService) -> Response:
    """Show a benchmark: its metric's parameters, its study, its noise ceiling once one is scored, what it detects."""
    catalogue = service.catalogue
    try:
        benchmark = catalogue.benchmark(name)
    except UserError as error:
        raise NotFoundError(str(error)) from error
    with service.begin() as session:
        ceiling = scores.ceiling(session, name, benchmark.version)
    page = BenchmarkPage(
        **benchmark_summary(benchmark, catalogue).model_dump(),
        parameters=asdict(benchmark.metric),
        study=dataset_answer(catalogue.datasets[benchmark.dataset], catalogue.benchmarks),
        ceiling=None if ceiling is None else ceiling_json(ceiling),
        recovery=recovery_answer(stored_recovery(benchmark)),
        not_recovered=why_not_recovered(benchmark),
    )
    return cacheable_answer(request, page)


@router.get("/datasets", response_model=DatasetsAnswer)
def list_datasets(request: Request, service: TheService) -> Response:
    """List the studies: citation, licence, access, regions, benchmarks."""
    catalogue = service.catalogue
    found = [dataset_answer(each, catalogue.benchmarks) for each in catalogue.datasets.values()]
    return cacheable_answer(request, DatasetsAnswer(datasets=found))


@router.get("/datasets/{name}", response_model=DatasetAnswer)
def get_dataset(request: Request, name: DatasetName, service: TheService) -> Response:
    """Show a study."""
    return cacheable_answer(request, dataset_answer(service.studies.dataset(name), service.catalogue.benchmarks))
