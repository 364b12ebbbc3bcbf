"""Encoding of many images, features or targets against himalaya and scikit-learn; writes RESULTS-large-encoding.md.

`python -m performance.large_encoding [ROW ...]`: on all processors for both. Ours is what the product does: all five
folds, the layer chosen in training, intervals. Peers fit one outer fold of each layer, whose time is taken times five:
no choice of a layer, no intervals. Each is a process of its own, so that its peak memory is its own.
"""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from brainrank.benchmark.metrics.regression.cost import measured_speed

RESULTS = Path(__file__).parent / "RESULTS-large-encoding.md"
FOLDS, GIB = 5, 2**30
PENALTIES = np.logspace(-4, 4, 33)  # of the mean eigenvalue, as ours


class Row(NamedTuple):
    """A shape: stimuli, features, targets, layers."""

    stimuli: int
    features: int
    targets: int
    layers: int
    selection: str = "loo"

    @property
    def name(self) -> str:
        """As the table has it."""
        shape = f"{self.stimuli:,} x {self.features:,} x {self.targets:,}"
        return f"{shape}, {self.layers} layer{'s' * (self.layers > 1)}, {self.selection}"


ROWS = [
    Row(10_000, 512, 1_000, 2),
    *(
        Row(*shape, 1, selection)
        for shape in (
            (3_200, 64, 1_000),
            (2_400, 64, 1),
            (4_000, 1_000, 4_000),
            (800, 5_000, 10_000),
            (160, 100_000, 1_000),
        )
        for selection in ("loo", "cv")
    ),
]
PEERS = ("himalaya", "sklearn")


def main() -> None:
    """Measure the rows asked for, or all, and write what came out."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(Row(*json.loads(sys.argv[3])), sys.argv[2])))
        return
    wanted = [ROWS[int(each)] for each in sys.argv[1:]] or ROWS
    processors, speed = len(os.sched_getaffinity(0)), measured_speed()
    lines = [
        "# Encoding of many images, features or targets",
        "",
        f"`python -m performance.large_encoding`, {datetime.now(UTC):%Y-%m-%d}, {processors} processors. "
        f"Matrix products in float32 on one of them: {speed / 1e9:.0f} GFLOP/s.",
        "",
        "Seconds; times of peers are of one outer fold, times five, times layers, without choice or intervals. `limit` "
        "is what the products and decompositions that any ridge of this kind needs take at the speed above, on all "
        "processors; peak memory includes that of Python and its libraries.",
        "",
        "| stimuli x features x targets | ours | limit | peak GiB | himalaya (5 inner folds) | sklearn (loo) "
        "| times as fast |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in wanted:
        ours, peers = asked(row, "ours"), [asked(row, each) for each in PEERS]
        fastest = min(each["seconds"] for each in peers)
        limit = operations(row) / (speed * processors)
        cells = [
            row.name,
            f"**{ours['seconds']:.1f}**",
            f"{limit:.1f}",
            f"{ours['gib']:.2f}",
            *(f"{each['seconds']:.1f} ({each['gib']:.1f} GiB, r {each['r']:.3f})" for each in peers),
            f"{fastest / ours['seconds']:.2f} (r {ours['r']:.3f})",
        ]
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
        RESULTS.write_text("\n".join(lines) + "\n")


def asked(row: Row, what: str) -> dict[str, Any]:
    """One measurement, in a process of its own; the better of two where that takes less than a minute."""
    command = [sys.executable, "-m", "performance.large_encoding", "--one", what, json.dumps(row)]
    found: list[dict[str, Any]] = []
    while not found or (len(found) < 2 and found[0]["seconds"] < 60):
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(told.stdout.splitlines()[-1]))
    return min(found, key=lambda each: each["seconds"])


def one(row: Row, what: str) -> dict[str, float]:
    """Seconds, peak memory, and the median r that comes out."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((row.stimuli, row.features), dtype=np.float32)
    used = features[:, : min(row.features, 200)]
    signal = used @ rng.standard_normal((used.shape[1], row.targets), dtype=np.float32) / np.sqrt(used.shape[1])
    responses = signal + rng.standard_normal(signal.shape, dtype=np.float32)
    layers = [features] + [
        features + rng.standard_normal(features.shape, dtype=np.float32) for _ in range(row.layers - 1)
    ]
    seconds, r = _ours(row, layers, responses) if what == "ours" else _peer(what, row, features, responses)
    return {"seconds": seconds, "r": r, "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB}


def _ours(row: Row, layers: list[np.ndarray], responses: np.ndarray) -> tuple[float, float]:
    from brainrank.benchmark.activations.gram import narrow_layer
    from brainrank.benchmark.metrics.encoding import EncodingMetric
    from brainrank.benchmark.types.assemblies import ResponseAssembly

    ids, targets = (tuple(map(str, range(each))) for each in responses.shape)
    assembly = ResponseAssembly("v1", ids, targets, responses[:, None])
    made = [narrow_layer(str(number), each) for number, each in enumerate(layers)]
    layers.clear()
    started = time.perf_counter()
    with threadpool_limits(limits=1):
        score = EncodingMetric(selection=row.selection).score(made, assembly)
    return time.perf_counter() - started, score.value


def _peer(what: str, row: Row, features: np.ndarray, responses: np.ndarray) -> tuple[float, float]:
    held_out = np.arange(row.stimuli) % FOLDS == 0
    x, y = features[~held_out], responses[~held_out]
    penalties = PENALTIES * float((x.astype(np.float64) ** 2).sum()) / len(x)
    started = time.perf_counter()
    if what == "sklearn":
        from sklearn.linear_model import RidgeCV as Peer

        model = Peer(alphas=penalties, alpha_per_target=row.targets > 1).fit(x, y)
    else:
        from himalaya.kernel_ridge import KernelRidgeCV
        from himalaya.ridge import RidgeCV

        kind = KernelRidgeCV if row.features >= row.stimuli else RidgeCV
        model = kind(alphas=penalties, cv=FOLDS).fit(x, y)
    predicted = np.asarray(model.predict(features[held_out])).reshape(-1, row.targets)
    seconds = (time.perf_counter() - started) * FOLDS * row.layers
    measured = responses[held_out]
    r = [np.corrcoef(p, m)[0, 1] for p, m in zip(predicted.T, measured.T, strict=True)]
    return seconds, float(np.median(r))


def operations(row: Row) -> float:
    """Of each layer and fold: a decomposition in the smaller space (9 m^3, float64: twice), and of all targets their
    projections, left-out residuals with three penalties and at the chosen one, predictions.
    """
    train, width = row.stimuli * (FOLDS - 1) / FOLDS, min(row.features, row.stimuli * (FOLDS - 1) / FOLDS)
    decomposition = 2 * 9 * width**3 + (2 * 4 * train * width**2 if row.features < row.stimuli else 0)
    of_targets = 2 * width * row.targets * (5 * train + row.stimuli / FOLDS)
    return row.layers * FOLDS * (decomposition + of_targets)


if __name__ == "__main__":
    main()
