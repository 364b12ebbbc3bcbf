"""How networks compute: the same way every time."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from brainrank.benchmark.types.activations import PRECISIONS
from brainrank.benchmark.types.errors import UnknownNameError


@contextmanager
def computing(device: torch.device, precision: str) -> Iterator[None]:
    """Compute without gradients, in plain float32 (no TF32) or with bfloat16 products, the same way every time.

    Raises UnknownNameError for another precision.
    """
    if precision not in PRECISIONS:
        raise UnknownNameError("precision", precision, PRECISIONS)
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            stack.enter_context(
                torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
            )
        stack.enter_context(torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"))
        yield
