"""Whether a claim holds: on each benchmark that has its models, in each independent study, and over all of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claim_cells import Cells, find_cells, of_same_recordings
from brainrank.api.services.analysis.claim_variations import Variation, of_variants, variations
from brainrank.api.services.boards.scored_models import require_scored
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import Claim
from brainrank.benchmark.claims.effects import HOLDS, Effect, effect, verdict
from brainrank.benchmark.claims.summary import Summary, all_studies
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.variants import variants
from brainrank.benchmark.types.score import Interval


class Specification(NamedTuple):
    """One way of asking: a benchmark. `counted` are those that make up studies; others measure the same again."""

    benchmark: str
    effect: Effect
    verdict: str
    counted: bool


class StudyEffect(NamedTuple):
    """A study: benchmarks that share images, subjects or a data set, which are no independent evidence of each other.

    `values` are each model's, averaged over its benchmarks, those of the first before those of the second.
    """

    name: str
    benchmarks: tuple[str, ...]
    effect: Effect
    verdict: str
    values: tuple[float, ...]


class Row(NamedTuple):
    """A line of a drawing: `kind` is all studies, study or benchmark."""

    name: str
    value: float
    interval: Interval
    verdict: str
    kind: str


class Replication(NamedTuple):
    """A claim looked up in stored scores; of one study there is no `summary`.

    `by_each` says that each of several studies told it, and their summary did not. `lacking` are benchmarks that have
    not scores of all its models; `variations` are of the benchmarks that it names.
    """

    claim: Claim
    specifications: tuple[Specification, ...]
    studies: tuple[StudyEffect, ...]
    summary: Summary | None
    verdict: str
    by_each: bool
    lacking: tuple[str, ...]
    variations: tuple[Variation, ...]

    @property
    def replicated(self) -> int:
        """In how many studies it holds."""
        return sum(each.verdict == HOLDS for each in self.studies)

    @property
    def held_in(self) -> str:
        """In how many of its studies it holds, in words."""
        return f"{self.replicated} of {len(self.studies)} {'study' if len(self.studies) == 1 else 'studies'}"

    def rows(self) -> list[Row]:
        """The summary, then studies and then benchmarks, each from the largest difference to the least."""
        whole = self.summary
        top = (
            [Row(f"all {whole.studies} studies", whole.value, whole.interval, self.verdict, "all studies")]
            if whole
            else []
        )
        studies = [Row(each.name, *each.effect[:2], each.verdict, "study") for each in self.studies]
        benchmarks = [Row(each.benchmark, *each.effect[:2], each.verdict, "benchmark") for each in self.specifications]
        return [*top, *(row for kind in (studies, benchmarks) for row in sorted(kind, key=lambda each: -each.value))]


class Lookup(NamedTuple):
    """Claims looked up, and why others could not be."""

    found: list[Replication]
    refusals: list[str]


def own_replications(claims: Sequence[Claim], settings: Settings) -> Lookup:
    """Look claims up in the scores of this home.

    Raises UnknownNameError for a model without a score here, and as `replicate` where none of them can be looked up.
    """
    catalogue, viewer, lookup = open_catalogue(settings.locations), Viewer(everything=True), Lookup([], [])
    with own_database(settings) as begin, begin() as session:
        require_scored(session, list(dict.fromkeys(n for each in claims for n in (*each.first, *each.second))), viewer)
        for each in claims:
            try:
                lookup.found.append(replicate(session, each, catalogue, viewer))
            except NotFoundError as refusal:
                if len(lookup.refusals) + 1 == len(claims):
                    raise
                lookup.refusals.append(str(refusal))
    return lookup


def replicate(session: Session, claim: Claim, catalogue: Catalogue, viewer: Viewer) -> Replication:
    """Look a claim up on its benchmarks, and on others of the same recordings.

    Raises NotFoundError where no benchmark has scores of all its models, and UnknownNameError for a benchmark or group
    that there is not.
    """
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
    studies = tuple(_study(each, claim, first, catalogue) for each in _independent(mine, catalogue))
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
    named = dict.fromkeys(_origin(each.benchmark, catalogue) for each in group)
    return StudyEffect(
        ", ".join(named),
        tuple(each.benchmark.name for each in group),
        found,
        verdict(found, claim.expects, claim.margin),
        tuple(values.mean(axis=1).tolist()),
    )


def _origin(benchmark: Benchmark, catalogue: Catalogue) -> str:
    """The data set, and which one subject it is of where it is of one."""
    subject = catalogue.subject(benchmark)
    return f"{benchmark.dataset} ({subject})" if subject else benchmark.dataset


def _independent(cells: Sequence[Cells], catalogue: Catalogue) -> list[list[Cells]]:
    """Benchmarks in sets that share no images, no subjects and no data set, but for a data set of single subjects.

    Conditions and depictions of one data set have images made of the same ones, under other names.
    """
    of_many = {each.benchmark.dataset for each in cells if not catalogue.subject(each.benchmark)}
    groups: list[tuple[set[str], list[Cells]]] = []
    for each in cells:
        dataset = each.benchmark.dataset
        marks = {draws.stimulus_set for draws in each.draws} | {draws.subject_set for draws in each.draws} - {""}
        marks |= {dataset if dataset in of_many else f"{dataset} {catalogue.subject(each.benchmark)}"}
        joined = [group for group in groups if group[0] & marks]
        groups = [group for group in groups if group not in joined]
        together = [cell for _, group in joined for cell in group]
        groups.append((marks.union(*(found for found, _ in joined)), [*together, each]))
    return [group for _, group in groups]
