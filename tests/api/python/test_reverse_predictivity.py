"""`br.reverse_predictivity`: of arrays, aligned by ids; what has no effect is refused."""

import numpy as np
import pandas as pd
import pytest

import brainrank as br

N = 40


def test_arrays_are_predicted_both_ways() -> None:
    rng = np.random.default_rng(0)
    names = [f"im{each}" for each in range(N)]
    x = pd.DataFrame(rng.standard_normal((N, 6)), index=names)
    y = pd.DataFrame(x.to_numpy() @ rng.standard_normal((6, 3)) + 0.2 * rng.standard_normal((N, 3)), index=names)
    found = br.reverse_predictivity({"x": x}, y.iloc[::-1], folds=4, draws=60, progress=False)
    assert list(found.columns) == [
        "space",
        "way",
        "components",
        "r2",
        "low",
        "high",
        "dimensions",
        "response_dimensions",
    ]
    by_way = found.set_index(["way", "components"])["r2"]
    assert by_way["forward", 0] > 0.8
    assert 0.2 < by_way["reverse", 0] < 0.8  # three responses cannot tell six features
    assert (found.low <= found.r2).all()
    assert (found.r2 <= found.high).all()


def test_what_has_no_effect_is_refused() -> None:
    x, y = np.random.default_rng(0).standard_normal((2, N, 3))
    with pytest.raises(br.BrainrankError, match="pooling: of an array there are no images"):
        br.reverse_predictivity({"x": x}, y, pooling="mean", progress=False)
    with pytest.raises(br.BrainrankError, match="spaces is ndarray; give names"):
        br.reverse_predictivity(x, y, progress=False)  # type: ignore[arg-type]
