"""Both ways of one's own spaces: the layer that predicts is chosen, folds and responses are those of encoding."""

import numpy as np
import pytest

from brainrank.api.services.analysis.reverse_predictivity import analyse_both_ways
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.reverse_predictivity import two_way_predictivity
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError

N = 45


def test_the_layer_that_predicts_is_told_with_its_ways() -> None:
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((N, 6))
    responses = (signal @ rng.standard_normal((6, 4)))[:, None] + 0.3 * rng.standard_normal((N, 2, 4))
    assembly = ResponseAssembly("v4", tuple(map(str, range(N))), tuple("abcd"), responses)
    layers = [layer_gram("noise", rng.standard_normal((N, 6))), layer_gram("signal", signal)]
    one, other = analyse_both_ways({"net": layers, "noise": layers[:1]}, assembly, folds=3, draws=60, seed=0)
    assert (one.space, other.space) == ("net", "noise")
    assert one.layers == ("signal",) * 3
    assert [(each.way, each.components) for each in one.rows] == [
        ("forward", 0), ("reverse", 0), ("forward", 4), ("reverse", 4)
    ]  # fmt: skip
    metric = EncodingMetric(folds=3, draws=60, seed=0)
    fold_of = metric.stimulus_folds(assembly).fold_of
    direct = two_way_predictivity([layers[1].gram] * 3, metric.responses(assembly).astype(float), fold_of=fold_of)
    assert [each.estimate.value for each in one.rows] == pytest.approx(direct.r2.values)
    assert all(each.estimate.interval.low < each.estimate.value < each.estimate.interval.high for each in one.rows)
    assert one.rows[0].estimate.value > 0.5
    assert abs(other.rows[0].estimate.value) < 0.2
    assert 1 < one.dimensions <= 6
    broken = layer_gram("broken", np.full((N, N), np.nan))
    with pytest.raises(InvalidDataError, match="No layer of broken has finite activations"):
        analyse_both_ways({"broken": [broken]}, assembly, folds=3, draws=60, seed=0)
