"""How networks compute: the same way every time, in the precision that was asked for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from brainrank.benchmark.types.activations import PRECISIONS
from brainrank.benchmark.types.errors import UnknownNameError, UserError

TENSOR_CORES = (8, 0)
"""NVIDIA's compute capability from which on cards multiply TF32 and bfloat16 (Ampere)."""


def check_precision(device: torch.device, precision: str) -> None:
    """Raise UnknownNameError for a precision there is not, and UserError for one that the device has not."""
    if precision not in PRECISIONS:
        raise UnknownNameError("precision", precision, PRECISIONS)
    if device.type == "cpu" and precision == "tf32":
        raise UserError("The CPU has no TF32, which is a format of NVIDIA's cards; choose float32 or bf16")
    if device.type == "cuda" and precision != "float32" and torch.cuda.get_device_capability(device) < TENSOR_CORES:
        raise UserError(
            f"{torch.cuda.get_device_name(device)} has no {precision}, as cards of compute capability 8.0 and above do "
            "(A100, H100, RTX 30 and later); choose float32"
        )


def device_name(device: torch.device) -> str:
    """cpu, or `cuda: ` and the card's name: cards round otherwise, so what one computed is not another's."""
    return f"cuda: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


@contextmanager
def computing(device: torch.device, precision: str) -> Iterator[None]:
    """Compute without gradients, the same way every time, with products of this precision.

    float32: plain, no TF32 whatever is allowed elsewhere in the process. tf32: factors rounded to 10 bits behind the
    point, sums in float32. bf16: torch's autocast, which also rounds results to 7 bits. Raises as `check_precision`.
    """
    check_precision(device, precision)
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            tf32 = precision == "tf32"
            stack.enter_context(
                torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=tf32)
            )
            stack.enter_context(float32_products(tf32=tf32))
        stack.enter_context(torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"))
        yield


@contextmanager
def float32_products(*, tf32: bool) -> Iterator[None]:
    """Have the card multiply float32 matrices in TF32, or not; what was set before is set again at the end."""
    matmul = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    matmul.fp32_precision = "tf32" if tf32 else "ieee"
    try:
        yield
    finally:
        matmul.fp32_precision = before
