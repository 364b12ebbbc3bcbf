"""Boards over subjects: each model, or a pair of them, with the animal or person as the random factor."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import models, runs
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claim_cells import Cells, find_cells, with_common_scores
from brainrank.benchmark.claims.over_subjects import OverSubjects, over_benchmarks, over_subjects
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UserError


class SubjectLine(NamedTuple):
    """A model, or `first less second`, over subjects."""

    name: str
    found: OverSubjects


class SubjectBoard(NamedTuple):
    """Models over the subjects of benchmarks, from the highest mean; `same_images` where all subjects saw the same."""

    benchmarks: tuple[str, ...]
    subjects: tuple[str, ...]
    same_images: bool
    lines: list[SubjectLine]


def board_over_subjects(
    session: Session, benchmarks: Sequence[Benchmark], catalogue: Catalogue, viewer: Viewer, *, pair: Sequence[str] = ()
) -> SubjectBoard:
    """Every model over the subjects, or the difference of a `pair`.

    Of benchmarks that were each measured in one subject, those that half of the models have scores on, and the models
    that have all of these; of one benchmark of several subjects, these. Raises UserError where there are fewer than two
    subjects, NotFoundError where no model has scores of them.
    """
    alone = {each.name: each for each in benchmarks if catalogue.subject(each)}
    if not alone and len(benchmarks) != 1:
        raise UserError(
            f"{len(benchmarks)} benchmarks, none of which was measured in one subject; give one benchmark of several "
            "subjects, or benchmarks that are of one each (brainrank leaderboard v4 --over-subjects)"
        )
    asked = alone or {benchmarks[0].name: benchmarks[0]}
    names = with_common_scores(session, pair or list(models.scored_models(session, viewer)), asked, viewer)
    if not names or len(names) < len(pair):
        raise NotFoundError(f"No scores of {', '.join(pair) or 'models'} on {', '.join(list(asked)[:3])}")
    cells = find_cells(session, names, asked.values(), viewer).whole
    if alone:
        return _of_benchmarks(cells, catalogue, names, pair)
    return _of_one_study(session, cells[0], names, pair)


def _of_benchmarks(
    cells: Sequence[Cells], catalogue: Catalogue, names: Sequence[str], pair: Sequence[str]
) -> SubjectBoard:
    subjects = [f"{each.benchmark.dataset} {catalogue.subject(each.benchmark)}" for each in cells]
    if len(set(subjects)) < 2:
        raise UserError(f"All of it is of {subjects[0]}; how subjects differ is told from two or more")
    values = np.array([each.values for each in cells]).T
    lines = [
        SubjectLine(
            name,
            over_benchmarks(
                values[places], [[each.draws[place] for each in cells] for place in places], weights, subjects
            ),
        )
        for name, places, weights in _asked(names, pair)
    ]
    return SubjectBoard(
        tuple(each.benchmark.name for each in cells), tuple(dict.fromkeys(subjects)), False, _sorted(lines)
    )


def _of_one_study(session: Session, cells: Cells, names: Sequence[str], pair: Sequence[str]) -> SubjectBoard:
    whole = runs.with_curves(session, [run.run_id for run in cells.runs])
    by_model = [{each.subject: each.value for each in whole[run.run_id].per_subject} for run in cells.runs]
    subjects = [each for each in by_model[0] if all(np.isfinite(of.get(each, np.nan)) for of in by_model)]
    if len(subjects) < 2:
        told = f"{len(subjects)} subject{'s' * (len(subjects) != 1)} with a score of each model"
        raise UserError(f"{cells.benchmark.name} has {told}; two are needed")
    lines = []
    for name, places, weights in _asked(names, pair):
        of = {each: float(np.dot(weights, [by_model[place][each] for place in places])) for each in subjects}
        lines.append(SubjectLine(name, over_subjects(of)))
    return SubjectBoard((cells.benchmark.name,), tuple(subjects), True, _sorted(lines))


def _asked(names: Sequence[str], pair: Sequence[str]) -> list[tuple[str, list[int], list[float]]]:
    if pair:
        return [(f"{pair[0]} less {pair[1]}", [names.index(each) for each in pair], [1.0, -1.0])]
    return [(name, [place], [1.0]) for place, name in enumerate(names)]


def _sorted(lines: list[SubjectLine]) -> list[SubjectLine]:
    return sorted(lines, key=lambda each: -each.found.value)
