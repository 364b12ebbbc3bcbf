"""Benchmarks that a package of one's own data declares: a region, a metric by its name, and its parameters."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure, measure_of
from brainrank.benchmark.types.metric import Metric
from brainrank.datasets.package.description import DESCRIPTION, Declaration
from brainrank.datasets.package.faults import Fault, InvalidPackageError
from brainrank.datasets.package.package import Package, Parts


def declarable_metrics() -> Mapping[str, type[Metric]]:
    """The metrics that a package may declare, by name."""
    return {name: each for name, each in metrics().items() if any(map(each.fits, Measure))}


def fits(metric: str, measure: str) -> bool:
    """Whether a package may declare a metric of that name for what was measured."""
    known = declarable_metrics()
    return metric in known and known[metric].fits(measure)


def usual_metric(measure: Measure) -> str:
    """The metric that scores a measurement of a package unless another is named."""
    return next(name for name, each in metrics().items() if measure in each.usual_for)


def declared_benchmarks(package: Package) -> dict[str, Benchmark]:
    """The benchmarks of a package by name, `PACKAGE.REGION.METRIC`; their version is made from its content.

    Raises InvalidPackageError when a metric or a parameter is unknown, or does not fit what its region measured.
    """
    faults = declaration_faults(package.parts)
    if faults:
        raise InvalidPackageError(package.folder, faults)
    declared = (
        declared_benchmark(each, package=package.name, version=package.version, title=package.card.title)
        for each in package.benchmarks
    )
    return {benchmark.name: benchmark for benchmark in declared}


def declared_benchmark(declaration: Declaration, *, package: str, version: int, title: str) -> Benchmark:
    """The benchmark of a declaration without faults, made from its package's name, version and title."""
    return Benchmark(
        name=f"{package}.{declaration.region}.{declaration.metric}",
        version=version,
        dataset=package,
        region=declaration.region,
        group=declaration.group,
        metric=_metric(declaration),
        title=declaration.title or f"{title}, {declaration.region}",
    )


def _metric(declaration: Declaration) -> Metric:
    metric = declarable_metrics()[declaration.metric]
    hints = get_type_hints(metric)
    given = {name: _parsed(hints[name], value) for name, value in declaration.parameters.items()}
    return metric(**{**metric.declared_defaults, **given})


def declaration_faults(parts: Parts, groups: Mapping[str, int] | None = None) -> list[Fault]:
    """What is wrong with the metrics and parameters that a package declares.

    `groups` tells how many groups the stimuli of each region make; what the tables say of it, unless given.
    """
    groups = parts.groups if groups is None else groups
    measures = {region.name: region.measure for region in parts.description.regions}
    return [
        Fault(DESCRIPTION, f"benchmark {each.metric} of {each.region}, {text}")
        for each in parts.description.benchmarks
        for text in _faults(each, measures.get(each.region), parts.stimuli.get(each.region), groups.get(each.region))
    ]


def measured_faults(declarations: Iterable[Declaration], assemblies: Mapping[str, Assembly]) -> list[Fault]:
    """What of the measurements does not allow a metric that is declared: responses without an RDM."""
    return [
        Fault(DESCRIPTION, f"benchmark {each.metric} of {each.region}, {text}")
        for each in declarations
        if each.region in assemblies and fits(each.metric, measure_of(assemblies[each.region]))
        for text in _undefined(each, assemblies[each.region])
    ]


def _undefined(declaration: Declaration, assembly: Assembly) -> Iterator[str]:
    if list(_parameter_faults(declaration, declarable_metrics()[declaration.metric])):
        return
    try:
        _metric(declaration).require(assembly)
    except InvalidDataError as error:
        yield str(error)


def _faults(declaration: Declaration, measure: str | None, stimuli: int | None, groups: int | None) -> Iterator[str]:
    known = declarable_metrics()
    kind = known.get(declaration.metric)
    if kind is None:
        yield f"metric: unknown metric '{declaration.metric}'; {_hint(declaration.metric, tuple(known))}"
        return
    if measure is not None and not kind.fits(measure):
        fitting = " or ".join(name for name, each in known.items() if each.fits(measure))
        needed = " or ".join(filter(kind.fits, Measure))
        yield f"metric: {declaration.metric} needs {needed}; {declaration.region} has {measure}, use {fitting}"
    found = list(_parameter_faults(declaration, kind))
    yield from found
    if found:
        return
    try:
        metric = _metric(declaration)
    except InvalidDataError as error:
        yield f"parameters: {error}"
        return
    if stimuli is not None:
        fewest = metric.fewest_units
        if stimuli < fewest:
            yield f"metric: {stimuli} stimuli; {declaration.metric} needs at least {fewest}"
        elif groups is not None and groups < fewest:
            yield (
                f"metric: {stimuli} stimuli in {groups} groups; {declaration.metric} needs at least {fewest} groups, "
                "which are never split: make them smaller, or leave the column group out"
            )


def _parameter_faults(declaration: Declaration, metric: type[Metric]) -> Iterator[str]:
    hints = get_type_hints(metric)
    known = {each.name: each for each in fields(metric)}
    for name, value in declaration.parameters.items():
        if name not in known:
            yield f"parameters: {declaration.metric} has no parameter '{name}'; {_hint(name, tuple(known))}"
        else:
            fault = _value_fault(value, hints[name], **known[name].metadata)
            if fault:
                yield f"parameters, {name}: {fault}"


def _value_fault(value: object, hint: Any, *, least: int | None, choices: Sequence[str], meaning: str) -> str:
    if choices and value not in choices:
        return f"'{value}'; choose from {', '.join(choices)}"
    try:
        found = _parsed(hint, value)
    except (ValidationError, TypeError) as error:
        rule = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "must be a plain value"
        return f"{value!r}: {rule.removeprefix('Input ')}"
    if least is not None and found < least:
        return f"{value}; it must be at least {least}"
    return ""


def _parsed(hint: Any, value: object) -> Any:
    """A value of TOML as the type of a parameter; read as JSON, in which a name may stand for an enumeration's."""
    return TypeAdapter(hint).validate_json(json.dumps(value), strict=True)


def _hint(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
