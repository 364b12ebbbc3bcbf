"""A name of a model: of those who have it one shows it, also when two do at once."""

import threading
import time
from functools import partial

from sqlalchemy.orm import Session

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import models
from brainrank.benchmark.types.model_spec import ModelSpec


def take(session: Session, owner: str, name: str = "mine", *, public: bool = True, skeleton: str = "") -> str | None:
    return models.take_name(session, name, owner=owner, skeleton=skeleton or name, public=public)


def test_of_two_who_show_a_name_at_once_one_does(migrated_url: str) -> None:
    engine = open_database(migrated_url)
    begin = partial(transaction, engine)
    taken, answers = threading.Event(), dict[str, str | None]()

    def show() -> None:
        with begin() as session:
            answers["ada"] = take(session, "ada")
            taken.set()
            time.sleep(0.3)  # not committed yet: the other cannot see it

    first = threading.Thread(target=show)
    first.start()
    taken.wait()
    with begin() as session:
        assert take(session, "bob") == "mine"
        assert take(session, "ada") is None
    first.join()
    engine.dispose()
    assert answers == {"ada": None}


def test_what_nobody_sees_is_in_nobodys_way(migrated_url: str) -> None:
    engine = open_database(migrated_url)
    begin = partial(transaction, engine)
    with begin() as session:
        assert take(session, "ada", public=False) is None
        assert take(session, "bob", public=False) is None
        assert take(session, "bob", public=True) is None
        assert take(session, "ada", public=False) is None  # it was theirs before
        assert take(session, "ada", public=True) == "mine"
        assert take(session, "carol", public=False) == "mine"
        assert take(session, "carol", "m1ne", skeleton="mine", public=False) == "mine"
        assert take(session, "bob", "m1ne", skeleton="mine", public=True) is None
    engine.dispose()


def test_the_same_revision_is_a_row_of_each_owners(migrated_url: str) -> None:
    engine = open_database(migrated_url)
    spec = ModelSpec("mine", "unsorted", "classical:pixels")
    with transaction(engine) as session:
        rows = [models.model_row(session, spec, owner=owner).id for owner in ("ada", "bob", "", "ada", "")]
        assert rows == [rows[0], rows[1], rows[2], rows[0], rows[2]]
        assert len(set(rows)) == 3
        assert take(session, "carol") == "mine"  # nobody's, of the command line
    engine.dispose()
