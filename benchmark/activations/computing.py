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
            stack.enter_context(torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True))
            stack.enter_context(float32_products(tf32=precision == "tf32"))
        stack.enter_context(torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"))
        yield


@contextmanager
def float32_products(*, tf32: bool) -> Iterator[None]:
    """Let the card multiply float32 in TF32, or forbid it; what was set before is set again at the end."""
    settings = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)  # type: ignore[attr-defined]
    before = [each.fp32_precision for each in settings]
    try:
        for each in settings:
            each.fp32_precision = "tf32" if tf32 else "ieee"
        yield
    finally:
        for each, found in zip(settings, before, strict=True):
            each.fp32_precision = found
