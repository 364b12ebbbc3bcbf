"""How often a voxel is told without a signal: p of encoding scores above 0, and of how two models differ, simulated.

`python -m performance.target_calibration` prints a line for each setting; about two minutes. docs/decisions/maps.md has
what it printed.
"""

from typing import NamedTuple

import numpy as np

from brainrank.api.python.feature_spaces import gram_layers
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.statistics.target_tests import above_zero, difference
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.datasets.memory.paired_arrays import Features

TARGETS, STUDIES = 100, 30


class Setting(NamedTuple):
    """How many images and features a study has, how strong its signal is, and the freedom of its noise (0: normal)."""

    stimuli: int
    features: int
    signal: float = 0.0
    freedom: float = 0.0


SETTINGS = (
    *(Setting(40, 20), Setting(80, 20), Setting(80, 300), Setting(200, 50)),
    *(Setting(80, 20, freedom=3.0), Setting(80, 20, signal=1.0), Setting(200, 50, signal=1.0)),
)


def main() -> None:
    """Print how often p is below levels, and the standard error beside the spread that scores have."""
    for setting in SETTINGS:
        found = [study(setting, number) for number in range(STUDIES)]
        above, apart, errors, values = (np.array(each) for each in zip(*found, strict=True))
        shares = [(p < level).mean() for p, level in ((above, 0.05), (above, 0.01), (above, 0.001), (apart, 0.05))]
        spread = values.std(axis=0).mean() if not setting.signal else values.std()
        told = ", ".join(f"{share:.4f}" for share in shares)
        print(f"{setting}: above 0 below .05, .01, .001; differences below .05: {told}; "
              f"error {np.sqrt((errors**2).mean()):.3f}, spread {spread:.3f}", flush=True)  # fmt: skip


def study(setting: Setting, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A study: p above 0, p of the difference of two models that hold as much, standard errors, scores."""
    rng = np.random.default_rng([0, number])
    shape = (setting.stimuli, setting.features)
    features = rng.standard_normal((2, *shape))
    weights = rng.standard_normal((setting.features, TARGETS)) / np.sqrt(setting.features)
    size = (setting.stimuli, TARGETS)
    noise = rng.standard_t(setting.freedom, size) if setting.freedom else rng.standard_normal(size)
    responses = setting.signal * features.sum(axis=0) @ weights / np.sqrt(2) + noise
    ids = tuple(map(str, range(setting.stimuli)))
    assembly = ResponseAssembly("v1", ids, tuple(map(str, range(TARGETS))), responses[:, None])
    one, other = (
        EncodingMetric(draws=100).score(gram_layers({"a": Features(each, None)}), assembly).per_target
        for each in features
    )
    assert one is not None
    assert other is not None
    above = above_zero(one)
    return above.p, difference(one, other).p, above.errors, above.values


if __name__ == "__main__":
    main()
