"""Scores of targets in a space, made from a seed: deviations are normal, and those of a run know its error."""

import numpy as np

from brainrank.benchmark.types.brain_space import Space, Surface, TargetPositions, Volume
from brainrank.benchmark.types.score import SpatialScores, TargetScores

OBLIQUE = ((-2.0, 0.0, 0.0, 6.0), (0.0, 2.0, 0.0, -4.0), (0.0, 0.0, 3.0, -2.0), (0.0, 0.0, 0.0, 1.0))
"""An affine whose first axis runs from right to left."""
NATIVE = Volume("sub-01", (4, 3, 2), OBLIQUE)
TEMPLATE = Volume("MNI152NLin2009cAsym", (4, 3, 2), OBLIQUE)
FSAVERAGE5 = Surface("fsaverage5", 10_242)


def spatial_scores(
    values: list[float],
    *,
    space: Space | None = NATIVE,
    positions: list[int] | None = None,
    error: float = 0.01,
    seed: int = 0,
    layers: tuple[str, ...] = ("a", "b"),
    stimulus_set: str = "images",
) -> TargetScores:
    """Scores at the first positions of a space (or those told), each with a standard error."""
    found, count = np.array(values, dtype=np.float64), len(values)
    rng = np.random.default_rng(seed)
    deviations = rng.standard_normal((100, count))
    deviations *= error / deviations.std(axis=0, ddof=1)
    by_layer = np.stack([found - 0.1 * (number != np.arange(count) % len(layers)) for number in range(len(layers))])
    placed = np.arange(count) if positions is None else np.array(positions)
    return TargetScores(
        tuple(f"n{number}" for number in range(1, count + 1)),
        found,
        SpatialScores(
            np.where(np.isfinite(found), 0.8, np.nan),
            layers,
            by_layer.astype(np.float32),
            np.where(np.isfinite(found), deviations, np.nan).astype(np.float16),
            90,
            stimulus_set,
            None if space is None else TargetPositions(space, placed),
        ),
    )
