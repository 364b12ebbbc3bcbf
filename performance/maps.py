"""Maps of the brain on two processors: searchlights, beside rsatoolbox's, and 100,000 voxels encoded and mapped.

`python -m performance.maps` writes RESULTS-maps.md. Responses are noise: a map costs the same whatever is in it.
"""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rsatoolbox.model import ModelFixed
from rsatoolbox.util.searchlight import evaluate_models_searchlight, get_searchlight_RDMs, get_volume_searchlight

from brainrank.api.python.feature_spaces import gram_layers
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.searchlight.searchlight_rdms import SearchlightRdms
from brainrank.benchmark.metrics.searchlight.searchlights import searchlights_of
from brainrank.benchmark.metrics.searchlight_rsa import SearchlightRsaMetric
from brainrank.benchmark.statistics.brain_map import brain_map
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions, Volume
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.datasets.memory.paired_arrays import Features

RESULTS = Path(__file__).parent / "RESULTS-maps.md"
FEATURES, LAYERS, PEERS = 500, 8, 1_500


def assembly(shape: tuple[int, int, int], n_stimuli: int, repeats: int, radius: float) -> ResponseAssembly:
    """Noise in a ball of voxels of 2 mm within a volume."""
    rng = np.random.default_rng(0)
    space = Volume("sub-01", shape, ((2.0, 0, 0, 0), (0, 2.0, 0, 0), (0, 0, 2.0, 0), (0, 0, 0, 1.0)))
    centre = (np.array(shape) - 1) / 2
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    inside = np.flatnonzero(np.linalg.norm((grid - centre) / centre, axis=-1) <= radius)
    responses = rng.standard_normal((n_stimuli, repeats, len(inside)), dtype=np.float32)
    names = tuple(map(str, range(n_stimuli)))
    return ResponseAssembly(
        "brain", names, tuple(map(str, inside)), responses, positions=TargetPositions(space, inside)
    )


def layers(n_stimuli: int, count: int) -> Any:
    """Layers of noise."""
    rng = np.random.default_rng(1)
    return gram_layers({f"layer {k}": Features(rng.standard_normal((n_stimuli, FEATURES)), None) for k in range(count)})


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def searchlight_row() -> list[str]:
    """30,000 spheres of 92 images, eight layers, with intervals; and what their RDMs alone take."""
    measured, eight = assembly((40, 40, 40), 92, 1, 0.97), layers(92, LAYERS)
    metric = SearchlightRsaMetric(radius_mm=8.0)
    spheres = searchlights_of(measured.positions, 8.0, 20, "brain")
    whole = seconds(lambda: metric.score(eight, measured))
    rdms = SearchlightRdms.of(measured, Dissimilarity.CORRELATION)
    alone = seconds(lambda: rdms_of(rdms, spheres.members))
    one = seconds(lambda: metric.score(layers(92, 1), measured))
    size = np.mean([len(each) for each in spheres.members])
    return [
        f"searchlight, {len(spheres.centres):,} spheres of {size:.0f} voxels, 92 images",
        f"{LAYERS} layers {whole:.0f} s; 1 layer {one:.0f} s; RDMs alone, one thread {alone:.0f} s",
        "under 180 s",
    ]


def rdms_of(rdms: SearchlightRdms, members: Any) -> None:
    """Every sphere's RDM, let go again."""
    for start in range(0, len(members), 256):
        rdms.of_searchlights(members[start : start + 256])


def peer_row() -> list[str]:
    """The same spheres by rsatoolbox with both processors, on one model, without intervals."""
    measured = assembly((20, 20, 20), 92, 1, 0.9)
    spheres = searchlights_of(measured.positions, 8.0, 20, "brain")
    mask = np.zeros(8_000)
    mask[measured.positions.positions] = 1  # type: ignore[union-attr]
    one = layers(92, 1)
    ours = seconds(lambda: SearchlightRsaMetric(radius_mm=8.0, comparator=Comparator.SPEARMAN).score(one, measured))
    centres, neighbours = get_volume_searchlight(mask.reshape(20, 20, 20), radius=4, threshold=0.3)
    everywhere = np.zeros((92, 8_000))
    everywhere[:, measured.positions.positions] = measured.responses[:, 0]  # type: ignore[union-attr]
    rng = np.random.default_rng(2)
    model = ModelFixed("layer", rng.random(92 * 91 // 2))

    def theirs() -> None:
        rdms = get_searchlight_RDMs(everywhere, centres, neighbours, np.arange(92), method="correlation", verbose=False)
        evaluate_models_searchlight(rdms, model, eval_fixed_once, method="spearman", n_jobs=2)

    took = seconds(theirs)
    per_ours, per_theirs = ours / len(spheres.centres), took / len(centres)
    return [
        f"rsatoolbox's searchlight, {len(centres):,} spheres, 92 images, one model, no intervals, two processes",
        f"{took:.0f} s, {1e3 * per_theirs:.1f} ms a sphere; ours with intervals {ours:.1f} s for "
        f"{len(spheres.centres):,}, {1e3 * per_ours:.2f} ms a sphere: {per_theirs / per_ours:.0f} times",
        "20 times",
    ]


def eval_fixed_once(model: Any, rdm: Any, method: str = "spearman", theta: Any = None) -> Any:
    """What rsatoolbox's demonstration evaluates."""
    from rsatoolbox.inference import eval_fixed

    return eval_fixed(model, rdm, method=method, theta=theta)


def crossnobis_row() -> list[str]:
    """RDMs of a whole brain's spheres, cross-validated over eight runs of 16 conditions."""
    measured = assembly((80, 80, 76), 16, 8, 0.99)
    spheres = searchlights_of(measured.positions, 6.0, 20, "brain")
    metric = SearchlightRsaMetric(radius_mm=6.0, dissimilarity=Dissimilarity.CROSSNOBIS)
    took = seconds(lambda: metric.score(layers(16, 1), measured))
    size = np.mean([len(each) for each in spheres.members])
    return [
        f"crossnobis searchlight, {len(spheres.centres):,} spheres of {size:.0f} voxels, 16 conditions x 8 runs",
        f"{took:.0f} s, one layer, with intervals",
        "under 300 s",
    ]


def encoding_row() -> list[str]:
    """100,000 voxels encoded from one layer of 1,000 images, and mapped."""
    measured, one = assembly((60, 60, 54), 1_000, 1, 0.985), layers(1_000, 1)

    def work() -> None:
        score = EncodingMetric().score(one, measured)
        assert score.per_target is not None
        brain_map([score.per_target], q=0.05)

    took = seconds(work)
    return [
        f"encoding of {len(measured.targets):,} voxels from one layer of 1,000 images, mapped",
        f"{took:.0f} s",
        "under 60 s",
    ]


def main() -> None:
    """Measure everything, and write it."""
    os.environ["TQDM_DISABLE"] = "1"  # rsatoolbox's bars
    rows = []
    for each in (peer_row, searchlight_row, encoding_row, crossnobis_row):
        rows.append(each())
        print(" | ".join(rows[-1]), flush=True)
    table = ["| work | took | to reach |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    text = [
        "# Maps",
        "",
        f"`python -m performance.maps`, {time.strftime('%Y-%m-%d')}, {len(os.sched_getaffinity(0))} processors, "
        f"peak {peak:.1f} GiB.",
        "",
        *table,
    ]
    RESULTS.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
