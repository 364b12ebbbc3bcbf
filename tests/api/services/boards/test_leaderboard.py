"""The leaderboard from stored scores: groups, conventions, coverage, who has a rank, benchmarks that rank nobody."""

import numpy as np
import pytest
from golden import NORMALISED, RAW, RELIABILITY
from sqlalchemy.orm import Session
from stored_scores import CEILING, store

from brainrank.api.repositories import runs
from brainrank.api.services.boards.leaderboard import Leaderboard, leaderboard
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.conventions import NO_SHARES
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.score import Detail, Interval, NoiseCeiling

V4, SECOND_V4 = "cowley2023.v4-210325.encoding", "cowley2023.v4-210225.encoding"
IT, EDGES = "kriegeskorte2008.human-it.rsa", "geirhos2021.edge.error-consistency"
EVC = "cichy2014.evc.rsa"
NO_CEILING = NoiseCeiling(np.nan, np.nan, "averages only")


def scored(session: Session, model: str, benchmark: str, value: float, *, ceiling: NoiseCeiling = CEILING) -> int:
    return store(session, model, BENCHMARKS[benchmark], value, ceiling=ceiling)


def board_of(session: Session, *names: str, convention: Convention | None = Convention.RAW) -> Leaderboard:
    return leaderboard(session, [BENCHMARKS[name] for name in names], convention=convention)


def test_a_group_is_one_voice_whatever_its_size(session: Session) -> None:
    for benchmark, value in ((V4, 0.6), (SECOND_V4, 0.4), (IT, 0.2)):
        scored(session, "first", benchmark, value)
    (row,) = board_of(session, V4, SECOND_V4, IT, EDGES).rows
    assert row.groups == pytest.approx({"v4": 0.5, "it": 0.2})
    assert row.value == pytest.approx(0.35)
    assert (row.coverage, row.rank, row.reason, row.deduction) == (3, 1, "", 0)
    assert row.interval.low < 0.35 < row.interval.high


def test_of_the_models_that_are_named_places_are_among_these(session: Session) -> None:
    for number, name in enumerate(("low", "middle", "high")):
        scored(session, name, IT, 0.1 + 0.3 * number)
    found = leaderboard(session, [BENCHMARKS[IT]], convention=Convention.RAW, models=["low", "middle", "no such"])
    assert [row.model for row in found.rows] == ["middle", "low"]
    assert max(row.last_rank for row in found.rows if row.last_rank is not None) <= 2


def test_conventions_are_made_from_raw_values(session: Session) -> None:
    """The worked example of docs/conventions.md#golden-values."""
    scored(session, "first", V4, RAW, ceiling=NoiseCeiling(RELIABILITY**0.5, RELIABILITY**0.5))
    scored(session, "first", EDGES, 0.1, ceiling=NoiseCeiling(0.4, 0.4))
    found = {each: board_of(session, V4, EDGES, convention=each).rows[0] for each in Convention}
    for convention, value in NORMALISED:
        assert found[Convention(convention)].values[V4] == pytest.approx(value, abs=5e-5)
    assert found[Convention.BRAINSCORE_2026].values[EDGES] == pytest.approx(0.25)
    assert found[Convention.RAW].values == {V4: RAW, EDGES: 0.1}
    assert found[Convention.EXPLAINED].values == pytest.approx({V4: RAW / RELIABILITY**0.5, EDGES: 0.25})
    only_people = found[Convention.MODEL_VS_HUMAN]
    assert (only_people.coverage, only_people.value) == (1, pytest.approx(0.1))


def test_a_share_needs_a_ceiling_and_says_so(session: Session) -> None:
    scored(session, "first", V4, 0.45)
    scored(session, "first", IT, 0.5, ceiling=NO_CEILING)
    board = board_of(session, V4, IT, convention=Convention.EXPLAINED)
    assert board.uncounted == {IT: "it has no noise ceiling above zero"}
    assert [each.name for each in board.counted] == [V4]
    (row,) = board.rows
    assert (row.coverage, row.rank) == (1, 1)
    assert row.value == pytest.approx(0.5)
    assert np.isnan(row.values[IT])
    assert row.scores[IT].value == 0.5
    # Of one counted benchmark the interval is the score's own, on the board's scale.
    assert (row.interval.low, row.interval.high) == pytest.approx((0.43 / 0.9, 0.47 / 0.9))
    assert not board_of(session, V4, IT).uncounted


def test_scores_of_one_metric_that_have_no_ceiling_are_ranked_as_stored_and_it_is_said(session: Session) -> None:
    for model, value in (("good", 0.9), ("bad", 0.1)):
        for benchmark in (V4, SECOND_V4):
            scored(session, model, benchmark, value, ceiling=NO_CEILING)
    usual = board_of(session, V4, SECOND_V4, EDGES, convention=None)
    assert usual.convention is Convention.RAW
    assert usual.convention_reason == NO_SHARES
    assert [(row.model, row.rank) for row in usual.rows] == [("good", 1), ("bad", 2)]
    asked = board_of(session, V4, SECOND_V4, convention=Convention.EXPLAINED)
    assert ([row.rank for row in asked.rows], asked.convention_reason) == ([None, None], "")
    scored(session, "good", EDGES, 0.3, ceiling=NO_CEILING)  # of another unit: there is no mean of both
    mixed = board_of(session, V4, SECOND_V4, EDGES, convention=None)
    assert (mixed.convention, mixed.counted) == (Convention.EXPLAINED, [])
    scored(session, "bad", SECOND_V4, 0.4)
    with_one = board_of(session, V4, SECOND_V4, convention=None)
    assert (with_one.convention, with_one.convention_reason) == (Convention.EXPLAINED, "")
    assert board_of(session, V4, convention=None).convention_reason == ""


