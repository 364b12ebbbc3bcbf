"""What a device's memory holds: all stimuli at once, blocks of them, smaller batches, or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.activations.device_gram import Blocks
from brainrank.benchmark.activations.device_plan import DevicePlan, Sizes, plan_blocks

GB = 10**9
# resnet50's blocks: 5.5 million features of an image, 22 MB in float32.
RESNET50 = {
    **dict.fromkeys(["a", "b", "c"], 802_816),
    **dict.fromkeys(["d", "e", "f", "g"], 401_408),
    **dict.fromkeys(["h", "i", "j", "k", "l", "m"], 200_704),
    **dict.fromkeys(["n", "o", "p"], 100_352),
}
IMAGE = 3 * 224 * 224 * 4


def sizes(n_stimuli: int, item: int = 4) -> Sizes:
    return Sizes(RESNET50, n_stimuli, sum(RESNET50.values()) * item, IMAGE)


def plan(wanted: Sizes, device_bytes: int, *, pass_bytes: int = 3 * GB, host_bytes: int = 8 * GB) -> DevicePlan | None:
    return plan_blocks(
        wanted,
        batch_size=128,
        pass_bytes=pass_bytes,
        device_bytes=device_bytes,
        host_bytes=host_bytes,
        transit=lambda size: size * 5_000_000,
    )


def test_an_h100_holds_5000_images_of_resnet50_in_bf16_at_once_and_in_float32_in_two_turns() -> None:
    free = 70 * GB
    assert plan(sizes(1_000), free) == DevicePlan(128, Blocks(1_000, 0))
    assert plan(sizes(5_000, 2), free) == DevicePlan(128, Blocks(5_000, 0))
    found = plan(sizes(5_000), free)
    assert found is not None
    assert 2_500 < found.blocks.held < 3_000
    assert (found.batch_size, found.blocks.later, found.blocks.held % 128) == (128, 256, 0)


def test_ten_thousand_in_bf16_take_three_turns() -> None:
    found = plan(sizes(10_000, 2), 70 * GB)
    assert found is not None
    assert 10_000 / 3 < found.blocks.held < 5_000


def test_a_small_card_takes_a_smaller_batch_and_a_tiny_one_none() -> None:
    found = plan(sizes(1_000), 5 * GB)
    assert found is not None
    assert (found.batch_size, found.blocks.held) == (32, 96)
    assert plan(sizes(1_000), GB // 20) is None


def test_the_hosts_memory_holds_images_on_their_way_and_a_matrix() -> None:
    assert plan(sizes(1_000), 70 * GB, host_bytes=GB // 2) == DevicePlan(64, Blocks(1_000, 0))
    assert plan(sizes(10_000), 70 * GB, host_bytes=1_199_999_999) is None


def test_layers_of_few_features_are_held_for_all_stimuli() -> None:
    found = Sizes({"small": 512}, 5_000, 0, IMAGE)
    assert plan(found, 5 * GB) == DevicePlan(128, Blocks(5_000, 0))
    assert found.always == 512 * 5_000 * 4


@given(st.integers(1, 3_000), st.integers(1, 10**6), st.integers(1, 300), st.integers(1, 10**11), st.integers(0, 10**9))
def test_a_plan_fits_and_covers_every_stimulus(
    n_stimuli: int, n_features: int, batch_size: int, device_bytes: int, pass_bytes: int
) -> None:
    row = n_features * 4 if n_features >= n_stimuli else 0
    wanted = Sizes({"layer": n_features}, n_stimuli, row, IMAGE)
    found = plan_blocks(
        wanted,
        batch_size=batch_size,
        pass_bytes=pass_bytes,
        device_bytes=device_bytes,
        host_bytes=10**12,
        transit=lambda _size: 0,
    )
    if found is None:
        return
    held, later = found.blocks
    assert 1 <= found.batch_size <= batch_size
    assert wanted.needed(held, later) + pass_bytes * found.batch_size // batch_size <= device_bytes
    assert held == n_stimuli or (held % found.batch_size == 0 and 0 < held < n_stimuli and later > 0)
