"""What fits a budget of memory: a smaller batch before a refusal, and a refusal that says what it takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.budget import MIB, plan_rows
from brainrank.benchmark.types.activations import GIB
from brainrank.benchmark.types.errors import UserError

VGG16_FIRST = {"features.0": 64 * 224 * 224}


def test_vgg16s_first_layer_takes_a_smaller_batch() -> None:
    """Three batches of 92 images on their way to the disk are 3.3 GiB, of 64 images 2.3 GiB, of 32 images 1.1 GiB."""
    assert plan_rows(VGG16_FIRST, 92, batch_size=128, memory_bytes=2 * GIB).batch_size == 32
    assert plan_rows(VGG16_FIRST, 92, batch_size=128, memory_bytes=4 * GIB).batch_size == 128
    assert plan_rows(VGG16_FIRST, 92, batch_size=16, memory_bytes=2 * GIB).batch_size == 16


def test_what_is_on_its_way_counts() -> None:
    def in_transit(batch_size: int) -> int:
        return batch_size * 64 * MIB

    plan = plan_rows(VGG16_FIRST, 92, batch_size=128, memory_bytes=2 * GIB, beside_bytes=in_transit)
    assert plan.batch_size == 16  # 1.0 GiB to and from the GPU and .6 GiB on their way; 32 images would take 3.1 GiB


@pytest.mark.parametrize(
    ("features", "n_stimuli", "needed"),
    [
        # K and its strips; 1,024 columns of two float32 buffers and the centred block; three rows of the largest layer.
        ({"wide": 3_211_264, "narrow": 5}, 92, 3 * 92**2 * 8 + 1024 * 92 * 16 + 3 * 3_211_264 * 4),
        ({"narrow": 5}, 1000, 1000**2 * 8 + 2 * 128 * 1000 * 8 + 1024 * 1000 * 12 + 3 * 1024 * 4),
    ],
)
def test_a_refusal_says_what_the_smallest_piece_takes(features: dict[str, int], n_stimuli: int, needed: int) -> None:
    assert plan_rows(features, n_stimuli, batch_size=16, memory_bytes=needed).batch_size == 1
    with pytest.raises(UserError, match=rf"does not hold one image of layer.* --memory {-(-needed // MIB)}MiB or more"):
        plan_rows(features, n_stimuli, batch_size=16, memory_bytes=needed - 1)


@given(st.integers(1, 3000), st.integers(1, 10**6), st.integers(1, 200), st.integers(0, 2**20), st.integers(1, 2**31))
def test_the_memory_that_a_refusal_asks_for_is_enough(
    n_stimuli: int, n_features: int, batch_size: int, pinned: int, memory_bytes: int
) -> None:
    def plan(memory_bytes: int) -> int:
        return plan_rows(
            {"layer": n_features},
            n_stimuli,
            batch_size=batch_size,
            memory_bytes=memory_bytes,
            beside_bytes=lambda size: size * pinned,
        ).batch_size

    try:
        assert plan(memory_bytes) >= 1
    except UserError as error:
        (asked,) = re.findall(r"--memory (\d+)MiB", str(error))
        assert plan(int(asked) * MIB) >= 1


def test_the_batch_of_a_budget_is_not_remembered_as_the_devices(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("sizes") / "size"
    size = BatchSize(16, file=file)
    size.at_most(4)
    size.at_most(9)
    assert size.value == 4
    assert BatchSize(16, file=file).value == 16
