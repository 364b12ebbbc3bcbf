"""Error consistency of one's own trials: kappas of pairs, who is compared with whom, what names nobody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_check import ROUNDING, check
from sklearn.metrics import cohen_kappa_score

from brainrank.api.services.analysis.consistency import Among, Analysis, compare_observers, models_among, under
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly

DRAWS = 60
BETWEEN, SHARES = (-1.0, 1.0), (0.0, 1.0)
COLUMNS = ("observer", "stimulus_id", "condition", "response", "category")
WHO = ("ann", "ben", "resnet18", "resnet50")
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def trials(right: np.ndarray, *, conditions: int = 1) -> BehaviouralAssembly:
    """Those of people and networks, by who was right on what."""
    n = right.shape[1]
    return BehaviouralAssembly(
        observer=np.repeat(WHO[: len(right)], n),
        stimulus_id=np.tile([f"i{k:03d}" for k in range(n)], len(right)),
        condition=np.tile([f"c{k % conditions}" for k in range(n)], len(right)),
        response=np.where(right, "cat", "dog").ravel(),
        category=np.full(right.size, "cat"),
    )


def analysed(assembly: BehaviouralAssembly, *models: str, minimum: int = 2, by_condition: bool = False) -> Analysis:
    return compare_observers(
        assembly, models=frozenset(models), convention=UndefinedKappa.RAW, minimum=minimum,
        by_condition=by_condition, draws=DRAWS, seed=0,
    )  # fmt: skip


RIGHT = np.random.default_rng(0).random((4, 30)) < 0.6


def test_kappas_of_pairs_are_scikit_learns() -> None:
    found = {(each.first, each.second): each.kappa for each in analysed(trials(RIGHT)).pairs}
    assert len(found) == 6
    for (first, second), kappa in found.items():
        expected = cohen_kappa_score(RIGHT[WHO.index(first)], RIGHT[WHO.index(second)])
        assert kappa == pytest.approx(expected)


def test_who_is_compared_with_whom() -> None:
    assembly = trials(RIGHT, conditions=2)
    found = analysed(assembly, "resnet18", "resnet50", by_condition=True)
    kinds = [Among.PEOPLE, Among.MODEL_WITH_PEOPLE, Among.MODEL_WITH_PEOPLE, Among.MODELS_WITH_PEOPLE, Among.MODELS]
    assert [each.among for each in found.groups] == kinds
    assert {name: [each.among for each in groups] for name, groups in found.by_condition.items()} == {
        "c0": kinds,
        "c1": kinds,
    }
    assert [each.among for each in analysed(assembly).groups] == [Among.ALL]
    assert analysed(assembly).by_condition == {}
    assert found.mean_accuracy(of_models=True) == pytest.approx(RIGHT[2:].mean())
    assert found.mean_accuracy(of_models=False) == pytest.approx(RIGHT[:2].mean())
    assert np.isnan(analysed(assembly).mean_accuracy(of_models=True))


def test_models_are_named_by_patterns() -> None:
    assembly = trials(RIGHT)
    assert models_among(assembly, ["resnet*"]) == {"resnet18", "resnet50"}
    assert models_among(assembly, []) == frozenset()
    with pytest.raises(UnknownNameError, match="observer 'resent18': did you mean resnet18"):
        models_among(assembly, ["resent18"])


def test_trials_under_some_conditions() -> None:
    assembly = trials(RIGHT, conditions=3)
    assert under(assembly, []) is assembly
    assert under(assembly, ["c1"]).conditions == ("c1",)
    assert len(under(assembly, ["c0", "c1"])) == len(assembly) * 2 // 3
    with pytest.raises(UnknownNameError, match="condition 'c9'"):
        under(assembly, ["c9"])


def test_too_few_shared_trials_are_told_with_the_most_there_are() -> None:
    assembly = trials(RIGHT[:2])
    saw = (assembly.observer == "ann") == (assembly.stimulus_id < "i018")
    saw |= assembly.stimulus_id < "i007"  # the seven that both saw
    apart = BehaviouralAssembly(*(getattr(assembly, each)[saw] for each in COLUMNS))
    with pytest.raises(InvalidDataError, match="share 8 trials of a condition, the most are 7"):
        analysed(apart, minimum=8)
    assert analysed(apart, minimum=7).partial
    with pytest.raises(InvalidDataError, match="one observer, ann"):
        analysed(trials(RIGHT[:1]))


@examples
@given(
    seed=seeds,
    n=st.integers(4, 60),
    observers=st.integers(2, 6),
    accuracy=st.sampled_from([0.0, 0.5, 0.97, 1.0]),
    partial=st.booleans(),
    conditions=st.integers(1, 2),
    models=st.sampled_from([frozenset[str](), frozenset({"p0"}), frozenset({"p0", "p1"})]),
    convention=st.sampled_from(list(UndefinedKappa)),
)
def test_intervals_hold_their_estimates_on_random_and_extreme_data(
    seed, n, observers, accuracy, partial, conditions, models, convention
):
    rng = np.random.default_rng(seed)
    seen = rng.random((observers, n)) < (0.6 if partial else 1.0)
    seen[:, : 2 * conditions] = True
    who, what = np.nonzero(seen)
    right = (rng.random((observers, n)) < accuracy)[who, what]
    trials = BehaviouralAssembly(
        observer=np.array([f"p{place}" for place in who]),
        stimulus_id=np.array([f"i{place:03d}" for place in what]),
        condition=np.array([f"c{place % conditions}" for place in what]),
        response=np.where(right, "cat", "dog"),
        category=np.full(len(who), "cat"),
    )
    told = compare_observers(
        trials, models=models, convention=convention, minimum=2, by_condition=True, draws=DRAWS, seed=0
    )
    groups = [each.means for each in told.groups]
    groups += [each.means for condition in told.by_condition.values() for each in condition]
    for each in (*told.pairs, *groups):
        check(each.kappa, each.interval, BETWEEN)
        check(each.observed, each.observed_interval, SHARES)
        check(each.accuracy_difference, each.accuracy_difference_interval, SHARES)
    for each in told.pairs:
        assert each.reason or not np.isnan(each.kappa)
        if not np.isnan(each.kappa) and convention is UndefinedKappa.RAW:
            assert each.kappa_min - ROUNDING <= each.kappa <= each.kappa_max + ROUNDING
    for each in groups:
        assert each.counts.undefined + each.counts.too_few <= each.counts.kappas
        if each.counts.undefined == each.counts.kappas:
            assert each.unreliable
            assert np.isnan(each.kappa) or convention is UndefinedKappa.MODEL_VS_HUMAN
