"""The precision of products: refused where a device has it not, the same whatever else is allowed in the process."""

import pytest
import torch

from brainrank.benchmark.activations.computing import check_precision, computing, device_name, float32_products
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.receipt import kind_of_device

CPU, CARD = torch.device("cpu"), torch.device("cuda")
MATMUL, CUDNN = torch.backends.cuda.matmul, torch.backends.cudnn


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """A card whose compute capability is the last of this list."""
    capabilities = [(9, 0)]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capabilities[-1])
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "NVIDIA Card")
    return capabilities


def test_what_a_device_has_not_is_refused_in_words(card: list[tuple[int, int]]) -> None:
    for precision in ("float32", "bf16"):
        check_precision(CPU, precision)
    with pytest.raises(UserError, match="The CPU has no TF32.* choose float32 or bf16"):
        check_precision(CPU, "tf32")
    for device in (CPU, CARD):
        with pytest.raises(UnknownNameError, match="Unknown precision 'fp8'"):
            check_precision(device, "fp8")
    for precision in ("float32", "tf32", "bf16"):
        check_precision(CARD, precision)
    card.append((7, 5))
    check_precision(CARD, "float32")
    for precision in ("tf32", "bf16"):
        with pytest.raises(UserError, match=f"NVIDIA Card has no {precision}.* choose float32"):
            check_precision(CARD, precision)


def test_a_card_has_its_name_and_is_still_of_its_kind(card: list[tuple[int, int]]) -> None:
    assert (device_name(CPU), device_name(CARD)) == ("cpu", "cuda: NVIDIA Card")
    assert [kind_of_device(each) for each in ("cpu", "cuda: NVIDIA Card", "recorded")] == ["cpu", "cuda", "recorded"]


@pytest.mark.parametrize("allowed", [True, False])
def test_float32_is_float32_whatever_the_process_allows_elsewhere(card: list[tuple[int, int]], allowed: bool) -> None:
    was = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if allowed else "highest")
    try:
        before = MATMUL.fp32_precision, CUDNN.allow_tf32
        for precision, expected in (("float32", "ieee"), ("tf32", "tf32")):
            with computing(CARD, precision):
                assert (MATMUL.fp32_precision, CUDNN.allow_tf32) == (expected, expected == "tf32")
                with float32_products(tf32=False):
                    assert MATMUL.fp32_precision == "ieee"
                assert MATMUL.fp32_precision == expected
        assert (MATMUL.fp32_precision, CUDNN.allow_tf32) == before
        assert MATMUL.allow_tf32 is allowed
    finally:
        torch.set_float32_matmul_precision(was)


def test_bf16_rounds_products_and_nothing_outside() -> None:
    one = torch.full((2, 2), 1 + 2**-10)
    with computing(CPU, "bf16"):
        assert (one @ one).dtype == torch.bfloat16
    assert (one @ one).dtype == torch.float32
