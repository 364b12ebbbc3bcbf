"""Benchmarks that a package declares: metrics by name, parameters checked, versions from the content."""

from pathlib import Path
from typing import Any

import pytest

from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.declarations import declarable_metrics, declaration_faults, declared_benchmarks
from brainrank.datasets.package.description import Card, Declaration, Description, RegionFiles
from brainrank.datasets.package.package import Package, Parts
from brainrank.datasets.package.stimulus_table import Row, StimulusTable

CARD = Card(name="mine", title="Mine", citation="none", licence="none", access="private")
REGIONS = {
    "v4": RegionFiles(name="v4", responses="responses.npy"),
    "it": RegionFiles(name="it", rdms="rdms.npz"),
    "people": RegionFiles(name="people", trials="trials.csv"),
}


def package(*declarations: Declaration, stimuli: int = 20) -> Package:
    return Package(Path("mine"), CARD, REGIONS, declarations, table(stimuli), {"dataset.toml": "0" * 64})


def table(stimuli: int) -> dict[str, StimulusTable]:
    rows = tuple(Row(n + 2, f"im{n}", f"im{n}.png", False, "", "", ()) for n in range(stimuli))
    return {"stimuli.csv": StimulusTable("stimuli.csv", rows)}


def faults(metric: str, region: str, stimuli: int = 20, **parameters: Any) -> list[str]:
    declaration = Declaration(region=region, metric=metric, parameters=parameters)
    description = Description(CARD, tuple(REGIONS.values()), (declaration,))
    return [fault.text for fault in declaration_faults(Parts(description, table(stimuli), ()))]


def test_a_benchmark_is_named_after_package_region_and_metric() -> None:
    declared = declared_benchmarks(
        package(
            Declaration(region="it", metric="rsa", group="it", parameters={"comparator": "spearman", "draws": 50}),
            Declaration(region="v4", metric="encoding", title="All of V4"),
        )
    )
    assert list(declared) == ["mine.it.rsa", "mine.v4.encoding"]
    rsa, encoding = declared.values()
    assert rsa.metric == RsaMetric(comparator=Comparator.SPEARMAN, draws=50)
    assert isinstance(rsa.metric.comparator, Comparator)
    assert (rsa.title, rsa.group) == ("Mine, it", "it")
    assert (encoding.title, encoding.group, encoding.dataset) == ("All of V4", "own", "mine")
    assert rsa.version == encoding.version == package().version


def test_every_metric_can_be_declared_with_its_defaults() -> None:
    region = {"rdms": "it", "responses": "v4", "trials": "people"}
    for name, metric in declarable_metrics().items():
        for measure in filter(metric.fits, region):
            declaration = Declaration(region=region[measure], metric=name)
            (benchmark,) = declared_benchmarks(package(declaration, stimuli=60)).values()
            assert benchmark.metric == metric(**metric.declared_defaults)


def test_a_package_says_what_an_undefined_kappa_is_and_how_much_people_share() -> None:
    def metric(**parameters: Any) -> object:
        declared = Declaration(region="people", metric="error-consistency", parameters=parameters)
        return declared_benchmarks(package(declared))["mine.people.error-consistency"].metric

    assert metric() == ErrorConsistencyMetric(convention=UndefinedKappa.RAW)
    published = metric(convention="model-vs-human", minimum_shared=10)
    assert published == ErrorConsistencyMetric(convention=UndefinedKappa.MODEL_VS_HUMAN, minimum_shared=10)


@pytest.mark.parametrize(
    ("metric", "region", "parameters", "message"),
    [
        ("rsaa", "it", {}, "unknown metric 'rsaa'; did you mean rsa?"),
        ("encoding", "it", {}, "encoding needs responses; it has rdms, use mutual-neighbours or rsa"),
        ("rsa", "it", {"draw": 100}, "rsa has no parameter 'draw'; did you mean draws?"),
        ("rsa", "it", {"name": "x"}, "rsa has no parameter 'name'"),
        ("rsa", "it", {"draws": 10}, "draws: 10; it must be at least 40"),
        ("rsa", "it", {"draws": 100.5}, "draws: 100.5: should be a valid integer"),
        ("rsa", "it", {"draws": True}, "draws: True: should be a valid integer"),
        ("rsa", "it", {"comparator": "kendall"}, "comparator: 'kendall'; choose from cosine"),
        ("encoding", "v4", {"folds": 2}, "2 folds are too few to choose a layer by"),
        ("encoding", "v4", {"folds": 3, "selection": "cv"}, "with selection 'cv' give at least 4"),
        (
            "error-consistency",
            "people",
            {"convention": "human"},
            "convention: 'human'; choose from raw, model",
        ),
        ("error-consistency", "people", {"minimum_shared": 1}, "minimum_shared: 1; it must be at least 2"),
        ("encoding", "v4", {"selection": "best"}, "selection: 'best'; choose from likelihood, gcv, loo, cv"),
    ],
)
def test_a_wrong_metric_or_parameter_is_told(
    metric: str, region: str, parameters: dict[str, Any], message: str
) -> None:
    (found,) = faults(metric, region, **parameters)
    assert message in found


def test_right_parameters_are_no_fault() -> None:
    assert faults("encoding", "v4", folds=4, selection="cv", seed=0, draws=40) == []
    assert faults("rsa", "it", dissimilarity="euclidean") == []


def test_too_few_stimuli_for_a_metric_are_told() -> None:
    assert faults("rsa", "it", stimuli=8) == []
    assert faults("rsa", "it", stimuli=7) == ["benchmark rsa of it, metric: 7 stimuli; rsa needs at least 8"]
    # Three folds of four, or four with `cv`: encoding takes fewer folds than asked for where they would hold too few.
    assert faults("encoding", "v4", stimuli=12) == []
    assert faults("encoding", "v4", stimuli=11) == [
        "benchmark encoding of v4, metric: 11 stimuli; encoding needs at least 12"
    ]
    assert faults("encoding", "v4", stimuli=15, folds=4, selection="cv") == [
        "benchmark encoding of v4, metric: 15 stimuli; encoding needs at least 16"
    ]


def test_too_few_groups_for_a_metric_are_told() -> None:
    for metric, region, least in (("rsa", "it", 8), ("encoding", "v4", 12), ("error-consistency", "people", 1)):
        parts = package(Declaration(region=region, metric=metric)).parts
        assert declaration_faults(parts, {region: least}) == []
        found = [fault.text for fault in declaration_faults(parts, {region: least - 1})]
        assert found == [
            f"benchmark {metric} of {region}, metric: 20 stimuli in {least - 1} groups; {metric} needs at least "
            f"{least} groups, which are never split: make them smaller, or leave the column group out"
        ]


def test_no_stimulus_is_a_fault_of_the_table() -> None:
    assert faults("encoding", "v4", stimuli=0) == []  # the table is at fault, and says so
