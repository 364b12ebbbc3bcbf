"""Variance partitioning of one's own spaces: parts add up, each is its space's, others are refused."""

import numpy as np
import pytest

from brainrank.api.services.analysis.partition import PartitionAnalysis, analyse_partition, check_spaces, choose_layers
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError, UserError

N, FOLDS = 60, 3


@pytest.fixture(scope="module")
def world() -> tuple[dict[str, list[LayerGram]], ResponseAssembly]:
    """Two spaces of which the first explains all of what the responses are of."""
    rng = np.random.default_rng(0)
    signal, other = rng.standard_normal((N, 6)), rng.standard_normal((N, 6))
    responses = (signal @ rng.standard_normal((6, 4)))[:, None] + 0.3 * rng.standard_normal((N, 1, 4))
    names = tuple(map(str, range(N))), tuple("abcd")
    spaces = {"signal": [layer_gram("noise", rng.standard_normal((N, 6))), layer_gram("signal", signal)]}
    return spaces | {"other": [layer_gram("other", other)]}, ResponseAssembly("v4", *names, responses)


@pytest.fixture(scope="module")
def found(world: tuple[dict[str, list[LayerGram]], ResponseAssembly]) -> PartitionAnalysis:
    return analyse_partition(*world, folds=FOLDS, draws=60, seed=0)


def test_parts_of_each_target_add_up_to_what_all_spaces_explain(found: PartitionAnalysis) -> None:
    together = [each.value for each in found.r2[0, 1].targets]
    parts = np.sum([[each.value for each in part.targets] for part in found.parts.values()], axis=0)
    np.testing.assert_allclose(parts, together, atol=1e-9)


def test_what_one_space_alone_explains_is_its_own_and_the_layer_that_does_is_chosen(found: PartitionAnalysis) -> None:
    values = {each.label: each.estimate.value for each in found.main_rows}
    assert values["unique to signal"] > 0.5
    assert abs(values["unique to other"]) < 0.1
    assert abs(values["shared by signal + other"]) < 0.2
    assert list(values) == [
        "unique to signal", "unique to other", "shared by signal + other", "R2 of signal + other", "noise ceiling"
    ]  # fmt: skip
    assert found.layers == {"signal": ("signal",) * FOLDS, "other": ("other",) * FOLDS}
    assert np.isnan(values["noise ceiling"])
    assert found.ceiling_reason  # of one repeat
    assert len(found.rows) == len(found.main_rows) + 2  # and each space's own R2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r"0 feature spaces \(none\)"),
        (["a"], "1 feature spaces"),
        (["a", "b", "c", "d"], "among 2 or 3"),
        (["a", "a"], "called alike in a, a"),
    ],
)
def test_two_or_three_spaces_of_different_names_are_parted(names: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_spaces(names)
    check_spaces(["a", "b", "c"])


def test_a_space_without_a_finite_layer_is_named(world: tuple[dict[str, list[LayerGram]], ResponseAssembly]) -> None:
    broken = layer_gram("broken", np.full((N, 3), np.nan))
    metric = EncodingMetric(folds=FOLDS)
    with pytest.raises(InvalidDataError, match="No layer of mine has finite activations"):
        choose_layers("mine", [broken], world[1], metric)
    (good,) = world[0]["other"]
    assert choose_layers("mine", [broken, good], world[1], metric) == [good] * FOLDS
