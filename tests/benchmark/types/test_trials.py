"""BehaviouralAssembly and its observers x stimuli table against counting by dictionary."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.metrics.behaviour.correctness import correctness, correctness_by_condition, join
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly


def assembly_of(trials: list[tuple[str, str, str, str, str]]) -> BehaviouralAssembly:
    return BehaviouralAssembly(*(np.array(column) for column in zip(*trials, strict=True)))


@st.composite
def some_trials(draw: st.DrawFn) -> list[tuple[str, str, str, str, str]]:
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from("zyx"), st.sampled_from(["s1", "s10", "s2"]), st.sampled_from(["0", "bw"])),
            min_size=1,
            unique=True,
        )
    )
    return [(*key, draw(st.sampled_from(["cat", "dog", "na"])), draw(st.sampled_from(["cat", "dog"]))) for key in keys]


@settings(max_examples=80, deadline=None)
@given(some_trials())
def test_the_table_holds_every_trial_once(trials: list[tuple[str, str, str, str, str]]) -> None:
    told = {(o, s, c): answer == category for o, s, c, answer, category in trials}
    assembly = assembly_of(trials)
    seen = 0
    for condition, table in correctness_by_condition(assembly).items():
        assert table.observers == tuple(sorted({o for o, *_ in trials}))
        for i, observer in enumerate(table.observers):
            for j, stimulus in enumerate(table.stimulus_ids):
                assert table.shown[i, j] == ((observer, stimulus, condition) in told)
                assert table.correct[i, j] == told.get((observer, stimulus, condition), False)
        seen += int(table.shown.sum())
    assert seen == len(trials)


def test_what_cannot_be_trials_is_refused() -> None:
    trial = ("me", "s1", "0", "cat", "cat")
    with pytest.raises(InvalidDataError, match="1 trials repeat .*me s1"):
        assembly_of([trial, ("me", "s1", "0", "dog", "cat")])
    with pytest.raises(InvalidDataError, match="no trials"):
        BehaviouralAssembly(*(np.array([], dtype=str) for _ in range(5)))
    assert len(assembly_of([trial, ("me", "s1", "bw", "dog", "cat")])) == 2
    with pytest.raises(UnknownNameError, match="Unknown condition 'bw'"):
        correctness(assembly_of([trial]), condition="bw")


def test_selecting_keeps_columns_together() -> None:
    assembly = BehaviouralAssembly(
        np.array(["a", "b"]),
        np.array(["s", "s"]),
        np.array(["0", "0"]),
        np.array(["na", "cat"]),
        np.array(["cat", "cat"]),
        np.array([0.5, np.nan]),
    )
    chosen = assembly.select(assembly.correct)
    assert chosen.observers == ("b",)
    assert chosen.reaction_time_s is not None
    assert np.isnan(chosen.reaction_time_s).all()


def test_joining_keeps_shared_stimuli() -> None:
    people = assembly_of([(o, s, "0", "cat", "cat") for o in "ab" for s in ("s1", "s2", "s3")])
    model = assembly_of([("net", s, "0", "dog", "cat") for s in ("s0", "s3", "s2")])
    both = join(correctness(model, condition="0"), correctness(people, condition="0"))
    assert both.observers == ("net", "a", "b")
    assert both.stimulus_ids == ("s2", "s3")
    assert both.correct.tolist() == [[False, False], [True, True], [True, True]]
    with pytest.raises(InvalidDataError, match="in both groups"):
        join(correctness(people, condition="0"), correctness(people, condition="0"))
    other = assembly_of([("net", "s9", "0", "dog", "cat")])
    with pytest.raises(InvalidDataError, match="share no stimulus"):
        join(correctness(other, condition="0"), correctness(people, condition="0"))
