"""Groups of people within and between them, and what a model's choices share with each."""

from dataclasses import replace

import numpy as np
import pytest

from brainrank.api.services.analysis.observer_groups import compare_choices, compare_groups, tells_groups
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

PEOPLE = {"children": ("c1", "c2", "c3", "c4"), "adults": ("a1", "a2", "a3")}
IMAGES = 80
CATEGORIES = np.array(["cat", "dog", "car"])


def people(rng: np.random.Generator, *, wrong: float = 0.4) -> BehaviouralAssembly:
    hard = rng.random(IMAGES)
    rows = []
    for group, members in PEOPLE.items():
        for who in members:
            errs = rng.random(IMAGES) < wrong * (0.4 + 1.2 * hard)
            truth = np.arange(IMAGES) % 3
            answer = np.where(errs, (truth + 1) % 3, truth)
            rows += [(who, f"i{k}", group, CATEGORIES[answer[k]], CATEGORIES[truth[k]]) for k in range(IMAGES)]
    columns = [np.array(each) for each in zip(*rows, strict=True)]
    return BehaviouralAssembly(*columns, group_of={f"i{k}": f"g{k // 2}" for k in range(IMAGES)})


def test_kappa_within_a_group_is_the_ceiling_of_the_benchmark_metric() -> None:
    humans = people(np.random.default_rng(0))
    found = compare_groups(humans, models=frozenset(), draws=100)
    assert [(each.name, each.people, each.trials) for each in found.groups] == [
        ("adults", 3, 3 * IMAGES),
        ("children", 4, 4 * IMAGES),
    ]
    assert set(found.cells) == {("adults", "adults"), ("adults", "children"), ("children", "children")}
    assert found.models == []
    for group in PEOPLE:
        ceiling = ErrorConsistencyMetric(draws=100).ceiling(humans.within([group]))
        assert found.cells[group, group].kappa.value == pytest.approx(ceiling.lower)
        assert found.groups[0].accuracy == pytest.approx(humans.within(["adults"]).correct.mean())


def test_a_models_choices_are_compared_with_each_group() -> None:
    humans = people(np.random.default_rng(1))
    chosen = {each: str(CATEGORIES[int(each[1:]) % 2]) for each in humans.stimulus_ids}
    choices = Choices(tuple(chosen), tuple(chosen.values()))
    found = compare_choices(choices, humans, draws=100)
    (model,) = found.models
    assert [each.group for each in model.groups] == ["adults", "children"]
    scores = {group: ErrorConsistencyMetric(draws=100).score(choices, humans.within([group])).value for group in PEOPLE}
    for each in model.groups:
        assert each.kappa.value == pytest.approx(scores[each.group])
        assert each.lead is None or 0 <= each.lead.share <= 1
    again = compare_choices(choices, humans, draws=100)
    assert again.models[0].groups[0].latent_r.interval == model.groups[0].latent_r.interval


def test_groups_are_people_under_one_condition_each() -> None:
    humans = people(np.random.default_rng(2))
    assert tells_groups(humans)
    assert not tells_groups(humans.within(["adults"]))
    with pytest.raises(InvalidDataError, match="All people have the condition adults"):
        compare_groups(humans.within(["adults"]), models=frozenset())
    both = replace(humans, observer=np.where(humans.observer == "c1", "a1", humans.observer))
    assert not tells_groups(both)
    with pytest.raises(InvalidDataError, match="a1 have trials under several conditions"):
        compare_groups(both, models=frozenset())
