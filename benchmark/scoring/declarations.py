"""Benchmarks that a package of one's own data declares: a region, a metric by its name, and its parameters."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, NamedTuple, get_type_hints

from pydantic import TypeAdapter, ValidationError

from brainrank.benchmark.metrics.behaviour.error_consistency import Convention
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import Dissimilarity
from brainrank.benchmark.metrics.rdms.response_rdms import check_rdm
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.metrics.rsa import FEWEST_UNITS, RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark, Metric
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.dataset import Assembly
from brainrank.datasets.package.description import DESCRIPTION, Declaration
from brainrank.datasets.package.faults import Fault, InvalidPackageError
from brainrank.datasets.package.package import Package, Parts


class _Kind(NamedTuple):
    """A metric, what a region may have measured for it, and the fewest stimuli, or groups, it can be scored on.

    `defaults` are what a package's parameters are unless it sets them, where that differs from the metric's own.
    """

    metric: type[Metric]
    measures: tuple[str, ...]
    fewest: Callable[[Any], int]
    defaults: Mapping[str, Any] = {}


KINDS: Mapping[str, _Kind] = {
    "rsa": _Kind(RsaMetric, ("rdms", "responses"), lambda _metric: FEWEST_UNITS),
    # Only of responses: an RDM has to be of squared distances, which those of others may not be.
    "cka": _Kind(
        RsaMetric,
        ("responses",),
        lambda _metric: FEWEST_UNITS,
        {"dissimilarity": Dissimilarity.EUCLIDEAN, "comparator": Comparator.COSINE_COV},
    ),
    "encoding": _Kind(EncodingMetric, ("responses",), lambda metric: metric.fewest_units),
    # Nobody compares a package with published numbers, so that no pair without errors counts as agreeing.
    "error-consistency": _Kind(ErrorConsistencyMetric, ("trials",), lambda _metric: 1, {"convention": Convention.RAW}),
}
LEAST = {"draws": 40, "seed": 0, "minimum_shared": 2}
CHOICES = {"selection": tuple(SELECTIONS)}


def fits(metric: str, measure: str) -> bool:
    """Whether there is a metric of that name for what was measured."""
    return metric in KINDS and measure in KINDS[metric].measures


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
    kind = KINDS[declaration.metric]
    hints = get_type_hints(kind.metric)
    given = {name: _parsed(hints[name], value) for name, value in declaration.parameters.items()}
    return kind.metric(**{**kind.defaults, **given})


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
        if fits(each.metric, "responses") and each.region in assemblies
        for text in _undefined(each, assemblies[each.region])
    ]


def _undefined(declaration: Declaration, assembly: Assembly) -> Iterator[str]:
    if not isinstance(assembly, ResponseAssembly) or list(_parameter_faults(declaration, KINDS[declaration.metric])):
        return
    try:
        metric = _metric(declaration)
        if isinstance(metric, RsaMetric):
            check_rdm(assembly, metric.dissimilarity)
    except InvalidDataError as error:
        yield str(error)


def _faults(declaration: Declaration, measure: str | None, stimuli: int | None, groups: int | None) -> Iterator[str]:
    kind = KINDS.get(declaration.metric)
    if kind is None:
        yield f"metric: unknown metric '{declaration.metric}'; {_hint(declaration.metric, tuple(KINDS))}"
        return
    if measure is not None and measure not in kind.measures:
        fitting = " or ".join(name for name, each in KINDS.items() if measure in each.measures)
        needed = " or ".join(kind.measures)
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
        fewest = kind.fewest(metric)
        if stimuli < fewest:
            yield f"metric: {stimuli} stimuli; {declaration.metric} needs at least {fewest}"
        elif groups is not None and groups < fewest:
            yield (
                f"metric: {stimuli} stimuli in {groups} groups; {declaration.metric} needs at least {fewest} groups, "
                "which are never split: make them smaller, or leave the column group out"
            )


def _parameter_faults(declaration: Declaration, kind: _Kind) -> Iterator[str]:
    hints = get_type_hints(kind.metric)
    known = tuple(field.name for field in fields(kind.metric))
    for name, value in declaration.parameters.items():
        if name not in known:
            yield f"parameters: {declaration.metric} has no parameter '{name}'; {_hint(name, known)}"
        else:
            fault = _value_fault(name, value, hints[name])
            if fault:
                yield f"parameters, {name}: {fault}"


def _value_fault(name: str, value: object, hint: Any) -> str:
    if name in CHOICES and value not in CHOICES[name]:
        return f"'{value}'; choose from {', '.join(CHOICES[name])}"
    try:
        found = _parsed(hint, value)
    except (ValidationError, TypeError) as error:
        rule = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "must be a plain value"
        return f"{value!r}: {rule.removeprefix('Input ')}"
    if name in LEAST and found < LEAST[name]:
        return f"{value}; it must be at least {LEAST[name]}"
    return ""


def _parsed(hint: Any, value: object) -> Any:
    """A value of TOML as the type of a parameter; read as JSON, in which a name may stand for an enumeration's."""
    return TypeAdapter(hint).validate_json(json.dumps(value), strict=True)


def _hint(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
