"""Models side by side: the scores shown are those compared, read once."""

from sqlalchemy import event
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.boards.side_by_side import side_by_side
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.convention import Convention

V4, IT = BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def test_scores_are_those_compared_and_read_once(session: Session) -> None:
    runs = {
        (model, each.name): store(session, model, each, value, spread=0.02)
        for model, value in (("a", 0.5), ("b", 0.4), ("c", 0.3))
        for each in (V4, IT)
        if (model, each) != ("b", IT)
    }
    sent: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *heard: sent.append(heard[2]))
    found = side_by_side(session, ["b", "a"], [V4, IT], convention=Convention.EXPLAINED, viewer=EVERYBODY)
    assert {(model, name): score.run_id for model, row in found.scores.items() for name, score in row.items()} == {
        key: run for key, run in runs.items() if key[0] != "c"
    }
    assert found.scores["b"][V4.name].score.value == 0.4  # as stored, whatever the convention
    assert found.models == ["b", "a"]
    assert sum("JOIN scores" in each for each in sent) == 1
