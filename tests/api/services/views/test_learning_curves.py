"""Learning curves of a stored score, and the published ones: by phase and epoch, people's golden accuracies inside."""

import numpy as np
import pytest

from brainrank.api.pages.learning_figures import learning
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.learning_curves import published_curves, run_curves
from brainrank.benchmark.types.score import Detail, Interval, NoiseCeiling, Score

PEOPLE = {"training": (0.451, 0.563, 0.593, 0.641, 0.630, 0.694), "test": (0.469, 0.498, 0.564, 0.590, 0.665, 0.665)}


def scored(reason: str = "") -> Score:
    details = tuple(
        Detail(f"{phase} accuracy, epoch {epoch}", 0.1 * epoch, value)
        for phase, values in PEOPLE.items()
        for epoch, value in enumerate(values, start=1)
    )
    value = np.nan if reason else 0.4
    return Score(
        value, "explained learning", Interval(0.1, 0.6), NoiseCeiling(0.5, 0.6), details=details, reason=reason
    )


def test_curves_of_a_run_are_its_details_and_are_drawn_with_people_and_networks() -> None:
    found, published = run_curves("huber2024.learning", scored()), published_curves()
    assert found.people == {phase: list(values) for phase, values in PEOPLE.items()}
    assert found.model["test"] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    drawn = learning("mine", found, published)["data"]
    assert len(drawn) == 2 * (1 + 6 + 2)
    assert [each["name"] for each in drawn if each["showlegend"]] == [
        "people, 95 %",
        "networks of the study",
        "people",
        "mine",
    ]
    assert drawn[-1]["line"]["width"] > drawn[1]["line"]["width"]


def test_published_curves_hold_people_and_resnet_50() -> None:
    found = published_curves()
    for phase, values in PEOPLE.items():
        assert all(low < value < high for (low, high), value in zip(found.people[phase], values, strict=True))
    resnet = found.networks["ResNet-50"]["training"]
    assert resnet == pytest.approx([0.636, 0.899, 0.914, 0.906, 0.892, 0.906], abs=6e-4)


def test_other_benchmarks_and_runs_without_a_value_have_none() -> None:
    with pytest.raises(NotFoundError, match="only huber2024.learning has"):
        run_curves("cichy2014.it.rsa", scored())
    with pytest.raises(NotFoundError, match="nothing can be learnt"):
        run_curves("huber2024.learning", scored("nothing can be learnt"))
