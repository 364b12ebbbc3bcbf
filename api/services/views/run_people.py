"""What a run's model shares with each group of people, such as ages, and these with each other."""

from functools import lru_cache

from sqlalchemy.orm import Session

from brainrank.api.db.postgresql import may_be_idle
from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.observer_groups import (
    GroupAnalysis,
    compare_choices,
    compare_groups,
    tells_groups,
)
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices


def people_of_run(session: Session, run: StoredRun, catalogue: Catalogue, locations: Locations) -> GroupAnalysis:
    """The groups of people whose trials a run is scored on, and its model with each.

    Raises NotFoundError where people are in no groups, or what the model chose is not stored.
    """
    benchmark = catalogue.benchmark(run.benchmark)
    may_be_idle(session)  # while trials are read and resampled
    humans = catalogue.dataset(benchmark.dataset).assembly(benchmark.region, locations, Silent())
    if not isinstance(humans, BehaviouralAssembly) or not tells_groups(humans):
        raise NotFoundError(
            f"People of {run.benchmark} are in no groups: that is where each person has trials under one of several "
            "conditions, as in robustness2023.all-ages.error-consistency"
        )
    chosen = runs.choices(session, [run.run_id]).get(run.run_id)
    if chosen is None:
        raise NotFoundError(f"What {run.model} chose is not stored with run {run.run_id}; score it again")
    return of_model(chosen, humans, run.model)


def of_model(chosen: Choices, humans: BehaviouralAssembly, model: str) -> GroupAnalysis:
    """The groups of people with a model's choices, under its name."""
    found = compare_choices(chosen, humans)
    return GroupAnalysis(found.groups, found.cells, [each._replace(model=model) for each in found.models])


@lru_cache(4)
def of_people(humans: BehaviouralAssembly) -> GroupAnalysis | None:
    """The groups of people with each other, None where people are in none; kept while the trials are."""
    return compare_groups(humans, models=frozenset()) if tells_groups(humans) else None
