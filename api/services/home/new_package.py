"""The start of a package of one's own data, with the metrics asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.scoring.declarations import declarable_metrics, declaration_faults, fits, usual_metric
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.package.description import MEASURED
from brainrank.datasets.package.given import Given
from brainrank.datasets.package.package import read_parts
from brainrank.datasets.package.start import Started, start, unless_done


def start_package(
    folder: Path, given: Given, metrics: Sequence[str], parameters: Mapping[str, Any], reporter: Reporter | None = None
) -> Started:
    """Start a package, or add to one, and declare a benchmark for each metric on what it fits.

    Raises UnknownNameError for a metric that is none, and InvalidDataError, leaving the folder as it was, as `start`,
    for a metric that nothing measured fits, and for parameters that are none of its.
    """
    known = declarable_metrics()
    for metric in metrics:
        if metric not in known:
            raise UnknownNameError("metric", metric, known)
    by_measure = {
        measure: [each for each in metrics if fits(each, measure)] or [usual_metric(measure)] for measure in MEASURED
    }
    given = given._replace(metrics=by_measure, parameters=parameters)
    with unless_done(folder), writing_to(folder):
        before = {each.name for each in read_parts(folder).description.regions}
        started = start(folder, given, reporter)
        parts = read_parts(folder)
        new = [region for region in parts.description.regions if region.name not in before]
        for metric in metrics:
            if not any(fits(metric, region.measure) for region in new):
                needed = " or ".join(filter(known[metric].fits, MEASURED))
                raise InvalidDataError(f"--metric {metric} needs {needed}, which are not given")
        faults = declaration_faults(parts) if metrics or parameters else []
        if faults:
            told = "\n  ".join(fault.text for fault in faults)
            raise InvalidDataError(f"{folder} was left as it was:\n  {told}")
    return started
