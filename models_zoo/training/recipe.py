"""Recipe: what is the same for every objective."""

import math
from dataclasses import dataclass

from brainrank.benchmark.types.errors import InvalidDataError

PRECISIONS = ("float32", "bf16")
# Checkpoints of a series lie at these multiples of the powers of ten.
SERIES = (1, 2, 5)


@dataclass(frozen=True)
class Recipe:
    """AdamW (Loshchilov & Hutter 2019), a learning rate that rises linearly and falls as a cosine, steps of a batch.

    The warm-up is a share of the steps. `precision` is float32, or bf16 for the products of the forward pass. Raises
    InvalidDataError for a number out of its range.
    """

    steps: int = 800
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warm_up: float = 0.05
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 2:
            raise InvalidDataError(
                f"{self.steps} steps of {self.batch_size} images: give at least 1 step, of at least 2 images"
            )
        if self.precision not in PRECISIONS:
            raise InvalidDataError(f"'{self.precision}' is no precision; choose from {', '.join(PRECISIONS)}")

    def learning_rate_at(self, step: int) -> float:
        """The learning rate of a step, the first being 0."""
        rising = (step + 1) / max(1.0, self.warm_up * self.steps)
        return self.learning_rate * min(1.0, rising) * (1 + math.cos(math.pi * step / self.steps)) / 2

    def series(self) -> tuple[int, ...]:
        """The numbers of steps after which a checkpoint is kept: 0, 1, 2, 5, 10, ... and the last."""
        powers = range(math.ceil(math.log10(self.steps)) + 1)
        found = {factor * 10**power for power in powers for factor in SERIES}
        return (0, *sorted(step for step in found if step < self.steps), self.steps)
