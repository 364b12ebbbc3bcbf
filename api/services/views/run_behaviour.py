"""What a model and people answered: consistencies of errors, confusions, and accuracies by condition."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.stored_rdms import StoredRdms
from brainrank.benchmark.metrics.behaviour.confusion import confusion_matrix
from brainrank.benchmark.metrics.behaviour.levels import level_counts
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.behaviour.psychometric import fit_psychometric, psychometric_function
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import AnswerDrawing
from brainrank.benchmark.types.score import Interval
from brainrank.benchmark.types.trials import MISSING_ANSWER, BehaviouralAssembly, Choices

# The 97.5th percentile of the normal distribution.
Z = 1.959963984540054
FEWEST_LEVELS = 4
CURVE_POINTS = 60
NO_TRIALS = "{} has no trials of single people"


class Confusions(NamedTuple):
    """The share of each answer (columns) to each category (rows); the last answer is none. NaN without trials."""

    categories: tuple[str, ...]
    answers: tuple[str, ...]
    model: NDArray[np.float64]
    people: NDArray[np.float64]


class Accuracy(NamedTuple):
    """Under one condition: the model's accuracy with its 95 % interval, people's mean, least and greatest.

    `level` is the condition's number, NaN where it is none.
    """

    condition: str
    level: float
    model: float
    interval: Interval
    people: float
    least: float
    most: float


class Curve(NamedTuple):
    """A fitted psychometric function: accuracy at levels, and its threshold, NaN with the reason."""

    who: str
    levels: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    threshold: float
    interval: Interval
    reason: str


def scored_trials(benchmark: Benchmark, rdms: StoredRdms) -> BehaviouralAssembly:
    """People's trials that count. Raises NotFoundError for another kind of benchmark, or without the study's files."""
    drawing, assembly = answers_of(benchmark), rdms.assembly(benchmark)
    if not isinstance(assembly, BehaviouralAssembly):
        raise NotFoundError(NO_TRIALS.format(benchmark.name))
    return drawing.people(assembly)


def answers_of(benchmark: Benchmark) -> AnswerDrawing:
    """How its answers are drawn. Raises NotFoundError for a benchmark without trials of single people."""
    drawing = benchmark.metric.drawing
    if not isinstance(drawing, AnswerDrawing):
        raise NotFoundError(NO_TRIALS.format(benchmark.name))
    return drawing


def confusions(choices: Choices, humans: BehaviouralAssembly) -> Confusions:
    """How the model's answers and all people's are spread over the categories."""
    model = model_trials(choices, humans)
    given = {*map(str, model.response), *map(str, humans.response), *humans.categories} - {MISSING_ANSWER}
    categories = tuple(sorted(given))
    shares = []
    for each in (model, humans):
        counts = confusion_matrix(each.category, each.response, categories=categories)
        total = counts.sum(axis=1, keepdims=True)
        shares.append(np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0))
    return Confusions(categories, (*categories, "no answer"), *shares)


def accuracies(choices: Choices, humans: BehaviouralAssembly) -> tuple[str, Sequence[Accuracy]]:
    """Accuracies by condition where there are several, else by category; the first part says which."""
    model = model_trials(choices, humans)
    several = len(humans.conditions) > 1
    names = humans.conditions if several else humans.categories
    levels = dict.fromkeys(names, np.nan)
    if several and _are_levels(humans):
        levels = {each: float(level_counts(humans.within([each])).levels[0]) for each in names}

    def part(trials: BehaviouralAssembly, name: str) -> BehaviouralAssembly:
        return trials.select((trials.condition if several else trials.category) == name)

    # What is no level keeps its place: NaN is not less than anything.
    ordered = sorted(levels, key=lambda each: levels[each])
    found = [_accuracy(name, levels[name], part(model, name), part(humans, name)) for name in ordered]
    return ("condition" if several else "category"), found


def curves(choices: Choices, humans: BehaviouralAssembly) -> Sequence[Curve]:
    """Psychometric functions of the model and of all people, where the conditions are enough levels; else none."""
    if not _are_levels(humans):
        return []
    return [_curve(who, trials) for who, trials in (("model", model_trials(choices, humans)), ("people", humans))]


def _are_levels(humans: BehaviouralAssembly) -> bool:
    try:
        return len(level_counts(humans).levels) >= FEWEST_LEVELS
    except InvalidDataError:
        return False


def _curve(who: str, trials: BehaviouralAssembly) -> Curve:
    counts = level_counts(trials)
    guess = 1 / len(trials.categories)
    fit = fit_psychometric(counts.levels, counts.right.sum(axis=0), trials=counts.trials.sum(axis=0), guess=guess)
    levels = np.linspace(counts.levels[0], counts.levels[-1], CURVE_POINTS)
    reason = fit.reasons.get("threshold", "")
    return Curve(who, levels, psychometric_function(levels, fit), fit.threshold, fit.threshold_interval, reason)


def _accuracy(name: str, level: float, model: BehaviouralAssembly, humans: BehaviouralAssembly) -> Accuracy:
    each = [float(humans.correct[humans.observer == who].mean()) for who in humans.observers]
    right, n = int(model.correct.sum()), len(model)
    return Accuracy(name, level, right / n, wilson(right, n), float(np.mean(each)), min(each), max(each))


def wilson(right: int, n: int) -> Interval:
    """Wilson's 95 % interval of a share of n trials (Wilson 1927), which stays within 0 and 1."""
    share, factor = right / n, 1 / (1 + Z**2 / n)
    centre = factor * (share + Z**2 / (2 * n))
    half = factor * Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))
