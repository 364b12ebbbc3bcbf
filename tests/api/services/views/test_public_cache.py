"""What is made of public scores is made once for each key and state of them, whoever asks."""

import shutil
import threading
from functools import partial
from pathlib import Path

from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.views.public_cache import PublicCache
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS


def test_each_is_made_once_until_scores_change(migrated_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    cache, made = PublicCache[str](partial(transaction, engine)), list[str]()

    def make(key: str) -> str:
        made.append(key)
        return f"{key} {len(made)}"

    asking = [threading.Thread(target=lambda: cache.get("one", lambda _: make("one"))) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert cache.get("one", lambda _: make("one")) == "one 1"
    assert cache.get("other", lambda _: make("other")) == "other 2"
    with transaction(engine) as session:
        store(session, "a", BENCHMARKS["kriegeskorte2008.human-it.rsa"], 0.1)
    assert cache.get("one", lambda _: make("one")) == "one 3"
    assert made == ["one", "other", "one"]
    engine.dispose()
