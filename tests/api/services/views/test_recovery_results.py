"""What declared benchmarks can detect, as it is stored in the package."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from brainrank.api.services.views import recovery_results
from brainrank.api.services.views.recovery_results import (
    FILE,
    cannot_tell,
    recovery_facts,
    stored_recovery,
    why_not_recovered,
)
from brainrank.benchmark.recovery.detection import Detection, Recovery
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.models_zoo.catalogue import MODELS

IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def made(share: float) -> Recovery:
    found = Detection(("a", "b"), np.array([0.6, 0.8]), np.zeros(2), np.full((2, 2), share), 0.06, math.inf, 2.5, 1.0)
    return Recovery(500, 0.4, 0.41, found, found)


def test_what_is_stored_is_of_present_benchmarks_and_models_and_has_their_noise() -> None:
    stored = json.loads(FILE.read_text())
    assert IT.name in stored
    for name, content in stored.items():
        benchmark = BENCHMARKS[name]
        assert content["version"] == benchmark.version, f"{name}: make recovery"
        found = stored_recovery(benchmark)
        if found is None:
            assert why_not_recovered(benchmark) == content["reason"]
            continue
        assert set(found.models) <= set(MODELS)
        assert found.simulated_ceiling == pytest.approx(found.ceiling, abs=0.02)
        assert why_not_recovered(benchmark) == ""


def test_another_version_of_a_benchmark_is_not_known() -> None:
    assert stored_recovery(IT) is not None
    later = replace(IT, version=99)
    assert stored_recovery(later) is None
    assert why_not_recovered(later).endswith("simulated: brainrank benchmarks recovery kriegeskorte2008.human-it.rsa")


def test_a_benchmark_that_tells_most_of_the_models_shown_is_not_marked() -> None:
    assert cannot_tell(made(0.9), ["a", "b"]) == ""
    assert cannot_tell(made(0.3), ["a", "unknown"]) == ""
    assert cannot_tell(made(0.3), ["a", "b"]).startswith("cannot tell most models apart: 0% of the pairs shown")


def test_facts_in_words() -> None:
    facts = {each.what: each.as_measured for each in recovery_facts(made(0.9), {"stimuli": 92, "subjects": 4})}
    assert facts == {
        "the true model is first": "70% of worlds",
        "and is told from the second": "0% of worlds",
        "pairs of models told in 80 % of worlds": "100%",
        "smallest difference told in 80 % of worlds": ".060",
        "images for its nearest rival": recovery_results.NOT_ENOUGH,
        "or subjects": "10",
        "or times as many of both": "1",
    }
    assert recovery_facts(made(0.9), {})[5].in_full == "2.5 times as many"
