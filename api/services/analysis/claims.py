"""Whether a claim holds: on each benchmark that has its models, in each independent study, and over all of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claim_cells import (
    Cells,
    find_cells,
    independent_studies,
    of_same_recordings,
    origin,
)
from brainrank.api.services.analysis.claim_correlations import correlate
from brainrank.api.services.analysis.claim_variations import of_variants, variations
from brainrank.api.services.analysis.replication import Replication, Specification, StudyEffect
from brainrank.api.services.boards.scored_models import require_scored
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import AnyClaim, Claim, CorrelationClaim
from brainrank.benchmark.claims.effects import effect, verdict
from brainrank.benchmark.claims.summary import all_studies
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.variants import variants


class Lookup(NamedTuple):
    """Claims looked up, and why others could not be."""

    found: list[Replication]
    refusals: list[str]


def own_replications(claims: Sequence[AnyClaim], settings: Settings) -> Lookup:
    """Look claims up in the scores of this home.

    Raises UnknownNameError for a model without a score here, and as `replicate` where none of them can be looked up.
    """
    catalogue, viewer, lookup = open_catalogue(settings.locations), Viewer(everything=True), Lookup([], [])
    with own_database(settings) as begin, begin() as session:
        require_scored(session, models_of(claims), viewer)
        for each in claims:
            try:
                lookup.found.append(replicate(session, each, catalogue, viewer))
            except NotFoundError as refusal:
                if len(lookup.refusals) + 1 == len(claims):
                    raise
                lookup.refusals.append(str(refusal))
    return lookup


def models_of(claims: Sequence[AnyClaim]) -> list[str]:
    """The models that claims name, once each."""
    named = (each.models if isinstance(each, CorrelationClaim) else (*each.first, *each.second) for each in claims)
    return list(dict.fromkeys(name for names in named for name in names))


def replicate(session: Session, claim: AnyClaim, catalogue: Catalogue, viewer: Viewer) -> Replication:
    """Look a claim up on its benchmarks, and on others of the same recordings.

    Raises NotFoundError where no benchmark has scores of all its models, or too few models have scores to correlate,
    and UnknownNameError for a benchmark, group or detail that there is not.
    """
    if isinstance(claim, CorrelationClaim):
        return correlate(session, claim, catalogue, viewer)
    return _compare(session, claim, catalogue, viewer)


def _compare(session: Session, claim: Claim, catalogue: Catalogue, viewer: Viewer) -> Replication:
    asked = {each.name: each for name in claim.on for each in catalogue.select(name)}
    models = (*claim.first, *claim.second)
    every = {**of_same_recordings(asked.values(), catalogue), **asked}
    cells, lacking = find_cells(session, models, every.values(), viewer)
    mine = [each for each in cells if each.benchmark.name in asked]
    if not mine:
        raise NotFoundError(
            f"No benchmark of {', '.join(claim.on)} has scores of all models of '{claim.name}' "
            f"({', '.join(models[:4])}, ...): brainrank score {claim.first[0]} "
            f"{claim.second[0]} --benchmark {claim.on[0]}"
        )
    first = [True] * len(claim.first) + [False] * len(claim.second)
    specifications = tuple(_specification(each, claim, first, counted=each.benchmark.name in asked) for each in cells)
    studies = tuple(_study(each, claim, first, catalogue) for each in independent_studies(mine, catalogue))
    said = all_studies([each.effect for each in studies], [each.values for each in studies], first, claim)
    mine_lacking = tuple(each for each in lacking if each in asked)
    otherwise = find_cells(session, models, [other for each in mine for other in variants(each.benchmark)], viewer)
    varied = (*variations(session, claim, mine), *of_variants(claim, otherwise.whole))
    return Replication(claim, specifications, studies, *said, mine_lacking, varied)


def _specification(cells: Cells, claim: Claim, first: Sequence[bool], *, counted: bool) -> Specification:
    found = effect(np.array(cells.values)[:, None], [[each] for each in cells.draws], first)
    return Specification(cells.benchmark.name, found, verdict(found, claim.expects, claim.margin), counted)


def _study(group: Sequence[Cells], claim: Claim, first: Sequence[bool], catalogue: Catalogue) -> StudyEffect:
    values = np.array([each.values for each in group]).T
    found = effect(values, [[each.draws[model] for each in group] for model in range(len(first))], first)
    named = dict.fromkeys(origin(each.benchmark, catalogue) for each in group)
    return StudyEffect(
        ", ".join(named),
        tuple(each.benchmark.name for each in group),
        found,
        verdict(found, claim.expects, claim.margin),
        tuple(values.mean(axis=1).tolist()),
    )
