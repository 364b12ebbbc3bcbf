"""What the database of this home says of models: a leaderboard, and models against each other."""

from collections.abc import Sequence

from brainrank.api.repositories import models as stored_models
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.compare import Comparison, compare
from brainrank.api.services.leaderboard import Leaderboard, leaderboard
from brainrank.api.services.own_machine import own_database
from brainrank.api.services.refusals import NotFoundError
from brainrank.api.settings import Settings
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.ranking.conventions import chosen_convention
from brainrank.benchmark.types.errors import UnknownNameError, UserError


def own_leaderboard(
    benchmarks: Sequence[Benchmark], *, convention: str | None = None, settings: Settings
) -> Leaderboard:
    """The leaderboard of these benchmarks. Raises UnknownNameError for a convention that there is not."""
    shown = chosen_convention(convention, len(benchmarks))
    with own_database(settings) as begin, begin() as session:
        return leaderboard(session, benchmarks, convention=shown)


def own_comparison(
    models: Sequence[str], benchmarks: Sequence[Benchmark], *, convention: str | None = None, settings: Settings
) -> Comparison:
    """Models against each other on these benchmarks; errors as of `compare`, and UnknownNameError.

    That is raised for a model without a score, and for a convention that there is not.
    """
    shown, viewer = chosen_convention(convention, len(benchmarks)), Viewer(everything=True)
    with own_database(settings) as begin, begin() as session:
        known = stored_models.scored_models(session, viewer)
        for name in models:
            if name not in known:
                raise UnknownNameError("scored model", name, known, remedy="(brainrank score makes scores)")
        try:
            return compare(session, models, benchmarks, convention=shown, viewer=viewer)
        except NotFoundError as error:
            lacking = ", ".join(each.name for each in benchmarks[:3])
            raise UserError(
                f"One of {', '.join(models)} has no score on what they are compared on ({lacking}"
                f"{', ...' if len(benchmarks) > 3 else ''}); brainrank score makes one"
            ) from error
