"""Whether a claim holds: on each benchmark that has its models, in each independent study, and over all of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.cells import by_model
from brainrank.api.services.boards.scored_models import require_scored
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import Claim
from brainrank.benchmark.claims.effects import Effect, effect, verdict
from brainrank.benchmark.claims.summary import Summary, random_effects
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.statistics.uncertainty import two_sided_p
from brainrank.benchmark.types.score import Draws


class Specification(NamedTuple):
    """One way of asking: a benchmark. `counted` are those that make up studies; others measure the same again."""

    benchmark: str
    effect: Effect
    verdict: str
    counted: bool


class StudyEffect(NamedTuple):
    """A study: benchmarks that share images or subjects, which are no independent evidence of each other."""

    name: str
    benchmarks: tuple[str, ...]
    effect: Effect
    verdict: str


class Replication(NamedTuple):
    """A claim looked up in stored scores; of one study there is no `summary`.

    `lacking` are benchmarks that have not scores of all its models.
    """

    claim: Claim
    specifications: tuple[Specification, ...]
    studies: tuple[StudyEffect, ...]
    summary: Summary | None
    verdict: str
    lacking: tuple[str, ...]

    @property
    def replicated(self) -> int:
        """In how many studies it holds."""
        return sum(each.verdict == "holds" for each in self.studies)


class _Cells(NamedTuple):
    benchmark: Benchmark
    values: Sequence[float]
    draws: Sequence[Draws]


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
    recordings = {(each.dataset, each.region) for each in asked.values()}
    again = {n: b for n, b in catalogue.benchmarks.items() if (b.dataset, b.region) in recordings and n not in asked}
    cells, lacking = _cells(session, claim, {**asked, **again}, viewer)
    mine = [each for each in cells if each.benchmark.name in asked]
    if not mine:
        raise NotFoundError(
            f"No benchmark of {', '.join(claim.on)} has scores of all models of '{claim.name}' "
            f"({', '.join((*claim.first, *claim.second)[:4])}, ...): brainrank score {claim.first[0]} "
            f"{claim.second[0]} --benchmark {claim.on[0]}"
        )
    first = [True] * len(claim.first) + [False] * len(claim.second)
    specifications = tuple(_specification(each, claim, first, counted=each.benchmark.name in asked) for each in cells)
    studies = tuple(_study(each, claim, first, catalogue) for each in _independent(mine, catalogue))
    summary, said = _summary(studies, claim)
    return Replication(claim, specifications, studies, summary, said, tuple(each for each in lacking if each in asked))


def _cells(
    session: Session, claim: Claim, benchmarks: Mapping[str, Benchmark], viewer: Viewer
) -> tuple[list[_Cells], list[str]]:
    """Values and draws on each benchmark that has all models, and the benchmarks that have not."""
    names = (*claim.first, *claim.second)
    versions = {each.name: each.version for each in benchmarks.values()}
    found = by_model(scores.latest_succeeded(session, versions, models=names, viewer=viewer))
    of = {name: [found.get(model, {}).get(name) for model in names] for name in benchmarks}
    whole = {
        name: [run for run in runs if run is not None and np.isfinite(run.score.value)] for name, runs in of.items()
    }
    whole = {name: runs for name, runs in whole.items() if len(runs) == len(names)}
    draws = dict(scores.draws(session, [run.run_id for runs in whole.values() for run in runs]))
    cells = [_of_benchmark(benchmarks[name], runs, draws) for name, runs in whole.items()]
    found_cells = [each for each in cells if len(each.draws) == len(names)]
    having = {each.benchmark.name for each in found_cells}
    return found_cells, [name for name in benchmarks if name not in having]


def _of_benchmark(benchmark: Benchmark, runs: Sequence[StoredScore], draws: Mapping[int, Draws]) -> _Cells:
    return _Cells(
        benchmark,
        [run.score.value for run in runs],
        [draws[run.run_id] for run in runs if run.run_id in draws],
    )


def _specification(cells: _Cells, claim: Claim, first: Sequence[bool], *, counted: bool) -> Specification:
    found = effect(np.array(cells.values)[:, None], [[each] for each in cells.draws], first)
    return Specification(cells.benchmark.name, found, verdict(found, claim.expects, claim.margin), counted)


def _study(group: Sequence[_Cells], claim: Claim, first: Sequence[bool], catalogue: Catalogue) -> StudyEffect:
    found = effect(
        np.array([each.values for each in group]).T,
        [[each.draws[model] for each in group] for model in range(len(first))],
        first,
    )
    named = dict.fromkeys(_origin(each.benchmark, catalogue) for each in group)
    return StudyEffect(
        ", ".join(named),
        tuple(each.benchmark.name for each in group),
        found,
        verdict(found, claim.expects, claim.margin),
    )


def _origin(benchmark: Benchmark, catalogue: Catalogue) -> str:
    """The data set, and which one subject it is of where it is of one."""
    subject = catalogue.datasets[benchmark.dataset].subject_of.get(benchmark.region)
    return f"{benchmark.dataset} ({subject})" if subject else benchmark.dataset


def _independent(cells: Sequence[_Cells], catalogue: Catalogue) -> list[list[_Cells]]:
    """Benchmarks in sets that share no images and no subjects with one another."""
    groups: list[tuple[set[str], list[_Cells]]] = []
    for each in cells:
        marks = {draws.stimulus_set for draws in each.draws} | {draws.subject_set for draws in each.draws} - {""}
        subject = catalogue.datasets[each.benchmark.dataset].subject_of.get(each.benchmark.region)
        marks |= {f"{each.benchmark.dataset} {subject}"} if subject else set()
        joined = [group for group in groups if group[0] & marks]
        groups = [group for group in groups if group not in joined]
        together = [cell for _, group in joined for cell in group]
        groups.append((marks.union(*(found for found, _ in joined)), [*together, each]))
    return [group for _, group in groups]


def _summary(studies: Sequence[StudyEffect], claim: Claim) -> tuple[Summary | None, str]:
    """All studies together; what all of them say is said, too, where two are too few for an interval."""
    known = [each for each in studies if each.effect.spread.variance > 0]
    if len(known) < 2:
        return None, studies[0].verdict
    found = random_effects(
        np.array([each.effect.value for each in known]), np.array([each.effect.spread.variance for each in known])
    )
    whole = Effect(found.value, found.interval, two_sided_p(found.value, found.spread), found.spread)
    said = {each.verdict for each in known}
    return found, said.pop() if len(said) == 1 else verdict(whole, claim.expects, claim.margin)
