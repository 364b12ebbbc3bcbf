"""A name of a model has one owner, also when two ask for it at once."""

import threading
import time
from functools import partial

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import models
from brainrank.benchmark.types.model_spec import ModelSpec


def test_of_two_who_take_a_name_at_once_one_has_it(database_url: str) -> None:
    engine = open_database(database_url)
    begin = partial(transaction, engine)
    taken, answers = threading.Event(), dict[str, bool]()

    def take(owner: str, source: str) -> None:
        with begin() as session:
            spec = ModelSpec("mine", "unsorted", source)
            answers[owner] = models.take_name(session, spec, owner=owner)
            models.model_row(session, spec, owner=owner)
            taken.set()
            time.sleep(0.3)  # not committed yet: the other cannot see the model

    first = threading.Thread(target=take, args=("ada", "timm:resnet18@random"))
    first.start()
    taken.wait()
    with begin() as session:
        assert not models.take_name(session, ModelSpec("mine", "unsorted", "timm:vgg11@random"), owner="bob")
        assert models.take_name(session, ModelSpec("mine", "unsorted", "timm:vgg11@random"), owner="ada")
    first.join()
    engine.dispose()
    assert answers == {"ada": True}
