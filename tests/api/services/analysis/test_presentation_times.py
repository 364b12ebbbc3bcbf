"""Presentation times: known curves are found, errors of no one are no consistency, stability is equivalence."""

from pathlib import Path

import numpy as np
import pytest

from brainrank.api.services.analysis.presentation_times import analyse_presentation_times
from brainrank.benchmark.metrics.behaviour.correctness import correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import error_consistency
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.presentation_times import read_presentation_times
from tests.support.timed_trials import write_timed_trials

TIMES = (8.3, 33.0, 133.0)
MODELS = frozenset({"net"})


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("timed") / "trials.csv"
    write_timed_trials(path, TIMES, people=5, images=150)
    return read_presentation_times([path], categories=["cat", "dog", "car", "boat"])


def test_each_time_has_the_accuracy_and_kappa_of_its_trials(given) -> None:
    low_pass, natural = analyse_presentation_times(given, models=MODELS, margin=0.1, draws=100)
    assert (low_pass.condition, natural.condition) == ("low-pass", "natural")
    assert [each.duration_ms for each in natural.times] == list(TIMES)
    for at in natural.times:
        table = correctness(given["natural"].within([f"{at.duration_ms:g}"]), condition=f"{at.duration_ms:g}")
        people = [row for row, name in enumerate(table.observers) if name != "net"]
        assert (at.people, at.images) == (5, 150)
        assert at.accuracy.value == pytest.approx(table.correct[people].mean())
        kappas = error_consistency(table.correct).kappa
        pairs = [kappas[a, b] for place, a in enumerate(people) for b in people[place + 1 :]]
        assert at.kappa.value == pytest.approx(np.mean(pairs))
        net = table.observers.index("net")
        assert at.models["net"].kappa.value == pytest.approx(np.mean([kappas[net, each] for each in people]))
        for each in (at.accuracy, at.kappa):
            assert each.interval.low < each.value < each.interval.high
    right = [each.accuracy.value for each in natural.times]
    assert right == sorted(right)
    assert natural.times[-1].change.value == 0


def test_errors_of_nobody_are_no_consistency_and_intervals_hold(tmp_path: Path) -> None:
    held = []
    for seed in range(12):
        path = tmp_path / f"{seed}.csv"
        write_timed_trials(path, TIMES[:2], people=5, images=60, shared=False, seed=seed)
        assemblies = read_presentation_times([path], categories=["cat", "dog", "car", "boat"])
        for course in analyse_presentation_times(assemblies, models=MODELS, margin=0.1, draws=100):
            held += [at.kappa.interval.low <= 0 <= at.kappa.interval.high for at in course.times]
            assert course.stable_from_ms is None  # sixty images cannot tell .1
    assert np.mean(held) >= 0.85


def test_stable_is_what_is_surely_within_the_margin(given) -> None:
    wide, _ = analyse_presentation_times(given, models=MODELS, margin=0.9, draws=100)
    assert wide.stable_from_ms == TIMES[0]
    narrow, _ = analyse_presentation_times(given, models=MODELS, margin=0.01, draws=100)
    assert narrow.stable_from_ms is None


def test_what_cannot_be_compared_is_refused(given) -> None:
    with pytest.raises(InvalidDataError, match="A margin of 0"):
        analyse_presentation_times(given, margin=0.0)
    one = {"natural": given["natural"].within(["33"])}
    with pytest.raises(InvalidDataError, match="have one presentation time, 33 ms"):
        analyse_presentation_times(one, margin=0.1)
    alone = {"natural": given["natural"].select(np.isin(given["natural"].observer, ["p0", "net"]))}
    with pytest.raises(InvalidDataError, match="shown for 8.3 ms were seen by 1 people; two are needed"):
        analyse_presentation_times(alone, models=MODELS, margin=0.1)
