"""Boards of one's own database: models by what is stored here, private scores in comparisons too."""

from pathlib import Path

import pytest
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.boards.local_boards import own_comparison, own_leaderboard
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import UnknownNameError

V4, IT = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["kriegeskorte2008.human-it.rsa"]


@pytest.fixture
def settings(tmp_path: Path, migrated_sqlite: str) -> Settings:
    """Those of a home with scores of two models, and a private one of a third."""
    engine = open_database(migrated_sqlite)
    with transaction(engine) as session:
        for model, value in (("a", 0.6), ("b", 0.4)):
            store(session, model, V4, value)
            store(session, model, IT, value / 2)
        store(session, "mine", V4, 0.5, public=False)
    engine.dispose()
    return Settings(home=tmp_path, mirror=None, database_url=migrated_sqlite)


def test_the_board_is_by_the_usual_convention_or_the_one_named(settings: Settings) -> None:
    found = own_leaderboard([V4, IT], settings=settings)
    assert (found.convention, [row.model for row in found.rows]) == ("explained", ["a", "b"])
    assert own_leaderboard([V4], settings=settings).convention == "raw"
    named = own_leaderboard([V4, IT], convention="raw", settings=settings)
    assert (named.convention, named.rows[0].value) == ("raw", pytest.approx(0.45))
    with pytest.raises(UnknownNameError, match="did you mean explained"):
        own_leaderboard([V4], convention="explaned", settings=settings)


def test_models_are_compared_whoever_may_see_their_scores(settings: Settings) -> None:
    found = own_comparison(["a", "mine"], [V4], settings=settings)
    assert list(found.means) == ["a", "mine"]
    assert found.benchmarks[V4.name][0].paired.difference == pytest.approx(0.1)
    with pytest.raises(UnknownNameError, match="Unknown scored model 'nobody'"):
        own_comparison(["a", "nobody"], [V4], settings=settings)
