import pytest

from brainrank.benchmark.metrics.debiased_cka import DebiasedCkaMetric
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.scoring.derived import fitting_metrics
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError


def test_a_benchmark_that_nobody_declared_is_found_by_its_name() -> None:
    found = built_in().benchmark("kriegeskorte2008.human-it.debiased-cka")
    assert found.metric == DebiasedCkaMetric()
    assert (found.dataset, found.region, found.group, found.version) == (
        "kriegeskorte2008",
        "human-it",
        "debiased-cka",
        1,
    )
    assert not found.counted
    assert built_in().select(found.name) == [found]


def test_regions_whose_names_have_points_are_found() -> None:
    assert built_in().benchmark("nsd.shared.v1.pls").region == "shared.v1"


def test_a_declared_benchmark_stays_what_it_is() -> None:
    catalogue = built_in().by_metric(["rsa"], ["kriegeskorte2008.human-it.cka"])
    assert list(catalogue.benchmarks.values()) == [built_in().benchmarks["kriegeskorte2008.human-it.rsa"]]


def test_every_region_gets_each_metric_that_fits_it() -> None:
    studies = built_in().only(["kriegeskorte2008", "cowley2023"])
    assert sorted(studies.by_metric(["debiased-cka", "encoding"]).benchmarks) == [
        "cowley2023.v4-190925.debiased-cka",
        "cowley2023.v4-190925.encoding",
        "cowley2023.v4-201025.debiased-cka",
        "cowley2023.v4-201025.encoding",
        "cowley2023.v4-210225.debiased-cka",
        "cowley2023.v4-210225.encoding",
        "cowley2023.v4-210325.debiased-cka",
        "cowley2023.v4-210325.encoding",
        "cowley2023.v4-210621.debiased-cka",
        "cowley2023.v4-210621.encoding",
        "kriegeskorte2008.human-it.debiased-cka",
        "kriegeskorte2008.monkey-it.debiased-cka",
    ]
    judgements = fitting_metrics(studies.datasets["kriegeskorte2008"], "judgements")
    assert {"rsa", "mutual-neighbours"} <= set(judgements)
    assert "debiased-cka" not in judgements


def test_groups_and_benchmarks_name_regions() -> None:
    found = built_in().only(["kriegeskorte2008", "cichy2014"]).by_metric(["mutual-neighbours"], ["behaviour"])
    assert list(found.benchmarks) == ["kriegeskorte2008.judgements.mutual-neighbours"]


def test_what_is_no_metric_and_what_fits_nothing_is_told() -> None:
    study = built_in().only(["kriegeskorte2008"])
    with pytest.raises(UnknownNameError, match="debiased-cka"):
        study.by_metric(["debiased-kca"])
    with pytest.raises(InvalidDataError, match="pls is of responses, and fits none of the regions"):
        study.by_metric(["pls"])
    with pytest.raises(UnknownNameError, match="Unknown benchmark 'kriegeskorte2008.human-it.debiased-kca'"):
        study.benchmark("kriegeskorte2008.human-it.debiased-kca")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "human-it.soft-matching",
            "soft-matching is of responses, and rdms were measured of human-it of krieg.*: choose "
            "from cka, debiased-cka, mutual-neighbours, rsa, shape-distance$",
        ),
        ("judgements.cka", "cka is of RDMs of squared distances, and rdms .*: choose from mutual-neighbours, rsa$"),
    ],
)
def test_a_metric_that_does_not_fit_a_region_is_told_with_those_that_do(name: str, message: str) -> None:
    catalogue = built_in()
    for find in (catalogue.benchmark, catalogue.select):
        with pytest.raises(InvalidDataError, match=message):
            find(f"kriegeskorte2008.{name}")
    assert not catalogue.has(f"kriegeskorte2008.{name}")


def test_a_region_that_no_metric_of_choice_fits_names_its_declared_benchmark() -> None:
    with pytest.raises(InvalidDataError, match=r"depictions were measured .*: no metric of your choice fits; name its"):
        built_in().benchmark("singer2022.depictions.rsa")
