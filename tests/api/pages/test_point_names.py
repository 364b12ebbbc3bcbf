"""Names beside points: never one over another or over a point, outliers and those that matter first."""

import numpy as np

from brainrank.api.pages.point_names import (
    HEIGHT_PX,
    LETTER_PX,
    MOST,
    WIDTH_PX,
    _places,
    _sides,
    text_positions,
)


def test_no_name_lies_on_another_or_on_a_point() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 300)).tolist()
    names = [f"model-{each}" for each in range(300)]
    found = text_positions(names, x, y, always=[7])
    across, down = _places(x, WIDTH_PX), [HEIGHT_PX - each for each in _places(y, HEIGHT_PX)]
    boxes = [
        _sides(across[each], down[each], LETTER_PX * len(names[each]))[side] for each, side in enumerate(found) if side
    ]
    assert 5 < len(boxes) <= MOST
    assert not any(one.meets(other) for place, one in enumerate(boxes) for other in boxes[:place])
    farthest = max(range(300), key=lambda each: x[each] ** 2 + y[each] ** 2)
    assert found[farthest]


def test_all_of_a_few_are_named_and_none_of_none() -> None:
    assert all(text_positions(["a", "b", "c"], [0, 1, 2], [0, 1, 0]))
    assert text_positions([], [], []) == []
