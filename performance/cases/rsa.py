"""RSA against rsatoolbox: the bootstrap over stimuli for every comparator, and the correlation RDM."""

import contextlib
import io
import time
from statistics import median

import numpy as np
from numpy.typing import NDArray
from rsatoolbox.data import Dataset
from rsatoolbox.inference import eval_bootstrap_pattern
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs, calc_rdm
from threadpoolctl import threadpool_limits

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from performance.report import Row, peak_mib, timed

STIMULI, SUBJECTS, MODELS, DRAWS = 92, 4, 10, 1000
# The peer takes about a second for a draw of the whitened comparators.
PEER_DRAWS = dict.fromkeys(Comparator, 20) | {Comparator.CORR_COV: 2, Comparator.COSINE_COV: 2}
AT_LEAST = {
    Comparator.COSINE: 100,
    Comparator.CORR: 100,
    Comparator.SPEARMAN: 50,
    Comparator.RHO_A: 50,
    Comparator.TAU_A: 20,
    Comparator.CORR_COV: 20,
    Comparator.COSINE_COV: 20,
}


def rows() -> list[Row]:
    """One row per comparator, and one for the correlation RDM."""
    rng = np.random.default_rng(0)
    subjects = np.stack([_rdm(rng) for _ in range(SUBJECTS)])
    models = np.stack([_rdm(rng) for _ in range(MODELS)])
    return [_bootstrap(models, subjects, comparator) for comparator in Comparator] + [_correlation_rdm(rng)]


def _rdm(rng: np.random.Generator) -> NDArray[np.float64]:
    return rdm_from_features(rng.normal(size=(STIMULI, 50)), Dissimilarity.CORRELATION)


def _peer_bootstrap(
    models: NDArray[np.float64], subjects: NDArray[np.float64], method: Comparator
) -> NDArray[np.float64]:
    named = [ModelFixed(f"model {i}", model) for i, model in enumerate(models)]
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        result = eval_bootstrap_pattern(
            named, RDMs(subjects), method=method, N=PEER_DRAWS[method], boot_noise_ceil=False
        )
    return np.asarray(result.evaluations)


def _bootstrap(models: NDArray[np.float64], subjects: NDArray[np.float64], comparator: Comparator) -> Row:
    # The peer draws from NumPy's global state: the same draws are had again by seeding it alike.
    np.random.seed(1)  # noqa: NPY002
    n_peer = PEER_DRAWS[comparator]
    drawn = [np.bincount(np.random.randint(0, STIMULI, STIMULI), minlength=STIMULI) for _ in range(n_peer)]  # noqa: NPY002
    counts = np.random.default_rng(0).multinomial(STIMULI, np.full(STIMULI, 1 / STIMULI), size=DRAWS)
    peer_times, our_times = [], []
    limits = threadpool_limits(1)  # on both sides, as scores are computed: docs/decisions/one-thread-per-score.md
    for _ in range(3):  # by turns, so that another program's load falls on both
        np.random.seed(1)  # noqa: NPY002
        start = time.perf_counter()
        expected = _peer_bootstrap(models, subjects, comparator)
        peer_times.append(time.perf_counter() - start)
        our_times.append(timed(lambda: compare_resampled(models, subjects, counts, comparator), repeats=1)[0])
    limits.restore_original_limits()
    values = compare_resampled(models, subjects, np.array(drawn), comparator).mean(axis=2)
    return Row(
        work=f"bootstrap, {comparator}: {STIMULI} stimuli, {SUBJECTS} subjects, {MODELS} models, {DRAWS} draws",
        peer=f"rsatoolbox eval_bootstrap_pattern, no ceilings, one BLAS thread on both sides; {n_peer} draws, scaled",
        at_least=AT_LEAST[comparator],
        peer_s=median(peer_times) * DRAWS / n_peer,
        ours_s=median(our_times),
        accuracy=f"largest difference over {n_peer} shared draws {np.abs(values - expected).max():.0e}",
        peak_mib=peak_mib(),
    )


def _correlation_rdm(rng: np.random.Generator) -> Row:
    features = rng.normal(size=(1000, 5000))
    dataset = Dataset(features)
    peer_s, expected = timed(lambda: calc_rdm(dataset, method="correlation").get_vectors()[0], repeats=1)
    ours_s, values = timed(lambda: rdm_from_features(features, Dissimilarity.CORRELATION), repeats=5)
    return Row(
        work="correlation RDM: 1,000 stimuli, 5,000 features, float64",
        peer="rsatoolbox calc_rdm, timed once",
        at_least=10,
        peer_s=peer_s,
        ours_s=ours_s,
        accuracy=f"largest difference {np.abs(values - expected).max():.0e}",
        peak_mib=peak_mib(),
    )


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.work}: {row.peer_s:.3f} s / {row.ours_s:.4f} s = {row.ratio:.0f} x "
            f"(at least {row.at_least}); {row.accuracy}"
        )
