"""Leaderboards of four benchmarks and three models, in a database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Engine
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.standings import BoardKey, Selection
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in

V4, SECOND_V4 = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["cowley2023.v4-210225.encoding"]
IT, CKA = BENCHMARKS["kriegeskorte2008.human-it.rsa"], BENCHMARKS["kriegeskorte2008.human-it.cka"]
ALL = BoardKey("all", "raw")
HERE = (V4, SECOND_V4, IT, CKA)


class StoredBoards(NamedTuple):
    engine: Engine
    boards: LeaderboardCache

    def lines(self, key: BoardKey = ALL, *, sort: str = "mean", **selected: Any) -> list[dict[str, Any]]:
        shown = self.boards.page(key, Selection(**selected), sort=sort)
        return [json.loads(line) for line in shown.page.lines]

    def models(self, key: BoardKey = ALL, **selected: Any) -> list[str]:
        return [line["model"] for line in self.lines(key, **selected)]

    def store(self, *given: Any, **named: Any) -> int:
        with self.boards.begin() as session:
            return store(session, *given, **named)


@contextmanager
def opened(address: str) -> Iterator[StoredBoards]:
    """The boards in the database at an address."""
    engine = open_database(address)
    catalogue = Catalogue(built_in().datasets, {each.name: each for each in HERE})
    yield StoredBoards(engine, LeaderboardCache(partial(transaction, engine), catalogue))
    engine.dispose()


def fill(place: StoredBoards) -> None:
    """Store scores of three models, of which none has all benchmarks."""
    for model, v4, second, it in (("a", 0.6, 0.4, 0.2), ("b", 0.45, None, 0.4), ("c", 0.1, 0.1, None)):
        for benchmark, value in ((V4, v4), (SECOND_V4, second), (IT, it)):
            if value is not None:
                place.store(model, benchmark, value, spread=0.02)
    place.store("c", CKA, 0.9)
