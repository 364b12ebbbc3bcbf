"""Models side by side: their scores, and the differences to one of them, as pages and figures show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.comparison import Comparison, Pair, compare
from brainrank.benchmark.ranking.places import LEVEL
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.convention import Convention

# More than six can hardly be told apart in one picture.
FEWEST, MOST = 2, 6


@dataclass(frozen=True)
class SideBySide:
    """A comparison as it is shown."""

    comparison: Comparison

    @property
    def models(self) -> Sequence[str]:
        """The models, the one that the others are compared with first."""
        return list(self.comparison.means)

    @property
    def scores(self) -> Mapping[str, Mapping[str, StoredScore]]:
        """The models' raw scores by benchmark."""
        return self.comparison.scores

    def is_raw(self, benchmark: str | None) -> bool:
        """Whether differences on a benchmark are of raw scores, as the convention defines nothing there."""
        pairs = () if benchmark is None else self.comparison.benchmarks[benchmark]
        return any(each.convention != self.comparison.convention for each in pairs)

    def differences(self, benchmark: str | None) -> Mapping[str, Pair]:
        """The first model less each other that has the benchmark (of the mean, where it is None), by the other."""
        pairs = self.comparison.mean if benchmark is None else self.comparison.benchmarks[benchmark]
        return {each.second: each for each in pairs if each.first == self.models[0]}


def side_by_side(
    session: Session,
    models: Sequence[str],
    benchmarks: Sequence[Benchmark],
    *,
    convention: Convention | None,
    viewer: Viewer,
) -> SideBySide:
    """Put models side by side; errors as of `compare`."""
    return SideBySide(compare(session, models, benchmarks, convention=convention, viewer=viewer))


def is_told_apart(pair: Pair) -> bool:
    """Whether the difference is told from zero after correction, as a leaderboard's ranks take it."""
    return pair.q < LEVEL
