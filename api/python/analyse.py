"""`brainrank.rsa`, `encode` and `error_consistency`: what `brainrank analyse` does, on arrays and frames."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from brainrank.api.python.analysis_results import ConsistencyResult, EncodingResult, RsaResult

if TYPE_CHECKING:
    from jaxtyping import Int
    from numpy import ndarray

    from brainrank.api.services.analysis.consistency import Analysis


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
    from brainrank.benchmark.metrics.rdms.comparators import Comparator
    from brainrank.benchmark.types.dissimilarity import Dissimilarity
    from brainrank.benchmark.types.errors import choice
    from brainrank.datasets.memory.given_arrays import subject_rdms
    from brainrank.datasets.memory.paired_arrays import features_of, rdms_of

    measure = choice(Dissimilarity, dissimilarity, "dissimilarity")
    method = choice(Comparator, comparator, "comparator")
    x = features_of(features, what="features")
    brain = rdms_of(x, subject_rdms(rdms, what="rdms"), what="rdms")
    model = model_rdm(x.values, brain, measure, Named("features", "rdms", 'dissimilarity="euclidean"'))
    units = units_given(groups, x.stimulus_ids, len(x.values))
    check_least("rsa", draws=draws, seed=seed)
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
    from brainrank.datasets.memory.paired_arrays import features_of, responses_to

    x = features_of(features, what="features")
    y = responses_to(x, responses, axes=axes, what="responses")
    units = None if groups is None else units_given(groups, x.stimulus_ids, len(x.values))
    check_least("encoding", draws=draws, seed=seed)
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
    people_by_condition: bool = False,
    minimum_shared: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> ConsistencyResult:
    """Compare the errors of observers: kappa of each pair on the trials it shares, with intervals.

    `trials` is a frame with a row for each trial (or a CSV file); `columns` says which is which where headings are not
    known. `models` are names or patterns of observers that are models; the value is then the mean of models with people
    and the ceiling that of people with people, without any the mean of all pairs. `exclude` and `published` leave
    conditions out, `conditions` keeps some. With `people_by_condition` people under different conditions are groups,
    such as ages, of which `people()` of the result has a row for each two or, of a model, for each. `minimum_shared` is
    20, or all trials of a condition, unless given.

    Raises BrainrankError for trials that cannot be read, unknown names, and where no two observers share enough.

    Example:
        >>> import brainrank as br
        >>> br.error_consistency(trials, models=["resnet*"]).frame()  # doctest: +SKIP

    """
    from brainrank.api.services.analysis.consistency import compare_observers, models_among, under
    from brainrank.api.services.analysis.exclusions import leave_out
    from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, UndefinedKappa
    from brainrank.benchmark.types.errors import choice
    from brainrank.datasets.memory.given_trials import trial_table
    from brainrank.datasets.readers.trials import assembly_of_trials

    undefined = choice(UndefinedKappa, convention, "convention")
    minimum = MINIMUM_SHARED if minimum_shared is None else minimum_shared
    check_least("error-consistency", draws=draws, seed=seed, minimum_shared=minimum)
    table = trial_table(trials, columns, what="trials")
    assembly, _ = leave_out(
        under(assembly_of_trials(table, categories=categories), _tuple_of_names(conditions)),
        exclude=_tuple_of_names(exclude),
        published=published,
    )
    found = compare_observers(
        assembly,
        models=models_among(assembly, _tuple_of_names(models)),
        convention=undefined,
        minimum=minimum,
        by_condition=False,
        draws=draws,
        seed=seed,
        people_by_condition=people_by_condition,
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


def units_given(groups: Any, stimulus_ids: Sequence[str] | None, n_stimuli: int) -> "Int[ndarray, ' stimuli']":
    """Each stimulus's group as a number, its own without any."""
    import numpy as np

    from brainrank.datasets.memory.given_arrays import group_of

    if groups is None:
        return np.arange(n_stimuli)
    ids = stimulus_ids or tuple(map(str, range(n_stimuli)))
    named = group_of(groups, ids)
    # An image's own name and a group of that name are one, as in a package.
    return np.unique([named.get(each, each) for each in ids], return_inverse=True)[1].astype(np.int64)


def _tuple_of_names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def check_least(metric: str, **settings: int) -> None:
    """Raise InvalidDataError for what is no whole number, or less than a benchmark of the metric could have it."""
    from dataclasses import fields

    from brainrank.benchmark.scoring.metric_catalogue import metrics
    from brainrank.benchmark.types.errors import InvalidDataError

    least = {each.name: each.metadata["least"] for each in fields(metrics()[metric])}
    for name, value in settings.items():
        if not isinstance(value, Integral):
            raise InvalidDataError(f"{name}: {value!r}; it must be a whole number")
        if least[name] is not None and value < least[name]:
            raise InvalidDataError(f"{name}: {value}; it must be at least {least[name]}")
