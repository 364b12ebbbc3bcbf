"""Learning curves as a figure for print: people with their band, the study's networks thin, models bold."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainrank.api.plots.journal import BAND, DOUBLE_COLUMN_MM, MM, QUIET, journal
from brainrank.api.services.analysis.learning import Learner, LearningAnalysis
from brainrank.benchmark.metrics.learning_curves.measures import accuracy_name
from brainrank.benchmark.metrics.learning_curves.phases import PHASES, epochs_of

HEIGHT_MM = 75.0
COLOURS = ("#1f4e79", "#b4532a", "#2f7d5b", "#7a4a91", "#8c6d1f", "#3f7f93")
MARKERS = ("o", "s", "^", "D", "v", "P")
TITLES = {"training": "Training, before feedback", "test": "New images"}


def learning_figure(found: LearningAnalysis) -> Figure:
    """Draw accuracy by epoch, in training and on new images."""
    with journal():
        figure = Figure(figsize=(DOUBLE_COLUMN_MM * MM, HEIGHT_MM * MM), layout="constrained")
        for phase, panel in zip(PHASES, figure.subplots(1, 2, sharey=True), strict=True):
            draw_learning(panel, found, phase)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", frameon=False)
    return figure


def draw_learning(panel: Axes, found: LearningAnalysis, phase: str) -> None:
    """Draw one phase: accuracies by epoch, with the 95 % interval of people and of models."""
    epochs = np.arange(1, epochs_of(found.people.trials) + 1)
    for place, network in enumerate(found.networks):
        label = "networks of the study" if place == 0 else None
        panel.plot(epochs, _values(network, phase, epochs), color=QUIET, linewidth=0.5, alpha=0.7, label=label)
    low, high = _ends(found.people, phase, epochs)
    panel.fill_between(epochs, low, high, color=BAND, linewidth=0, label="people, 95 %")
    panel.plot(epochs, _values(found.people, phase, epochs), color="black", linewidth=1.2, label="people")
    for place, model in enumerate(found.learners):
        values, (low, high) = _values(model, phase, epochs), _ends(model, phase, epochs)
        panel.errorbar(
            epochs,
            values,
            yerr=[values - low, high - values],
            color=COLOURS[place % len(COLOURS)],
            marker=MARKERS[place % len(MARKERS)],
            markersize=3,
            linewidth=1.8,
            elinewidth=0.6,
            label=model.name,
        )
    categories = len(found.people.trials.categories)
    panel.axhline(1 / categories, color=QUIET, linewidth=0.5, linestyle=":", label="chance")
    panel.set(title=TITLES[phase], xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02), xticks=epochs)
    panel.spines[["top", "right"]].set_visible(False)


def _values(learner: Learner, phase: str, epochs: np.ndarray) -> np.ndarray:
    return np.array([learner.measures[accuracy_name(phase, int(each))].value for each in epochs])


def _ends(learner: Learner, phase: str, epochs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    intervals = [learner.measures[accuracy_name(phase, int(each))].interval for each in epochs]
    values = _values(learner, phase, epochs)
    low, high = (np.array([getattr(each, end) for each in intervals]) for end in ("low", "high"))
    return np.where(np.isnan(low), values, low), np.where(np.isnan(high), values, high)
