import numpy as np
import pytest
from scipy.stats import binomtest

from brainrank.api.services.views.run_behaviour import accuracies, confusions, curves, wilson
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.types.trials import MISSING_ANSWER, BehaviouralAssembly, Choices

STIMULI = tuple(f"s{number}" for number in range(40))
SHOWN = ("cat", "dog") * 20


def people(
    wrong: dict[str, set[int]], *, condition: tuple[str, ...] = ("all",) * 40, answer: str = ""
) -> BehaviouralAssembly:
    """Everybody sees everything; who is wrong gives the other category, or `answer`."""
    other = {"cat": "dog", "dog": "cat"}
    rows = [
        (who, STIMULI[n], condition[n], (answer or other[SHOWN[n]]) if n in places else SHOWN[n], SHOWN[n])
        for who, places in wrong.items()
        for n in range(40)
    ]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


def test_wilsons_interval_is_that_of_scipy() -> None:
    for right, n in ((0, 5), (3, 7), (160, 160), (71, 1280)):
        theirs = binomtest(right, n).proportion_ci(method="wilson")
        found = wilson(right, n)
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_confusions_are_shares_of_what_was_shown() -> None:
    humans = people({"ann": {0}, "ben": set()}, answer=MISSING_ANSWER)
    found = confusions(Choices(STIMULI, ("cat",) * 40), humans)
    assert (found.categories, found.answers) == (("cat", "dog"), ("cat", "dog", "no answer"))
    assert found.model.tolist() == [[1, 0, 0], [1, 0, 0]]
    np.testing.assert_allclose(found.people, [[39 / 40, 0, 1 / 40], [0, 1, 0]])


def test_accuracies_by_category_where_there_is_one_condition() -> None:
    by, found = accuracies(Choices(STIMULI, ("cat",) * 40), people({"ann": {0, 2}, "ben": set()}))
    assert by == "category"
    cat, dog = found
    assert (cat.condition, cat.model, cat.people, cat.least, cat.most) == ("cat", 1, 0.95, 0.9, 1)
    assert (dog.model, dog.people) == (0, 1)
    assert 0 <= dog.interval.low < dog.interval.high < 0.2


def test_levels_are_in_their_order_and_have_curves() -> None:
    levels = tuple(str((1, 20, 3, 100)[n // 10]) for n in range(40))
    # The higher the level, the fewer are right.
    wrong = {n for n in range(40) if n % 10 < {"1": 0, "3": 1, "20": 3, "100": 5}[levels[n]]}
    humans = people({"ann": wrong, "ben": wrong, "cyd": wrong}, condition=levels)
    choices = Choices(STIMULI, SHOWN)
    by, found = accuracies(choices, humans)
    assert by == "condition"
    assert [each.level for each in found] == [1, 3, 20, 100]
    assert [each.people for each in found] == pytest.approx([1, 0.9, 0.7, 0.5])
    model, both = curves(choices, humans)
    assert (model.who, both.who) == ("model", "people")
    assert np.isnan(model.threshold)
    assert "does not change with the level" in model.reason
    assert both.levels[[0, -1]].tolist() == [1, 100]
    assert curves(choices, people({"ann": wrong})) == []


def test_one_person_has_nobody_to_be_compared_with() -> None:
    metric = ErrorConsistencyMetric()
    assert metric.drawing.between_people(people({"ann": {1}})).size == 0
    assert metric.drawing.between_people(people({"ann": {1}, "ben": {1}, "cyd": {2}})).shape == (3,)
    raw = ErrorConsistencyMetric(convention=UndefinedKappa.RAW)
    assert raw.drawing.between_people(people({"ann": set(), "ben": set(), "cyd": {2}})).shape == (2,)
