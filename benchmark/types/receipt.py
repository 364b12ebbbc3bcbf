"""Receipt: everything a score can be scored again from (docs/conventions.md#receipts)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# The device of a score that no network was run for: its features or choices were handed in.
RECORDED = "recorded"


def kind_of_device(device: str) -> str:
    """Of a device's name, as of `device_name`: cpu or cuda; RECORDED is its own kind."""
    return device.split(":")[0]


@dataclass(frozen=True)
class Receipt:
    """What was scored, on what, how, and by which code; plain values only, so that it is stored as JSON.

    `network_digest` is the sha256 of the weights and of all that computes with them, by which stored activations are
    found. `verified` is False where the activations were handed in and cannot be made again from weights. `readout`
    says how choices among categories were had, or why there are none; it is empty where none were asked for.
    `device` is cpu, or `cuda: ` and the card's name; `precision` is that of products on it. `scored_on` is the same of
    the card that the score itself was computed on; it is empty where that was the CPU.
    `subject` is the one person or animal that was measured; it is empty where there are several, or it is not told.
    `checkpoint` says what was read of a file of weights of one's own, and what was left out; it is empty for others.
    """

    model: str
    source: str
    verified: bool
    spec_digest: str
    weights_digest: str
    network_digest: str
    preprocessing: Mapping[str, Any]
    layers: tuple[str, ...]
    readout: str
    pooling: str
    precision: str
    device: str
    stimuli_digest: str
    benchmark: str
    benchmark_version: int
    metric: Mapping[str, Any]
    seed: int
    code_version: str
    libraries: Mapping[str, str]
    checkpoint: str = ""
    scored_on: str = ""
    subject: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """As it is stored: without a card that it was scored on, or a subject, where there is none."""
        absent = {name for name in ("scored_on", "subject") if not getattr(self, name)}
        return {name: each for name, each in asdict(self).items() if name not in absent}
