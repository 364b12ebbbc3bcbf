"""What a metric says of itself, for lists and pages."""

import math

import pytest

from brainrank.api.services.views.metric_facts import facts_of_metric, metric_facts, parameter_meanings
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.errors import UnknownNameError


def test_every_metric_is_told_whole() -> None:
    found = metric_facts()
    assert [each.name for each in found] == list(metrics())
    for each in found:
        assert each.words.endswith(".")
        assert each.citation
        assert each.least < each.most
        assert each.fewest_stimuli >= 1
        assert list(each.parameters) == list(parameter_meanings(each.name))
        assert all(parameter_meanings(each.name).values())


def test_the_facts_of_a_metric_are_those_of_its_default() -> None:
    found, default = facts_of_metric("rsa"), RsaMetric()
    assert found.unit == default.unit
    assert found.parameters["comparator"] is default.comparator
    assert found.measures == "rdms, responses"
    assert facts_of_metric("label-distribution").in_packages == ""
    assert facts_of_metric("label-distribution").least == -math.inf


def test_a_metric_that_is_none_is_told_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean soft-matching"):
        facts_of_metric("soft-maching")