def test_a_ceiling_that_cannot_be_told_from_zero_ranks_nobody(session: Session) -> None:
    unreliable = NoiseCeiling(0.1, 0.2, interval=Interval(-0.05, 0.3))
    for model, value in (("good", 0.9), ("bad", 0.1)):
        scored(session, model, V4, value, ceiling=unreliable)
    unreliable_words = {V4: "unreliable: its noise ceiling cannot be told from zero"}
    board = board_of(session, V4)
    assert board.uncounted == unreliable_words
    assert [(row.rank, row.coverage) for row in board.rows] == [(None, 0), (None, 0)]
    assert board.rows[0].reason == "no benchmark of this board counts"
    assert board.rows[0].values[V4] in {0.9, 0.1}
    scored(session, "bad", IT, 0.3)
    both = board_of(session, V4, IT)
    assert both.uncounted == unreliable_words
    first = both.rows[0]
    assert (first.model, first.rank, first.value) == ("bad", 1, pytest.approx(0.3))


def test_everything_kept_beside_a_score_is_found_again(session: Session) -> None:
    found = runs.find_run(session, scored(session, "first", V4, 0.5))
    assert found.seconds == {"extracting": 1.0, "scoring": 2.0}
    assert found.score.details == (Detail("accuracy", 0.5, 0.9),)
    assert found.score.ceiling == CEILING
    assert [each.won for each in found.score.layer_curve] == pytest.approx([2 / 3, 1 / 3])
    assert found.score.per_target is not None
    assert found.score.per_target.targets == ("n1", "n2")
    np.testing.assert_array_equal(found.score.per_target.values, [0.5, np.nan])


def test_another_measure_of_the_same_data_counts_on_its_own_board_only(session: Session) -> None:
    again = "kriegeskorte2008.human-it.cka"
    scored(session, "first", IT, 0.2)
    scored(session, "first", again, 0.8)
    board = board_of(session, IT, again)
    (row,) = board.rows
    assert (row.value, row.coverage, row.values[again]) == (pytest.approx(0.2), 1, 0.8)
    words = "it ranks in its own group alone: it measures again what another one does, or something beside likeness"
    assert board.uncounted == {again: words}
    (alone,) = board_of(session, again).rows
    assert (alone.value, alone.coverage, alone.rank) == (pytest.approx(0.8), 1, 1)


def test_a_study_is_one_voice_in_its_group(session: Session) -> None:
    for experiment, value in (("edge", 0.1), ("silhouette", 0.2), ("cue-conflict", 0.3)):
        scored(session, "first", f"geirhos2021.{experiment}.error-consistency", value)
    scored(session, "first", "kriegeskorte2008.judgements.rsa", 0.6)
    names = [each for each in BENCHMARKS if BENCHMARKS[each].group == "behaviour"]
    (row,) = board_of(session, *names).rows
    assert row.value == pytest.approx(0.4)
    assert row.interval.low < 0.4 < row.interval.high
    assert row.coverage == 4


def test_one_easy_benchmark_is_no_rank_and_no_first_place(session: Session) -> None:
    """A weak model on the easiest benchmark alone stood first, above models that beat it there."""
    everything = {V4: 0.8, IT: 0.2, EDGES: 0.1, EVC: 0.2}
    for model, better in (("strong", 0.05), ("middling", 0.02)):
        for benchmark, value in everything.items():
            scored(session, model, benchmark, value + better)
    scored(session, "easy", V4, 0.79)
    board = board_of(session, *everything)
    assert [row.model for row in board.rows] == ["strong", "middling", "easy"]
    easy = board.rows[-1]
    assert (easy.rank, easy.last_rank, easy.coverage) == (None, None, 1)
    assert easy.reason == (
        "1 of 4 counted benchmarks; a rank needs at least 2 and one in each group (none in it, behaviour, early-visual)"
    )
    assert easy.value < board.rows[0].value


def test_who_lacks_a_benchmark_is_compared_on_what_both_have(session: Session) -> None:
    names = (V4, SECOND_V4, IT)
    for model, values in {"a": (0.5, 0.4, 0.3), "b": (0.3, 0.2, 0.1), "c": (0.35, 0.26, 0.14)}.items():
        for benchmark, value in zip(names, values, strict=True):
            scored(session, model, benchmark, value)
    scored(session, "d", V4, 0.7)
    scored(session, "d", IT, 0.6)
    board = board_of(session, *names)
    first = board.rows[0]
    assert (first.model, first.rank, first.last_rank, first.coverage) == ("d", 1, 1, 2)
    assert first.deduction > 0
    assert [row.deduction for row in board.rows[1:]] == [0, 0, 0]
    # V4's second session is about .1 lower for all others, so that d's mean of .65 is taken for .62 or so.
    assert 0.6 < first.value < 0.65


def test_models_that_share_no_benchmark_have_no_common_scale(session: Session) -> None:
    for model in ("a", "b"):
        scored(session, model, V4, 0.5)
        scored(session, model, SECOND_V4, 0.5)
    scored(session, "c", IT, 0.9)
    row = next(row for row in board_of(session, V4, SECOND_V4, IT).rows if row.model == "c")
    assert np.isnan(row.value)
    assert row.rank is None
    assert f"score it on one of theirs: {V4}, {SECOND_V4}" in row.reason
    assert row.groups == {"it": pytest.approx(0.9)}
