"""`brainrank benchmarks recovery`, and what `benchmarks show` tells of it."""

import json
from collections.abc import Callable

from tiny_study import NAMES
from typer.testing import Result

Run = Callable[..., Result]


def test_recovery_of_two_models(tiny: Run) -> None:
    words = ("benchmarks", "recovery", NAMES[0], "--models", "pixels,gabor", "--worlds", 40, "--device", "cpu")
    told = tiny(*words)
    assert told.exit_code == 0, told.output
    assert f"{NAMES[0]}: 2 models, 40 worlds of each" in told.stdout
    assert "smallest difference told in 80" in told.stdout
    answered = json.loads(tiny(*words, "--json").stdout)
    assert answered[NAMES[0]]["models"] == ["pixels", "gabor"]
    assert len(answered[NAMES[0]]["as_measured"]["told"]) == 2


def test_what_is_asked_wrongly_is_told(tiny: Run) -> None:
    few = tiny("benchmarks", "recovery", NAMES[0], "--models", "pixels", "--device", "cpu", "--worlds", 40)
    assert few.exit_code == 2
    assert "1 of the models have RDMs; recovery is of two or more" in few.output
    assert tiny("benchmarks", "recovery", NAMES[0], "--worlds", 3).exit_code == 2
    several = tiny("benchmarks", "recovery", *NAMES, "--models", "pixels", "--device", "cpu", "--worlds", 40)
    assert several.exit_code == 0
    assert several.stdout.count("not simulated: 1 of the models") == 2


def test_a_benchmark_says_what_it_can_detect_or_why_that_is_not_known(tiny: Run) -> None:
    told = tiny("benchmarks", "show", NAMES[0])
    assert "it has not been simulated: brainrank benchmarks recovery tiny2026.it.rsa" in " ".join(told.stdout.split())
    assert json.loads(tiny("benchmarks", "show", NAMES[0], "--json").stdout)["recovery"] is None
