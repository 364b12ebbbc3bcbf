"""Each model in turn the truth, of the metrics whose data are simulated."""

import numpy as np
import pytest
from recovery_study import choices_of, features_of, grams, measured, trials_of

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.recovery import check_simulated, recover
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import Content


def study() -> tuple[RdmAssembly, dict[str, Content]]:
    rng = np.random.default_rng(0)
    features = features_of({"a": 2, "b": 1, "c": 2}, 24, rng)
    models: dict[str, Content] = dict(grams(features))
    return measured(features["a"][0], subjects=4, noise=2.0, rng=rng), models


def test_models_with_geometries_of_their_own_are_recovered() -> None:
    assembly, models = study()
    found = recover(RsaMetric(draws=60), assembly, models, worlds=50, seed=0)
    assert found.models == ("a", "b", "c")
    assert found.in_full.recovered == 1
    assert np.diagonal(found.in_full.told).tolist() == [0, 0, 0]
    assert found.simulated_ceiling == pytest.approx(found.ceiling, abs=0.05)
    # Two of the models have nothing to do with the data: as good as they are, they are not told.
    assert found.as_measured.first[0] == 1
    assert found.as_measured.certain[1:].max() < 0.3


def test_it_comes_out_the_same_again() -> None:
    assembly, models = study()
    first, second = (recover(RsaMetric(draws=60), assembly, models, worlds=40, seed=3).content for _ in range(2))
    assert first == second


def test_models_that_answer_are_recovered_too() -> None:
    rng = np.random.default_rng(0)
    right = rng.normal(size=200) + rng.normal(size=(4, 200)) < 1
    models: dict[str, Content] = {name: choices_of(rng.random(200) < 0.6) for name in "abc"}
    found = recover(ErrorConsistencyMetric(draws=60), trials_of(right, conditions=2), models, worlds=50, seed=0)
    assert found.in_full.recovered > 0.9
    assert found.simulated_ceiling == pytest.approx(found.ceiling, abs=0.05)


def test_what_is_not_simulated_says_so() -> None:
    assembly, models = study()
    with pytest.raises(InvalidDataError, match="data of encoding are not simulated; recovery is of benchmarks of rsa"):
        check_simulated(EncodingMetric())
    with pytest.raises(InvalidDataError, match="12 worlds are too few"):
        recover(RsaMetric(), assembly, models, worlds=12, seed=0)
    one = RdmAssembly("it", assembly.stimulus_ids, ("s",), assembly.rdms[:1])
    with pytest.raises(InvalidDataError, match="how much subjects differ is not known: a noise ceiling needs"):
        recover(RsaMetric(), one, models, worlds=40, seed=0)
    responses = ResponseAssembly("v4", assembly.stimulus_ids, ("n1", "n2"), np.random.default_rng(0).random((24, 3, 2)))
    with pytest.raises(InvalidDataError, match="how much subjects differ is not known"):
        recover(RsaMetric(), responses, models, worlds=40, seed=0)
