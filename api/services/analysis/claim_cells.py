"""The stored scores that a claim is looked up in: all its models on each benchmark, with their draws."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.cells import by_model
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.derived import fitting_metrics
from brainrank.benchmark.types.score import Draws


class Cells(NamedTuple):
    """A benchmark with the runs of some models, in their order, and the draws of each."""

    benchmark: Benchmark
    runs: Sequence[StoredScore]
    draws: Sequence[Draws]

    @property
    def values(self) -> list[float]:
        """The scores."""
        return [run.score.value for run in self.runs]


class FoundCells(NamedTuple):
    """The benchmarks that have scores of all models, and the names of those that have not."""

    whole: list[Cells]
    lacking: list[str]


def find_cells(session: Session, models: Sequence[str], benchmarks: Iterable[Benchmark], viewer: Viewer) -> FoundCells:
    """Values and draws of these models on each benchmark that has all of them."""
    named = {each.name: each for each in benchmarks}
    versions = {name: each.version for name, each in named.items()}
    found = by_model(scores.latest_succeeded(session, versions, models=models, viewer=viewer))
    of = {name: [found.get(model, {}).get(name) for model in models] for name in named}
    whole = {
        name: [run for run in runs if run is not None and np.isfinite(run.score.value)] for name, runs in of.items()
    }
    whole = {name: runs for name, runs in whole.items() if len(runs) == len(models)}
    draws = dict(scores.draws(session, [run.run_id for runs in whole.values() for run in runs]))
    cells = [
        Cells(named[name], runs, [draws[run.run_id] for run in runs if run.run_id in draws])
        for name, runs in whole.items()
    ]
    with_draws = [each for each in cells if len(each.draws) == len(models)]
    having = {each.benchmark.name for each in with_draws}
    return FoundCells(with_draws, [name for name in named if name not in having])


def with_common_scores(
    session: Session, names: Sequence[str], asked: Mapping[str, Benchmark], viewer: Viewer
) -> list[str]:
    """The models with a score on every benchmark that at least half of those with any score have one on."""
    versions = {name: each.version for name, each in asked.items()}
    found = by_model(scores.latest_succeeded(session, versions, models=names, viewer=viewer))
    names = [name for name in names if name in found]
    has = {
        name: {model for model in names if name in found.get(model, {}) and np.isfinite(found[model][name].score.value)}
        for name in asked
    }
    of_half = [models for models in has.values() if models and len(models) >= len(names) / 2]
    return [name for name in names if of_half and all(name in models for models in of_half)]


def of_same_recordings(asked: Iterable[Benchmark], catalogue: Catalogue) -> Mapping[str, Benchmark]:
    """Every benchmark of the same regions, declared or by a metric that fits what was measured there."""
    recordings = dict.fromkeys((each.dataset, each.region) for each in asked)
    declared = [each for each in catalogue.benchmarks.values() if (each.dataset, each.region) in recordings]
    fitting = [
        catalogue.benchmark(f"{dataset}.{region}.{metric}")
        for dataset, region in recordings
        for metric in fitting_metrics(catalogue.datasets[dataset], region)
    ]
    return {each.name: each for each in (*declared, *fitting)}


def origin(benchmark: Benchmark, catalogue: Catalogue) -> str:
    """The data set, and which one subject it is of where it is of one."""
    subject = catalogue.subject(benchmark)
    return f"{benchmark.dataset} ({subject})" if subject else benchmark.dataset


def independent_studies(cells: Sequence[Cells], catalogue: Catalogue) -> list[list[Cells]]:
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
