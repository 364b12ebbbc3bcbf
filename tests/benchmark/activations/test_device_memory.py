"""The largest batch that fits is found once for a model on a device."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from noise_images import noise_stimuli
from torch import nn

from brainrank.benchmark.activations import device_memory
from brainrank.benchmark.activations.batch_size import START, BatchSize, remembered_batch_size
from brainrank.benchmark.activations.device_memory import Passed, find_batch_size, free_bytes, largest_batch, passed
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.model_spec import Preprocessing

MIB = 2**20


def taking(each: int, most: int, tried: list[int]) -> Callable[[int], int | None]:
    """A network that takes so much for an image, of which no more than `most` fit."""

    def needed(size: int) -> int | None:
        tried.append(size)
        return size * each if size <= most else None

    return needed


@pytest.mark.parametrize(
    ("each", "fitting", "expected", "tried"),
    [
        (1, 10**6, 256, [8, 256]),  # all that is asked for
        (10 * MIB, 10**6, 64, [8, 64]),  # a fourth of 4,000 MiB holds 100
        (1, 100, 64, [8, 256, 128, 64]),  # it takes more than a few images said
        (1, 3, 2, [8, 4, 2]),  # not even those few fit
        (10**12, 10**6, 8, [8]),  # one image takes more than its part, and passes
    ],
)
def test_a_few_images_say_how_many_fit(each: int, fitting: int, expected: int, tried: list[int]) -> None:
    seen = list[int]()
    assert largest_batch(taking(each, fitting, seen), most=256, device_bytes=4_000 * MIB) == expected
    assert seen == tried


@given(st.integers(1, 10**9), st.integers(1, 600), st.integers(1, 512), st.integers(1, 10**12))
def test_what_is_found_passes(each: int, fitting: int, most: int, device_bytes: int) -> None:
    found = largest_batch(taking(each, fitting, []), most=most, device_bytes=device_bytes)
    assert 1 <= found <= min(most, max(fitting, 1))


@pytest.mark.parametrize(
    ("fraction", "free", "expected"),
    [(1.0, 60, 60 + 5 - 8), (0.5, 60, 40 - 10 - 8), (1.0, 3, 3 + 5 - 8), (1.0, 80, 80 - 10 - 8)],
)
def test_what_is_free_is_what_the_card_and_the_share_of_a_process_leave(
    fraction: float, free: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 80, of which this process has 10 in use and 5 in torch's cache; a tenth of the card is left."""

    def share(device: int | None) -> float:
        assert device is None or isinstance(device, int)  # as torch refuses a device without a number
        return fraction

    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (free, 80))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _device: 10)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 15)
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", share)
    for device in (torch.device("cuda"), torch.device("cuda", 1)):
        assert free_bytes(device) == expected


def forward(folder: Path, device: str = "cpu") -> ForwardPass:
    return ForwardPass(
        nn.Sequential(nn.Conv2d(3, 4, 3)),
        noise_stimuli(folder, 3, (10, 12)),
        layers=["0"],
        preprocessing=Preprocessing(size=(8, 8)),
        pooling="flatten",
        device=torch.device(device),
    )


def test_a_pass_says_of_which_type_rows_are(tmp_path: Path) -> None:
    passing = forward(tmp_path)
    probed = passing.look(in_order=False)
    for precision, kind in (("float32", torch.float32), ("bf16", torch.bfloat16)):
        found = passed(passing, probed, size=4, precision=precision)
        assert found == Passed(0, {"0": kind})  # memory of the CPU is not counted


def test_it_is_searched_once_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = list[int]()

    def measured(_forward: ForwardPass, _probed: object, *, size: int, precision: str) -> Passed | None:
        searched.append(size)
        return Passed(size * 10 * MIB, {})

    on_cpu = forward(tmp_path)
    probed = on_cpu.look(in_order=False)
    monkeypatch.setattr(device_memory, "passed", measured)
    monkeypatch.setattr(device_memory, "free_bytes", lambda _device: 4_000 * MIB)
    size = BatchSize(START["cpu"], file=tmp_path / "cpu")
    find_batch_size(on_cpu, probed, size, precision="float32")
    assert (size.value, searched) == (START["cpu"], [])  # there the caches say how many
    for expected in ([8, 64], []):
        size = BatchSize(START["cuda"], file=tmp_path / "size")
        find_batch_size(forward(tmp_path, "cuda"), probed, size, precision="float32")
        assert (size.value, searched) == (64, expected)
        searched.clear()


def test_another_model_size_or_precision_is_searched_anew(tmp_path: Path) -> None:
    device = torch.device("cpu")
    remembered_batch_size(tmp_path, device, "model", "(224, 224)", "bf16").settle(4)
    assert remembered_batch_size(tmp_path, device, "model", "(224, 224)", "bf16").is_found
    for other in (("other", "(224, 224)", "bf16"), ("model", "(384, 384)", "bf16"), ("model", "(224, 224)", "tf32")):
        assert not remembered_batch_size(tmp_path, device, *other).is_found
