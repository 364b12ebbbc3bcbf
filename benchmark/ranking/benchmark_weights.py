"""How much each benchmark weighs: groups equally, studies within a group equally, benchmarks within a study equally.

A study is one voice in its group, however many subjects or experiments its benchmarks are.
Defined in docs/conventions.md#means-over-benchmarks.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray


class Column(NamedTuple):
    """A counted benchmark of a board."""

    name: str
    group: str
    study: str


def shares(columns: Sequence[Column], has: Bool[ndarray, " benchmarks"]) -> Float[ndarray, " benchmarks"]:
    """Return the weight of each benchmark among those of `has`: they sum to 1, and are 0 for the others.

    1 / (groups * studies of the group * benchmarks of the study), all counted among `has`.
    """
    found = [column for column, there in zip(columns, has, strict=True) if there]
    groups = {column.group for column in found}
    studies = {(column.group, column.study) for column in found}
    weights = np.zeros(len(columns))
    for place, column in enumerate(columns):
        if has[place]:
            beside = sum(group == column.group for group, _ in studies)
            alike = sum((each.group, each.study) == (column.group, column.study) for each in found)
            weights[place] = 1 / (len(groups) * beside * alike)
    return weights


class CommonShares:
    """The weight of each benchmark in the comparison of any two models: `shares` of those that both have.

    Made for `rows` against all models: with 1,000 models the weights of all 100 benchmarks at once would be 800 MB.
    """

    def __init__(
        self, columns: Sequence[Column], has: Bool[ndarray, "models benchmarks"], rows: Bool[ndarray, " models"]
    ) -> None:
        self._columns, self._has = columns, has.astype(np.float32)
        self._rows = self._has[rows]
        self._studies = {
            group: list(dict.fromkeys(each.study for each in columns if each.group == group))
            for group in dict.fromkeys(each.group for each in columns)
        }
        self._beside = {
            group: np.sum([self._count_shared(group, study) > 0 for study in studies], axis=0, dtype=np.float32)
            for group, studies in self._studies.items()
        }
        groups = np.sum([beside > 0 for beside in self._beside.values()], axis=0, dtype=np.float32)
        self._groups = np.maximum(groups, 1)

    def of(self, place: int) -> Float[ndarray, "rows models"]:
        """The weight of the benchmark at a place, 0 for pairs that do not both have it."""
        column = self._columns[place]
        common = np.outer(self._rows[:, place], self._has[:, place]).astype(np.float64)
        alike = self._count_shared(column.group, column.study)
        return np.asarray(common / (self._groups * np.maximum(self._beside[column.group], 1) * np.maximum(alike, 1)))

    def _count_shared(self, group: str, study: str) -> Float[ndarray, "rows models"]:
        """How many benchmarks of a study both have."""
        places = [place for place, each in enumerate(self._columns) if (each.group, each.study) == (group, study)]
        return np.asarray(self._rows[:, places] @ self._has[:, places].T)
