"""On which device a score is computed: the one rule (docs/decisions/arrays-on-the-card.md)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from brainrank.benchmark.metrics.regression.spectrum import STORED_FROM
from brainrank.benchmark.statistics.arrays import Device, computing_on
from brainrank.benchmark.types.activations import GIB
from brainrank.benchmark.types.metric import Metric
from brainrank.datasets.dataset import LoadedRegion

# Where what is decomposed takes seconds; of fewer stimuli the CPU is as quick, and its bits are those of the board.
LEAST_STIMULI = STORED_FROM


def say_nothing(_text: str) -> None:
    """Tell nobody."""


def scoring_device(
    metric: Metric, region: LoadedRegion, requested: str, *, tell: Callable[[str], None] = say_nothing
) -> Device:
    """The card that a score is computed on, as a torch.device; None where it is computed on the CPU, by NumPy.

    It is the card that `requested` (auto, cpu or cuda) means, where the metric can compute there, stimuli are
    LEAST_STIMULI or more, and the card has the memory free; `tell` is told where it has not. Raises UserError for a
    card that is not there.
    """
    needed = metric.device_bytes(region.assembly)
    if requested == "cpu" or needed is None or len(region.stimuli) < LEAST_STIMULI:
        return None
    from brainrank.benchmark.activations.extract import choose_device

    device = choose_device(requested)
    if device.type == "cpu":
        return None
    free = free_bytes(device)
    if free < needed:
        tell(f"Scoring takes {needed / GIB:.0f} GiB of the card, of which {free / GIB:.0f} are free: the CPU scores")
        return None
    return device


def free_bytes(device: Device) -> int:
    """The memory of a card that nobody holds; what torch holds for later is given back before."""
    import torch

    torch.cuda.empty_cache()
    return int(torch.cuda.mem_get_info(device)[0])


@contextmanager
def scoring_on(device: Device) -> Iterator[str]:
    """Have scores computed on a device, in plain float32 and float64; its name, empty where that is the CPU by NumPy.

    What a score took of the card's memory is given back, for other networks.
    """
    if device is None:
        yield ""
        return
    import torch

    from brainrank.benchmark.activations.computing import computing, device_name

    with ExitStack() as stack:
        stack.callback(torch.cuda.empty_cache)
        stack.enter_context(computing(device, "float32"))
        stack.enter_context(computing_on(device))
        yield device_name(device)
