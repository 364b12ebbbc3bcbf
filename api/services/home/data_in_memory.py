"""Data in memory as a catalogue to score on: the same faults, defaults and scores as of the same data in a package."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, NamedTuple

from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.scoring.declarations import (
    declaration_faults,
    declared_benchmark,
    fits,
    measured_faults,
    usual_metric,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.memory.given_dataset import Given, InMemory, in_memory, raise_faults
from brainrank.datasets.package.description import FULL_CIRCLE, STIMULI, Declaration, Description
from brainrank.datasets.package.faults import Fault
from brainrank.datasets.package.file_names import plain_name
from brainrank.datasets.package.package import Parts


class OnData(NamedTuple):
    """A catalogue of one data set, and what is odd but allowed about it."""

    catalogue: Catalogue
    warnings: tuple[Fault, ...]


def catalogue_in_memory(
    images: Any,
    given: Given,
    *,
    name: str,
    metrics: Sequence[str],
    parameters: Mapping[str, Any],
    reporter: Reporter,
) -> OnData:
    """A data set of images and measurements, with a benchmark for each region and metric that fits it.

    Without metrics each region has the default of what it measured. Raises InvalidDataError with all faults, as
    `brainrank dataset validate` tells them.
    """
    plain = plain_name(name)
    if plain in built_in().datasets:
        raise InvalidDataError(f"name: '{plain}' is a study of brainrank; give this one another name")
    _check_degrees(given.visual_degrees)
    given = _with_plain_names(given)
    data = in_memory(images, given, name=plain, reporter=reporter)
    declarations = tuple(_declarations(data, metrics, parameters))
    parts = Parts(Description(None, data.files, declarations), {STIMULI: data.table}, ())
    groups = {region.name: data.groups for region in data.files}
    declared = [
        fault.text for fault in (*declaration_faults(parts, groups), *measured_faults(declarations, data.assemblies))
    ]
    raise_faults([*data.faults, *(Fault("metric", text) for text in declared)])
    benchmarks = (
        declared_benchmark(each, package=plain, version=data.version, title=name or plain) for each in declarations
    )
    catalogue = Catalogue({plain: data.dataset(plain, name)}, {each.name: each for each in benchmarks})
    return OnData(catalogue, data.warnings)


MEASURED = ("responses", "rdms", "trials", "triplets")


def _check_degrees(degrees: Any) -> None:
    """Raise InvalidDataError for a size of images that a package could not have."""
    if degrees is not None and not (isinstance(degrees, Real) and 0 < float(degrees) <= FULL_CIRCLE):
        raise InvalidDataError(
            f"visual_degrees: {degrees!r}; give a number above 0, at most {FULL_CIRCLE:.0f}, or none"
        )


def _with_plain_names(given: Given) -> Given:
    """The same with regions named as a package's are. Raises InvalidDataError where two have one name, or none."""
    renamed: dict[str, Any] = {measure: _renamed(getattr(given, measure)) for measure in MEASURED}
    names = [name for regions in renamed.values() for name in regions]
    if not names:
        raise InvalidDataError(f"Nothing was measured; give one or several of {', '.join(MEASURED)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidDataError(f"Two regions have the name {', '.join(twice)}; give each a name of its own")
    return replace(given, **renamed)


def _renamed(by_region: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {plain_name(str(name)): values for name, values in by_region.items()}
    if len(renamed) < len(by_region):
        raise InvalidDataError(f"Two of the regions {', '.join(by_region)} are the same in plain letters; rename one")
    return renamed


def _declarations(data: InMemory, metrics: Sequence[str], parameters: Mapping[str, Any]) -> list[Declaration]:
    """A declaration for each region and metric that fits what it measured; of a metric that fits none, for the first.

    The fault that such a one has is then told.
    """
    found = []
    for metric in metrics or (None,):
        fitting = [region for region in data.files if metric is None or fits(metric, region.measure)]
        for region in fitting or data.files[:1]:
            named = metric or usual_metric(region.measure)
            found.append(Declaration(region=region.name, metric=named, parameters=dict(parameters)))
    return found
