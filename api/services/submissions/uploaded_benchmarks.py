"""Runs on data of one's own: the benchmarks of a package that their owner uploaded."""

from brainrank.api.repositories import uploads as rows
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.submissions import uploads
from brainrank.api.services.submissions.packages import uploaded_package
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.declarations import declared_benchmarks
from brainrank.benchmark.types.reporter import Reporter


def catalogue_of(run_id: int, machine: Machine, reporter: Reporter) -> Catalogue:
    """What a run is scored on: the machine's catalogue, or the package that declares the run's benchmark.

    Errors as of `uploaded_package`.
    """
    with machine.begin() as session:
        asked = rows.request_of(session, run_id)
        if asked is None or machine.catalogue.has(asked.benchmark):
            return machine.catalogue
        file = uploads.package_of(session, asked.owner, asked.benchmark, asked.version)
    if file is None:
        return machine.catalogue
    package = uploaded_package(file, machine.locations, reporter)
    return Catalogue({package.name: package.dataset()}, declared_benchmarks(package))
