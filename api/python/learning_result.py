"""What `br.learn` returns: learners beside people and the study's networks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.api.services.analysis.learning import Learner, LearningAnalysis
    from brainrank.benchmark.types.score import NoiseCeiling

COLUMNS = ("learner", "measure", "value", "low", "high")
EXPLAINED = "explained learning"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LearningResult:
    """How models learn: `frame()` has a row for each learner and measure, with 95 % intervals over people or runs."""

    _found: "LearningAnalysis"

    @property
    def ceiling(self) -> "NoiseCeiling":
        """What the mean of the other people (lower), or of everybody (upper), tells of a person's learning."""
        return self._found.ceiling

    @property
    def explained(self) -> "pd.Series[float]":
        """The share of people's learning that each model's tells, then that of each network of the study."""
        import pandas as pd

        learners = [each for each in (*self._found.learners, *self._found.networks) if each.score is not None]
        values = {each.name: each.score.value for each in learners if each.score is not None}
        return pd.Series(values, name=EXPLAINED, dtype=float)

    def frame(self) -> "pd.DataFrame":
        """A row for each learner and measure: models, people, the study's networks; undefined ones are NaN."""
        import pandas as pd

        everybody = (*self._found.learners, self._found.people, *self._found.networks)
        return pd.DataFrame([row for each in everybody for row in _rows(each)], columns=list(COLUMNS))

    def trials(self, model: str) -> "pd.DataFrame":
        """Every answer of a model's runs, in the columns of the study. UnknownNameError for another model."""
        from brainrank.benchmark.types.errors import UnknownNameError
        from brainrank.datasets.huber2024 import learner_table

        by_name = {each.name: each for each in self._found.learners}
        if model not in by_name:
            raise UnknownNameError("learner", model, by_name)
        return learner_table(by_name[model].trials)

    def plot(self, ax: "Axes | None" = None, *, phase: str = "test") -> "Axes":
        """Draw accuracy by epoch, on new images or in `training`: people with their band, models bold."""
        from brainrank.api.plots.learning import draw_learning
        from brainrank.api.python.plot_axes import axes_or_new
        from brainrank.benchmark.metrics.learning_curves.phases import PHASES
        from brainrank.benchmark.types.errors import UnknownNameError

        if phase not in PHASES:
            raise UnknownNameError("phase", phase, PHASES)
        panel = axes_or_new(ax)
        draw_learning(panel, self._found, phase)
        panel.legend(frameon=False)
        return panel

    def __repr__(self) -> str:
        told = ", ".join(f"{each.name} {each.score.value:.3f}" for each in self._found.learners if each.score)
        return f"<LearningResult: {EXPLAINED} {told}; ceiling {self.ceiling.lower:.3f} to {self.ceiling.upper:.3f}>"


def _rows(learner: "Learner") -> "list[tuple[str, str, float, float, float]]":
    rows = []
    if learner.score is not None:
        interval = learner.score.interval
        rows.append((learner.name, EXPLAINED, learner.score.value, interval.low, interval.high))
    return rows + [
        (learner.name, name, each.value, each.interval.low, each.interval.high)
        for name, each in learner.measures.items()
    ]
