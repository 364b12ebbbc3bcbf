"""Learning curves of a run, from what is stored with its score; and those of people and networks, as published."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.types.score import Score

FILE = Path(__file__).with_name("learning_curves.json")
"""Of huber2024; `python -m performance.learning` writes it."""

PHASES = ("training", "test")
ACCURACY = re.compile(r"(training|test) accuracy, epoch (\d+)")
BENCHMARK = "huber2024.learning"


class RunCurves(NamedTuple):
    """Accuracies by epoch in each phase, of the model and of people."""

    model: Mapping[str, Sequence[float]]
    people: Mapping[str, Sequence[float]]


class PublishedCurves(NamedTuple):
    """The ends of people's 95 % intervals by epoch in each phase, and the study's networks' accuracies by name."""

    people: Mapping[str, Sequence[tuple[float, float]]]
    networks: Mapping[str, Mapping[str, Sequence[float]]]


def run_curves(benchmark: str, score: Score) -> RunCurves:
    """The curves that a score was made of. Raises NotFoundError for another benchmark, or a run without a value."""
    if benchmark != BENCHMARK:
        raise NotFoundError(f"{benchmark} has no learning curves; only {BENCHMARK} has")
    found = [(match[1], each) for each in score.details if (match := ACCURACY.fullmatch(each.name))]
    if not found or score.reason:
        raise NotFoundError(f"This run has no learning curves: {score.reason or 'none were kept'}")
    return RunCurves(
        {phase: [each.value for of, each in found if of == phase] for phase in PHASES},
        {phase: [each.reference for of, each in found if of == phase] for phase in PHASES},
    )


@cache
def published_curves() -> PublishedCurves:
    """What people and the study's networks reached."""
    found = json.loads(FILE.read_text())
    people = {phase: [(low, high) for low, high in ends] for phase, ends in found["people"].items()}
    return PublishedCurves(people, found["networks"])
