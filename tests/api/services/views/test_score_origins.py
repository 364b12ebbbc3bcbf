"""Who made the scores: counted, and told anew when scores change."""

import shutil
from functools import partial
from pathlib import Path

from sqlalchemy import update
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import RunRow
from brainrank.api.services.views.score_origins import CachedOrigins
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in

IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def test_scores_are_counted_by_who_made_them(migrated_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    told = CachedOrigins(partial(transaction, engine), built_in())
    assert told.now().words == []
    with transaction(engine) as session:
        first = store(session, "a", IT, 0.1)
    assert told.now().counts == {"": 1}
    assert told.now().other_code == {first}
    assert told.now() is told.now()
    with transaction(engine) as session:
        theirs = store(session, "b", IT, 0.2)
        session.execute(update(RunRow).where(RunRow.id == theirs).values(origin="lab.gz"))
    assert told.now().counts == {"": 1, "lab.gz": 1}
    assert "1 score imported from lab.gz" in told.now().words
    engine.dispose()
