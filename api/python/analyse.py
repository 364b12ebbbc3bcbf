"""`brainrank.rsa`, `encode` and `error_consistency`: what `brainrank analyse` does, on arrays and frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainrank.api.python.analysis_result import AnalysisResult

if TYPE_CHECKING:
    import pandas as pd
    from jaxtyping import Int
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
        from brainrank.api.python.axes import axes_or_new

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
        from brainrank.api.python.axes import axes_or_new

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

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the kappa of each pair as a matrix."""
        from brainrank.api.plots.behaviour import draw_kappas
        from brainrank.api.python.axes import axes_or_new

        panel = axes_or_new(ax)
        draw_kappas(panel, tuple(self._found.accuracy), self._found.pairs)
        return panel


def rsa(
    features: Any,
    rdms: Any,
    *,
    dissimilarity: str = "correlation",
    comparator: str = "rho-a",
    groups: Any = None,
    draws: int = 1000,
    seed: int = 0,
) -> RsaResult:
    """Compare the RDM of features with the RDM of each subject.

    `features` is stimuli x features; `rdms` as in `brainrank.data`. Where both name their stimuli (index of a frame,
    labels of an xarray, `stimulus_ids`) they are brought into one order; else they are in one. `groups` says which
    stimuli are drawn together for the interval.

    Raises BrainrankError for arrays that do not fit, unknown names, and stimuli without a dissimilarity.

    Example:
        >>> import brainrank as br
        >>> br.rsa(features, rdms).plot()  # doctest: +SKIP

    """
    from brainrank.api.services.analysis.rsa import Named, analyse_rsa, model_rdm
    from brainrank.benchmark.metrics.comparators import Comparator
    from brainrank.benchmark.metrics.rdm import Dissimilarity
    from brainrank.benchmark.types.errors import choice
    from brainrank.datasets.memory.arrays import subject_rdms
    from brainrank.datasets.memory.pairs import features_of, rdms_of

    measure = choice(Dissimilarity, dissimilarity, "dissimilarity")
    method = choice(Comparator, comparator, "comparator")
    x = features_of(features, what="features")
    brain = rdms_of(x, subject_rdms(rdms, what="rdms"), what="rdms")
    model = model_rdm(x.values, brain, measure, Named("features", "rdms", 'dissimilarity="euclidean"'))
    units = _units(groups, x.stimulus_ids, len(x.values))
    _check_draws(draws)
    found = analyse_rsa(model, brain, units=units, comparator=method, draws=draws, seed=seed)
    return RsaResult(value=found.mean, unit=method.value, interval=found.interval, ceiling=found.ceiling, _found=found)


def encode(
    features: Any,
    responses: Any,
    *,
    axes: Sequence[str] | None = None,
    groups: Any = None,
    folds: int = 5,
    selection: str = "loo",
    draws: int = 1000,
    seed: int = 0,
) -> EncodingResult:
    """Predict each target's responses to held-out stimuli from features: ridge, one penalty per target.

    `features` is stimuli x features, `responses` stimuli x targets or stimuli x repeats x targets; `axes` names those
    of `responses` where two readings fit. Where both name their stimuli they are brought into one order. `groups` says
    which stimuli are held out together; without it, those with identical features. `selection` is how penalties are
    chosen: loo, gcv, likelihood or cv.

    Raises BrainrankError for arrays that do not fit, and for too few stimuli.

    Example:
        >>> import brainrank as br
        >>> br.encode(features, responses).value  # doctest: +SKIP

    """
    from brainrank.api.services.analysis.encoding import analyse_encoding, encoding_data
    from brainrank.datasets.memory.pairs import features_of, responses_to

    x = features_of(features, what="features")
    y = responses_to(x, responses, axes=axes, what="responses")
    units = None if groups is None else _units(groups, x.stimulus_ids, len(x.values))
    _check_draws(draws)
    found = analyse_encoding(
        encoding_data(x.values, y, units), folds=folds, selection=selection, draws=draws, seed=seed
    )
    return EncodingResult(
        value=found.median.value, unit="median r", interval=found.median.interval, ceiling=found.ceiling, _found=found
    )


