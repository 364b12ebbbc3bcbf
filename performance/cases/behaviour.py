"""Error consistency of all pairs of 35 observers over 1,280 trials, with 1,000 resamples, against a loop over pairs.

Both run on one thread: pandas uses one, and waking a second takes longer than products this small.
"""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from brainrank.benchmark.metrics.behaviour.error_consistency import all_pairs, error_consistency, resampled_kappa
from brainrank.benchmark.statistics.resampling import stimulus_counts
from performance.report import Row, peak_mib, timed

OBSERVERS, TRIALS, DRAWS = 35, 1280, 1000
PEER_PAIRS, PEER_DRAWS = 20, 10


def _tables(correct: np.ndarray) -> list[pd.DataFrame]:
    ids = [f"image{trial:04d}.png" for trial in range(TRIALS)]
    return [
        pd.DataFrame({"imagename": ids, "category": "cat", "object_response": np.where(row, "cat", "dog")})
        for row in correct
    ]


def _loop_kappa(first: pd.DataFrame, second: pd.DataFrame) -> float:
    merged = first.merge(second, on="imagename", suffixes=("_1", "_2"))
    right_1 = merged["object_response_1"] == merged["category_1"]
    right_2 = merged["object_response_2"] == merged["category_2"]
    observed = (right_1 == right_2).mean()
    p, q = right_1.mean(), right_2.mean()
    expected = p * q + (1 - p) * (1 - q)
    return float((observed - expected) / (1 - expected))


def _loop_resampled(first: pd.DataFrame, second: pd.DataFrame, drawn: np.ndarray) -> list[float]:
    merged = first.merge(second, on="imagename", suffixes=("_1", "_2"))
    kappas = []
    for trials in drawn:
        sample = merged.iloc[trials]
        right_1 = sample["object_response_1"] == sample["category_1"]
        right_2 = sample["object_response_2"] == sample["category_2"]
        observed = (right_1 == right_2).mean()
        p, q = right_1.mean(), right_2.mean()
        expected = p * q + (1 - p) * (1 - q)
        kappas.append(float((observed - expected) / (1 - expected)))
    return kappas


def rows() -> list[Row]:
    """The two measured ratios: one value per pair, and the resamples of every pair."""
    with threadpool_limits(1):
        return _measured()


def _measured() -> list[Row]:
    rng = np.random.default_rng(0)
    easy = rng.random(TRIALS)
    correct = rng.random((OBSERVERS, TRIALS)) < 0.3 + 0.6 * easy
    tables, pairs = _tables(correct), all_pairs(OBSERVERS)
    counts = stimulus_counts(TRIALS, draws=DRAWS, rng=rng)
    drawn = [np.repeat(np.arange(TRIALS), count) for count in counts[:PEER_DRAWS]]

    once_s, whole = timed(lambda: error_consistency(correct).kappa[pairs[:, 0], pairs[:, 1]], repeats=7)
    peer_once_s, peer_whole = timed(lambda: [_loop_kappa(tables[i], tables[j]) for i, j in pairs])
    ours_s, ours = timed(lambda: resampled_kappa(correct, counts=counts, pairs=pairs), repeats=7)
    peer_s, peer = timed(
        lambda: [_loop_resampled(tables[i], tables[j], np.array(drawn)) for i, j in pairs[:PEER_PAIRS]]
    )
    scale = len(pairs) / PEER_PAIRS * DRAWS / PEER_DRAWS
    case = f"{OBSERVERS} observers x {TRIALS:,} trials, all {len(pairs)} pairs"
    return [
        Row(
            f"error consistency, {case}",
            "pandas loop over pairs (merge, compare, mean), all of it timed",
            100.0,
            peer_once_s,
            once_s,
            f"largest difference {np.abs(whole - peer_whole).max():.1e}",
            peak_mib(),
        ),
        Row(
            f"error consistency, {case}, {DRAWS:,} resamples of the trials",
            f"pandas loop over pairs and resamples; {PEER_PAIRS} pairs x {PEER_DRAWS} resamples timed, scaled linearly",
            100.0,
            peer_s * scale,
            ours_s,
            f"largest difference {np.abs(ours[:PEER_DRAWS, :PEER_PAIRS].T - peer).max():.1e}",
            peak_mib(),
        ),
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.work}\n  {row.peer}: {row.peer_s:.3f} s; ours {row.ours_s * 1000:.1f} ms; {row.ratio:,.0f} times")
        print(f"  {row.accuracy}; peak {row.peak_mib:.0f} MiB")
