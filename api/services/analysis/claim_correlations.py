"""A property of models, and whether scores go with it over models: on each benchmark, in each study, over all."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.details import details
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claim_cells import (
    Cells,
    find_cells,
    independent_studies,
    of_same_recordings,
    origin,
    with_common_scores,
)
from brainrank.api.services.analysis.claim_variations import Variation, Varied
from brainrank.api.services.analysis.replication import Replication, Specification, StudyEffect
from brainrank.api.services.views.known_models import known_models
from brainrank.benchmark.claims.claim import CorrelationClaim
from brainrank.benchmark.claims.correlation import (
    Related,
    cluster_weights,
    correlated,
    draws_of_clusters,
    over_studies,
    told,
)
from brainrank.benchmark.claims.effects import Effect, verdict
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.variants import Variant, variants
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.models_zoo.catalogue import MODELS

PARAMETERS, DETAIL = "parameters", ":"


class _Models(NamedTuple):
    """The models of a claim, as clusters, with the property of each, and the draws of clusters."""

    names: Sequence[str]
    x: Float[ndarray, " clusters"]
    weights: Float[ndarray, "clusters models"]
    drawn: Int[ndarray, "draws clusters"]

    @property
    def clusters(self) -> int:
        """How many there are."""
        return len(self.weights)


def correlate(session: Session, claim: CorrelationClaim, catalogue: Catalogue, viewer: Viewer) -> Replication:
    """Look a correlation up on its benchmarks, and on others of the same recordings.

    Of benchmarks that half of the models have scores on, and the models that have all of these. Raises NotFoundError
    for too few models, UnknownNameError for a property that there is not.
    """
    asked = {each.name: each for name in claim.on for each in catalogue.select(name)}
    x = _property(session, claim.x, catalogue, viewer)
    names = with_common_scores(session, [name for name in claim.models or MODELS if name in x], asked, viewer)
    try:
        models = _clustered(claim, names, x)
    except InvalidDataError as error:
        raise NotFoundError(f"'{claim.name}' cannot be looked up: {error}") from error
    others = of_same_recordings(asked.values(), catalogue)
    if claim.besides.startswith(DETAIL):  # another metric does not tell the same beside its score
        metrics = {each.metric.name for each in asked.values()}
        others = {name: each for name, each in others.items() if each.metric.name in metrics}
    every = {**others, **asked}
    cells, lacking = find_cells(session, names, every.values(), viewer)
    found = {each.benchmark.name: _related(session, claim, each, models, catalogue, viewer) for each in cells}
    effects = {name: _effect([each], claim, models) for name, each in found.items()}
    specifications = tuple(
        Specification(name, each, verdict(each, claim.expects, claim.margin), name in asked)
        for name, each in effects.items()
    )
    mine = [each for each in cells if each.benchmark.name in asked]
    studies = tuple(
        _study(group, [found[each.benchmark.name] for each in group], claim, models, catalogue)
        for group in independent_studies(mine, catalogue)
    )
    summary, said = None, studies[0].verdict
    if len(studies) > 1:
        of_studies = [correlated([found[name] for name in each.benchmarks], models.drawn) for each in studies]
        summary, whole = over_studies(of_studies, clusters=models.clusters, held_equal=bool(claim.besides))
        said = verdict(whole, claim.expects, claim.margin)
    otherwise = find_cells(session, names, [other for each in mine for other in variants(each.benchmark)], viewer).whole
    varied = tuple(
        _variation(each.benchmark, _related(session, claim, each, models, catalogue, viewer), claim, models)
        for each in otherwise
        if isinstance(each.benchmark, Variant)
    )
    absent = tuple(each for each in lacking if each in asked)
    return Replication(claim, specifications, studies, summary, said, by_each=False, lacking=absent, variations=varied)


def _property(session: Session, key: str, catalogue: Catalogue, viewer: Viewer) -> Mapping[str, float]:
    """A property of each model that has it: millions of parameters, a score, or what is told beside one."""
    if key == PARAMETERS:
        cards = {each.spec.name: each.card for each in known_models(session, viewer)}
        return {name: card.parameters_million for name, card in cards.items() if card is not None}
    name, separator, detail = key.partition(DETAIL)
    benchmark = catalogue.benchmark(name)
    if separator:
        return _beside(session, benchmark, detail, viewer)
    runs = scores.latest_succeeded(session, {name: benchmark.version}, viewer=viewer)
    return _defined({run.model: run.score.value for run in runs})


def _beside(session: Session, benchmark: Benchmark, detail: str, viewer: Viewer) -> Mapping[str, float]:
    """The number of this name that is told beside each model's score."""
    runs = scores.latest_succeeded(session, {benchmark.name: benchmark.version}, viewer=viewer)
    told_beside = details(session, [run.run_id for run in runs])
    known = dict.fromkeys(each for of_run in told_beside.values() for each in of_run)
    if runs and detail not in known:
        raise UnknownNameError(f"number told beside {benchmark.name}", detail, known)
    return _defined({run.model: told_beside[run.run_id][detail] for run in runs})


def _defined(values: Mapping[str, float]) -> Mapping[str, float]:
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _clustered(claim: CorrelationClaim, names: Sequence[str], x: Mapping[str, float]) -> _Models:
    clusters = [claim.cluster(name) for name in names]
    drawn = draws_of_clusters(len(set(clusters)), held_equal=bool(claim.besides), rng=np.random.default_rng(0))
    weights = cluster_weights(clusters)
    return _Models(names, weights @ np.array([x[name] for name in names]), weights, drawn)


def _related(
    session: Session, claim: CorrelationClaim, cells: Cells, models: _Models, catalogue: Catalogue, viewer: Viewer
) -> Related:
    besides = None
    if claim.besides:
        own = claim.besides.startswith(DETAIL)
        detail = claim.besides.removeprefix(DETAIL)
        held = (
            _beside(session, cells.benchmark, detail, viewer) if own else _property(session, detail, catalogue, viewer)
        )
        besides = models.weights @ np.array([held.get(name, np.nan) for name in models.names])
    return Related(models.x, models.weights @ np.array(cells.values), besides, cells.draws, models.weights)


def _effect(related: Sequence[Related], claim: CorrelationClaim, models: _Models) -> Effect:
    found = correlated(related, models.drawn)
    return told(found, clusters=models.clusters, held_equal=bool(claim.besides))


def _study(
    group: Sequence[Cells], related: Sequence[Related], claim: CorrelationClaim, models: _Models, catalogue: Catalogue
) -> StudyEffect:
    effect = _effect(related, claim, models)
    named = dict.fromkeys(origin(each.benchmark, catalogue) for each in group)
    benchmarks = tuple(each.benchmark.name for each in group)
    values = np.mean([each.values for each in group], axis=0).tolist()
    return StudyEffect(
        ", ".join(named), benchmarks, effect, verdict(effect, claim.expects, claim.margin), tuple(values)
    )


def _variation(variant: Variant, related: Related, claim: CorrelationClaim, models: _Models) -> Variation:
    effect = _effect([related], claim, models)
    return Variation(
        variant.base,
        Varied(variant.parameter),
        variant.value,
        effect.value,
        effect.value > 0,
        effect.interval,
        verdict(effect, claim.expects, claim.margin),
    )