def error_consistency(
    trials: Any,
    *,
    columns: Mapping[str, str] | None = None,
    models: Sequence[str] = (),
    conditions: Sequence[str] = (),
    exclude: Sequence[str] = (),
    published: str | None = None,
    categories: Sequence[str] | None = None,
    convention: str = "raw",
    minimum_shared: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> ConsistencyResult:
    """Compare the errors of observers: kappa of each pair on the trials it shares, with intervals.

    `trials` is a frame with a row for each trial (or a CSV file); `columns` says which is which where headings are not
    known. `models` are names or patterns of observers that are models; the value is then the mean of models with people
    and the ceiling that of people with people, without any the mean of all pairs. `exclude` and `published` leave
    conditions out, `conditions` keeps some. `minimum_shared` is 20, or all trials of a condition, unless given.

    Raises BrainrankError for trials that cannot be read, unknown names, and where no two observers share enough.

    Example:
        >>> import brainrank as br
        >>> br.error_consistency(trials, models=["resnet*"]).frame()  # doctest: +SKIP

    """
    from brainrank.api.services.analysis.consistency import compare_observers, models_among, under
    from brainrank.api.services.analysis.exclusions import leave_out
    from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, Convention
    from brainrank.benchmark.types.errors import choice
    from brainrank.datasets.memory.trials import trial_table
    from brainrank.datasets.readers.trials import assembly_of_trials

    undefined = choice(Convention, convention, "convention")
    _check_draws(draws)
    table = trial_table(trials, columns, what="trials")
    assembly, _ = leave_out(
        under(assembly_of_trials(table, categories=categories), _listed(conditions)),
        exclude=_listed(exclude),
        published=published,
    )
    found = compare_observers(
        assembly,
        models=models_among(assembly, _listed(models)),
        convention=undefined,
        minimum=MINIMUM_SHARED if minimum_shared is None else minimum_shared,
        by_condition=False,
        draws=draws,
        seed=seed,
    )
    return _consistency(found)


def _consistency(found: "Analysis") -> ConsistencyResult:
    """The group that is asked about, with people among themselves as its ceiling."""
    from brainrank.api.services.analysis.consistency import Among
    from brainrank.benchmark.types.score import NoiseCeiling

    by_kind = {group.among: group.means for group in found.groups}
    asked = (Among.ALL, Among.MODELS_WITH_PEOPLE, Among.MODEL_WITH_PEOPLE, Among.MODELS, Among.PEOPLE)
    means = next(by_kind[each] for each in asked if each in by_kind)
    nan, people = float("nan"), by_kind.get(Among.PEOPLE)
    if not found.models:
        ceiling = NoiseCeiling(nan, nan, "no observer is a model: these are people among themselves")
    elif people is None:
        ceiling = NoiseCeiling(nan, nan, "fewer than two people")
    else:
        ceiling = NoiseCeiling(people.kappa, people.kappa, interval=people.interval)
    return ConsistencyResult(value=means.kappa, unit="kappa", interval=means.interval, ceiling=ceiling, _found=found)


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


def _units(groups: Any, stimulus_ids: Sequence[str] | None, n_stimuli: int) -> "Int[ndarray, ' stimuli']":
    """Each stimulus's group as a number, its own without any."""
    import numpy as np

    from brainrank.datasets.memory.arrays import group_of

    if groups is None:
        return np.arange(n_stimuli)
    ids = stimulus_ids or tuple(map(str, range(n_stimuli)))
    named = group_of(groups, ids)
    # An image's own name and a group of that name are one, as in a package.
    return np.unique([named.get(each, each) for each in ids], return_inverse=True)[1].astype(np.int64)


def _listed(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _check_draws(draws: int) -> None:
    from brainrank.benchmark.declared import LEAST
    from brainrank.benchmark.types.errors import InvalidDataError

    if draws < LEAST["draws"]:
        raise InvalidDataError(f"draws: {draws}; it must be at least {LEAST['draws']}")
