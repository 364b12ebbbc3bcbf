"""Conditions that do not count: those one names, and those that published numbers of an experiment leave out."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.metrics.behaviour.aggregation import PUBLISHED_EXCLUSIONS, scored_conditions
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.geirhos2021 import EXPERIMENTS


class PublishedExclusion(NamedTuple):
    """An experiment whose published numbers leave out conditions that these trials hold."""

    experiment: str
    conditions: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"Published numbers of {self.experiment} leave out condition {', '.join(self.conditions)}, which is here "
            f"counted; leave out the same with --published {self.experiment}"
        )


def leave_out(
    assembly: BehaviouralAssembly, *, exclude: Sequence[str] = (), published: str | None = None
) -> tuple[BehaviouralAssembly, tuple[str, ...]]:
    """The trials under the conditions that count, and those that do not: `exclude`, and those published without.

    Raises UnknownNameError for a condition or an experiment that is none, InvalidDataError when no condition is left
    or the trials hold none of those that are published.
    """

    excluded = tuple(dict.fromkeys([*exclude, *_published(assembly, published)]))
    conditions = scored_conditions(assembly, excluded=excluded)
    return (assembly.within(conditions) if excluded else assembly), excluded


def _published(assembly: BehaviouralAssembly, experiment: str | None) -> tuple[str, ...]:

    if experiment is None:
        return ()
    if experiment not in EXPERIMENTS:
        raise UnknownNameError("experiment of model-vs-human", experiment, EXPERIMENTS)
    listed = PUBLISHED_EXCLUSIONS.get(experiment, ())
    found = tuple(each for each in listed if each in assembly.conditions)
    if listed and not found:
        raise InvalidDataError(
            f"Published numbers of {experiment} leave out condition {', '.join(listed)}; these trials have "
            f"{', '.join(assembly.conditions[:12])} and none of them: give that experiment's trials, or exclude "
            "conditions by name"
        )
    return found


def find_published_exclusion(
    paths: Sequence[Path], assembly: BehaviouralAssembly, excluded: Sequence[str]
) -> PublishedExclusion | None:
    """The experiment that a folder or a file is named after, if conditions that it leaves out are counted.

    A file is named after it where its name begins with the experiment's, as `colour_subject-01_session_1.csv` does.
    """

    for experiment, listed in PUBLISHED_EXCLUSIONS.items():
        left = tuple(each for each in listed if each in assembly.conditions and each not in excluded)
        if left and any(_named_after(path, experiment) for path in paths):
            return PublishedExclusion(experiment, left)
    return None


def _named_after(path: Path, experiment: str) -> bool:
    parts = [part.lower() for part in path.absolute().parts]
    name = experiment.lower()
    return name in parts or parts[-1].partition("_")[0] == name or parts[-1] == f"{name}.csv"
