"""What a package is started from, with the usual metric of whatever is measured."""

from functools import partial

from brainrank.benchmark.scoring.declarations import usual_metric
from brainrank.datasets.package.description import MEASURED
from brainrank.datasets.package.given import Given

given_files = partial(Given, metrics={measure: (usual_metric(measure),) for measure in MEASURED})
