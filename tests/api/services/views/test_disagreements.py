"""Where two models disagree on images, counted by hand."""

import numpy as np
import pytest

from brainrank.api.services.views.disagreements import between
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices


def test_disagreements_counted_by_hand() -> None:
    ids = ["car1", "car2", "dog1", "dog2", "dog3"]
    categories = [each[:3] for each in ids]
    people = {"p1": ["car", "car", "dog", "dog", "car"], "p2": ["car", "dog", "dog", "car", "car"]}
    humans = BehaviouralAssembly(
        observer=np.repeat(list(people), len(ids)),
        stimulus_id=np.tile(ids, 2),
        condition=np.full(10, "0"),
        response=np.array([*people["p1"], *people["p2"]]),
        category=np.tile(categories, 2),
    )
    first = Choices(tuple(ids), ("car", "car", "dog", "car", "car"))
    second = Choices(tuple(reversed(ids)), tuple(reversed(["car", "dog", "car", "dog", "car"])))
    found = between(first, second, humans)
    assert (found.both, found.neither, found.images) == (1, 1, 5)
    assert [(each.stimulus_id, each.first, each.second, each.people) for each in found.only_first] == [
        ("dog1", "dog", "car", 1.0),
        ("car2", "car", "dog", 0.5),
    ]
    assert [(each.stimulus_id, each.category) for each in found.only_second] == [("dog2", "dog")]
    # 3 of 5 right and 2 of 5: o = 2/5, e = 3/5 2/5 + 2/5 3/5 = 12/25.
    assert found.consistency.kappa == pytest.approx((0.4 - 0.48) / (1 - 0.48))
