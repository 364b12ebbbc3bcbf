"""Results of `brainrank.rsa`, `encode` and `error_consistency`: numbers with their frames and drawings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainrank.api.python.analysis_result import AnalysisResult
from brainrank.benchmark.types.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy import ndarray

    from brainrank.api.services.analysis.consistency import Analysis, Group
    from brainrank.api.services.analysis.encoding import EncodingAnalysis
    from brainrank.api.services.analysis.rsa import RsaAnalysis


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RsaResult(AnalysisResult):
    """The mean similarity of an RDM of features to those of subjects; `frame()` has a row for each subject."""

    _found: "RsaAnalysis"

    @property
    def per_subject(self) -> "pd.Series[float]":
        """The similarity to each subject."""
        import pandas as pd

        index = pd.Index(self._found.brain.subjects, name="subject")
        return pd.Series(self._found.similarity, index=index, name=self.unit)

    def frame(self) -> "pd.DataFrame":
        """A row for each subject: the similarity to it."""
        return self.per_subject.rename("value").reset_index().assign(unit=self.unit)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the similarity to each subject and their mean with its interval, beside the noise ceiling."""
        from brainrank.api.plots.rsa import draw_similarity
        from brainrank.api.python.plot_axes import axes_or_new

        panel = axes_or_new(ax)
        draw_similarity(panel, self._found.similarity, self.interval, self.ceiling, self.unit)
        return panel


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EncodingResult(AnalysisResult):
    """The median over targets of r between predicted and held-out responses; `frame()` has a row for each target."""

    _found: "EncodingAnalysis"

    @property
    def predictions(self) -> "ndarray[Any, Any]":
        """The predicted responses of held-out stimuli, stimuli x targets, each target standardised."""
        return self._found.predictions.copy()

    @property
    def fold_of_stimulus(self) -> "ndarray[Any, Any]":
        """The fold that held each stimulus out."""
        return self._found.fold_of.copy()

    def frame(self) -> "pd.DataFrame":
        """A row for each target: r, R2, explainable variance (with repeats), and the reason where it is unscored."""
        import pandas as pd

        scores, explainable = self._found.scores, self._found.explainable
        columns = {"target": range(len(scores.r)), "r": scores.r, "r2": scores.r2}
        if explainable is not None:
            columns["explainable_variance"] = explainable.values
        return pd.DataFrame({**columns, "reason": list(scores.reasons)})

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw how r is spread over targets, with its median and interval. Without a scored target there is nothing."""
        import numpy as np

        from brainrank.api.plots.encoding import draw_histogram
        from brainrank.api.python.plot_axes import axes_or_new

        panel, r = axes_or_new(ax), self._found.scores.r
        draw_histogram(panel, r[np.isfinite(r)], self._found.median)
        return panel


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConsistencyResult(AnalysisResult):
    """The mean kappa of pairs of observers: of all, or of models with people; `frame()` has a row for each pair."""

    _found: "Analysis"

    def frame(self) -> "pd.DataFrame":
        """A row for each pair: kappa with its interval and the bounds that the accuracies allow, and the trials."""
        import pandas as pd

        rows = []
        for pair in self._found.pairs:
            row = pair._asdict()
            for name in ("interval", "observed_interval", "accuracy_difference_interval"):
                interval, prefix = row.pop(name), name.removesuffix("interval")
                row |= {f"{prefix}low": interval.low, f"{prefix}high": interval.high}
            rows.append(row)
        return pd.DataFrame(rows)

    def groups(self) -> "pd.DataFrame":
        """A row for each group: people with people, each model with people, all models with people, models."""
        import pandas as pd

        return pd.DataFrame([_group_row(each) for each in self._found.groups])

    def observers(self) -> "pd.DataFrame":
        """A row for each observer: whether it is a model, and how often it was right, the mean over conditions."""
        import pandas as pd

        rows = [(who, who in self._found.models, value) for who, value in self._found.accuracy.items()]
        return pd.DataFrame(rows, columns=["observer", "model", "accuracy"])

    def people(self, model: str | None = None) -> "pd.DataFrame":
        """A row for each two groups of people, or for each group with a model: kappa and latent r, with intervals.

        Of a model, too, how far the group's latent r leads the others', and p. Raises BrainrankError where groups were
        not asked for, and for an observer that is no model.
        """
        import pandas as pd

        from brainrank.api.people_json import cell_rows, model_rows

        found = self._found.people
        if found is None:
            raise UserError("groups of people were not compared; ask by people_by_condition=True")
        if model is None:
            return pd.DataFrame(cell_rows(found))
        models = {each.model: each for each in found.models}
        if model not in models:
            raise UnknownNameError("model", model, models)
        return pd.DataFrame(model_rows(models[model]))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the kappa of each pair as a matrix."""
        from brainrank.api.plots.behaviour import draw_kappas
        from brainrank.api.python.plot_axes import axes_or_new

        panel = axes_or_new(ax)
        draw_kappas(panel, tuple(self._found.accuracy), self._found.pairs)
        return panel


def _group_row(group: "Group") -> dict[str, Any]:
    means = group.means
    return {
        "among": str(group.among),
        "group": means.name,
        "pairs": means.pairs,
        "kappa": means.kappa,
        "low": means.interval.low,
        "high": means.interval.high,
        "observed": means.observed,
        "accuracy_difference": means.accuracy_difference,
        "undefined": means.counts.undefined,
    }
