"""How models learn from few examples, taught as people were: `make learning`, `python -m performance.learning`.

Teaches readouts of every model of `make results` at three learning rates and writes the tables of docs/learning.md and
their figures. Activations are those of the store of this home; what it has not is computed.
`python -m performance.learning page` writes the page of what was found last (learning_models.json).
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.plots.learning import learning_figure
from brainrank.api.plots.save import save_figure
from brainrank.api.services.analysis.learning import (
    Learner,
    LearningAnalysis,
    Teaching,
    analyse_learning,
    load_learning,
    made_learner,
    taught_readout,
)
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.learning_curves import FILE as CURVES
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.learning_curves.measures import Estimate, accuracy_name, learning_measures
from brainrank.benchmark.metrics.learning_curves.phases import PHASES
from brainrank.benchmark.statistics.uncertainty import spread, student_interval, times, two_sided_p
from brainrank.benchmark.types.score import Draws, Interval
from brainrank.benchmark.types.trials import BehaviouralAssembly
from performance.controlled import PREFIX
from performance.learning_page import FIGURE, PAGE, write_page
from performance.results import models

WRITTEN = Path(__file__).with_name("learning_models.json")
RATES = (0.3, 1.0, 3.0)
UNTRAINED = "controlled-untrained"
DRAWN = ("controlled-supervised", "controlled-simclr", "controlled-vae", "controlled-untrained")


def main() -> None:
    """Teach, compare, write."""
    if sys.argv[1:] != ["page"]:
        WRITTEN.write_text(json.dumps(_measured(), indent=1) + "\n")
    write_page(json.loads(WRITTEN.read_text()))
    print(f"Wrote {PAGE}")


def _measured() -> dict[str, Any]:
    own, started = Settings(), perf_counter()
    with TerminalReporter() as reporter, open_machine(own, open_catalogue(own.locations), device="cpu") as machine:
        region = load_learning(own.locations, reporter)
        people = region.assembly
        if not isinstance(people, BehaviouralAssembly):
            raise TypeError(f"{type(people).__name__} holds no trials")
        learners, rates = {}, {}
        for number, spec in enumerate(sorted(models(), key=lambda each: not each.name.startswith(PREFIX)), start=1):
            found = {rate: taught_readout(spec, Teaching(rate=rate), region, machine, reporter) for rate in RATES}
            learner = made_learner(spec.name, found[1.0].layer, found[1.0].trials, people, Teaching())
            learners[spec.name] = (learner, spec.family)
            rates[spec.name] = {str(rate): _at(each.trials, people) for rate, each in found.items()}
            reporter.message(f"{number} of {len(models())}: {spec.name}")
        alone = analyse_learning((), Teaching(), machine, reporter)
    _draw(alone, [learners[name][0] for name in DRAWN])
    CURVES.write_text(json.dumps(_curves(alone), indent=1) + "\n")
    untrained = learners[UNTRAINED][0]
    return {
        "seconds": perf_counter() - started,
        "ceiling": {
            "lower": alone.ceiling.lower,
            "upper": alone.ceiling.upper,
            "interval": _ends(alone.ceiling.interval),
        },
        "people": _measures(alone.people),
        "networks": {each.name: _told(each) for each in alone.networks},
        "models": {
            name: _told(learner)
            | {"family": family, "layer": learner.how, "rates": rates[name], "less": _difference(learner, untrained)}
            for name, (learner, family) in learners.items()
        },
    }


def _curves(alone: LearningAnalysis) -> dict[str, Any]:
    """People's intervals and the networks' accuracies by phase and epoch, for pages that read no trials."""
    names = {phase: [accuracy_name(phase, epoch) for epoch in range(1, 7)] for phase in PHASES}
    return {
        "people": {
            phase: [_ends(alone.people.measures[name].interval) for name in of_phase]
            for phase, of_phase in names.items()
        },
        "networks": {
            each.name: {phase: [each.measures[name].value for name in of] for phase, of in names.items()}
            for each in alone.networks
        },
    }


def _draw(alone: LearningAnalysis, learners: list[Learner]) -> None:
    save_figure(learning_figure(alone._replace(learners=tuple(learners))), FIGURE)


def _at(trials: BehaviouralAssembly, people: BehaviouralAssembly) -> dict[str, float | None]:
    value = Teaching(draws=40).metric.score_trials(trials, people).value
    return {"explained": value} | {name: _number(each) for name, each in learning_measures(trials).items()}


def _told(learner: Learner) -> dict[str, Any]:
    if learner.score is None:
        raise TypeError(f"{learner.name} has no score")
    return {
        "explained": {"value": learner.score.value, "interval": _ends(learner.score.interval)},
        "measures": _measures(learner),
    }


def _measures(learner: Learner) -> Mapping[str, Any]:
    return {name: _estimate(each) for name, each in learner.measures.items()}


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"value": _number(found.value), "interval": _ends(found.interval)}


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None or np.isnan(interval.low) else [interval.low, interval.high]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _difference(learner: Learner, other: Learner) -> dict[str, Any]:
    """Explained learning less that of another, on the same draws of people and images."""
    value = _value(learner) - _value(other)
    if learner is other:
        return {"value": 0.0, "interval": None, "p": None}
    of = spread([_draws(learner), times(_draws(other), -1.0)])
    return {"value": value, "interval": _ends(student_interval(value, of)), "p": two_sided_p(value, of)}


def _value(learner: Learner) -> float:
    return float("nan") if learner.score is None else learner.score.value


def _draws(learner: Learner) -> Draws:
    if learner.score is None or learner.score.draws is None:
        raise TypeError(f"{learner.name} has no draws")
    return learner.score.draws


if __name__ == "__main__":
    main()
