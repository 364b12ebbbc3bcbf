"""What the database of this home says of models: a leaderboard, and models against each other."""

from collections.abc import Sequence

from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.comparison import Comparison, compare
from brainrank.api.services.boards.leaderboard import Leaderboard, leaderboard
from brainrank.api.services.boards.scored_models import require_scored
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.conventions import named_convention


def own_leaderboard(
    benchmarks: Sequence[Benchmark],
    *,
    convention: str | None = None,
    settings: Settings,
    models: Sequence[str] | None = None,
) -> Leaderboard:
    """The leaderboard of these benchmarks, of all models or those named.

    Raises UnknownNameError for a convention that there is not.
    """
    shown = named_convention(convention)
    with own_database(settings) as begin, begin() as session:
        return leaderboard(session, benchmarks, convention=shown, models=models)


def own_comparison(
    models: Sequence[str], benchmarks: Sequence[Benchmark], *, convention: str | None = None, settings: Settings
) -> Comparison:
    """Models against each other on these benchmarks.

    Raises UnknownNameError for a model without a score and for a convention that there is not, and as `compare`.
    """
    shown, viewer = named_convention(convention), Viewer(everything=True)
    with own_database(settings) as begin, begin() as session:
        require_scored(session, models, viewer)
        return compare(session, models, benchmarks, convention=shown, viewer=viewer)
