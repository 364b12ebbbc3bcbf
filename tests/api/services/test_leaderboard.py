"""The leaderboard from stored scores: groups, conventions, coverage, and benchmarks that rank nobody."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import runs
from brainrank.api.services.leaderboard import Leaderboard, leaderboard
from brainrank.benchmark.benchmarks import BENCHMARKS
from brainrank.benchmark.conventions import Convention, shown
from brainrank.benchmark.run import RunResult, Seconds
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import Detail, Interval, LayerScore, NoiseCeiling, Score, TargetScores

V4, SECOND_V4 = "cowley2023.v4-210325.encoding", "cowley2023.v4-210225.encoding"
IT, EDGES = "kriegeskorte2008.human-it.rsa", "geirhos2021.edge.error-consistency"
CEILING = NoiseCeiling(0.9, 0.9, interval=Interval(0.8, 0.95))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_database(f"sqlite:///{tmp_path / 'scores.db'}")
    with transaction(engine) as opened:
        yield opened
    engine.dispose()


def store(
    session: Session, model: str, benchmark: str, value: float, *, ceiling: NoiseCeiling = CEILING, spread: float = 0.01
) -> int:
    declared = BENCHMARKS[benchmark]
    draws = value + spread * np.random.default_rng(zlib.crc32(f"{model} {benchmark}".encode())).standard_normal(200)
    score = Score(
        value,
        "r",
        Interval(value - 2 * spread, value + 2 * spread),
        ceiling,
        layers=("a", "a", "b"),
        layer_curve=(LayerScore("a", value, 2 / 3), LayerScore("b", value - 0.1, 1 / 3)),
        per_target=TargetScores(("n1", "n2"), np.array([value, np.nan])),
        details=(Detail("accuracy", 0.5, 0.9),),
        resamples=draws,
    )
    receipt = Receipt(
        model, "classical:pixels", True, "", "", "", {}, (), "", "flatten", "float32", "cpu", "", benchmark,
        declared.version, {}, 0, "1", {},
    )  # fmt: skip
    stored = runs.add_succeeded(
        session, ModelSpec(model, "classical", "classical:pixels"), RunResult(score, receipt, Seconds(1.0, 2.0))
    )
    return stored.run_id


def board_of(session: Session, *names: str, convention: Convention = Convention.RAW) -> Leaderboard:
    return leaderboard(session, [BENCHMARKS[name] for name in names], convention=convention)


def test_a_group_is_one_voice_whatever_its_size(session: Session) -> None:
    for benchmark, value in ((V4, 0.6), (SECOND_V4, 0.4), (IT, 0.2)):
        store(session, "first", benchmark, value)
    (row,) = board_of(session, V4, SECOND_V4, IT, EDGES).rows
    assert row.groups == pytest.approx({"v4": 0.5, "it": 0.2})
    assert row.value == pytest.approx(0.35)
    assert row.coverage == 3
    assert row.interval.low < 0.35 < row.interval.high


def test_conventions_are_made_from_raw_values(session: Session) -> None:
    """The worked example of CONVENTIONS, section 2: raw .2255 with ceiling .8158 is .0623 and .0764."""
    store(session, "first", V4, 0.2255, ceiling=NoiseCeiling(0.8158**0.5, 0.8158**0.5))
    store(session, "first", EDGES, 0.1, ceiling=NoiseCeiling(0.4, 0.4))
    found = {each: board_of(session, V4, EDGES, convention=each).rows[0] for each in Convention}
    assert found[Convention.BRAINSCORE_2026].values[V4] == pytest.approx(0.0623, abs=5e-5)
    assert found[Convention.BRAINSCORE_2025].values[V4] == pytest.approx(0.0764, abs=5e-5)
    assert found[Convention.BRAINSCORE_2026].values[EDGES] == pytest.approx(0.25)
    assert found[Convention.RAW].values == {V4: 0.2255, EDGES: 0.1}
    only_people = found[Convention.MODEL_VS_HUMAN]
    assert (only_people.coverage, only_people.value) == (1, 0.1)


def test_a_share_of_no_ceiling_is_no_number() -> None:
    unknown = NoiseCeiling(np.nan, np.nan, "averages only")
    for convention in (Convention.BRAINSCORE_2025, Convention.BRAINSCORE_2026):
        assert np.isnan(shown(np.array([0.3]), metric="encoding", ceiling=unknown, convention=convention)).all()
        below = shown(np.array([-0.3]), metric="encoding", ceiling=NoiseCeiling(0.9, 0.9), convention=convention)
        assert below[0] < 0


def test_a_ceiling_that_cannot_be_told_from_zero_ranks_nobody(session: Session) -> None:
    unreliable = NoiseCeiling(0.1, 0.2, interval=Interval(-0.05, 0.3))
    for model, value in (("good", 0.9), ("bad", 0.1)):
        store(session, model, V4, value, ceiling=unreliable)
    board = board_of(session, V4)
    assert board.unreliable == [V4]
    assert [(row.rank, row.coverage) for row in board.rows] == [(None, 0), (None, 0)]
    assert board.rows[0].values[V4] in {0.9, 0.1}
    store(session, "bad", IT, 0.3)
    first = board_of(session, V4, IT).rows[0]
    assert (first.model, first.rank, first.value) == ("bad", 1, 0.3)


def test_everything_kept_beside_a_score_is_found_again(session: Session) -> None:
    found = runs.find_run(session, store(session, "first", V4, 0.5))
    assert found.seconds == {"extracting": 1.0, "scoring": 2.0}
    assert found.score.details == (Detail("accuracy", 0.5, 0.9),)
    assert found.score.ceiling == CEILING
    assert [each.won for each in found.score.layer_curve] == pytest.approx([2 / 3, 1 / 3])
    assert found.score.per_target is not None
    assert found.score.per_target.targets == ("n1", "n2")
    np.testing.assert_array_equal(found.score.per_target.values, [0.5, np.nan])


def test_another_measure_of_the_same_data_counts_on_its_own_board_only(session: Session) -> None:
    again = "kriegeskorte2008.human-it.cka"
    store(session, "first", IT, 0.2)
    store(session, "first", again, 0.8)
    (row,) = board_of(session, IT, again).rows
    assert (row.value, row.coverage, row.values[again]) == (0.2, 1, 0.8)
    (alone,) = board_of(session, again).rows
    assert (alone.value, alone.coverage, alone.rank) == (0.8, 1, 1)


def test_a_study_is_one_voice_in_its_group(session: Session) -> None:
    for experiment, value in (("edge", 0.1), ("silhouette", 0.2), ("cue-conflict", 0.3)):
        store(session, "first", f"geirhos2021.{experiment}.error-consistency", value)
    store(session, "first", "kriegeskorte2008.judgements.rsa", 0.6)
    names = [each for each in BENCHMARKS if BENCHMARKS[each].group == "behaviour"]
    (row,) = board_of(session, *names).rows
    assert row.value == pytest.approx(0.4)
    assert row.interval.low < 0.4 < row.interval.high
    assert row.coverage == 4
