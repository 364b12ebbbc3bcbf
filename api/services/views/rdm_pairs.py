"""A model's RDM beside the brain's, as readers see them: percentiles, and arrangements of the stimuli in a plane."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.stored_rdms import StoredRdms
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.statistics.mds import Arrangement, arrangement, turned_onto
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import pairs_of, square_rdm
from brainrank.benchmark.types.receipt import RECORDED

# Of so many stimuli a picture of their RDM can still be read; of 1,000 it is 8 MB to send.
MOST_STIMULI = 250
# What a receipt has for the device of features that were handed in.


class Pair(NamedTuple):
    """Two stimuli, and how unlike they are to the model and to the brain, in percentiles of all pairs."""

    first: str
    second: str
    model: float
    brain: float


class RdmPair(NamedTuple):
    """RDMs of the layer that won and of the brain, over the same stimuli in the same order."""

    layer: str
    stimulus_ids: tuple[str, ...]
    model: NDArray[np.float64]
    brain: NDArray[np.float64]


class Arrangements(NamedTuple):
    """The stimuli in a plane as the brain has them, and as the model has them, turned to lie as the brain's do."""

    brain: Arrangement
    model: Arrangement


def rdm_pair(run: StoredRun, benchmark: Benchmark, rdms: StoredRdms) -> RdmPair:
    """Both RDMs of a run. Raises NotFoundError, which says why, where one of them cannot be shown here."""
    assembly = rdms.assembly(benchmark)
    if not isinstance(assembly, RdmAssembly):
        raise NotFoundError(f"{benchmark.name} compares no RDMs")
    if len(assembly.stimulus_ids) > MOST_STIMULI:
        raise NotFoundError(
            f"RDMs of more than {MOST_STIMULI} stimuli are not drawn; there are {len(assembly.stimulus_ids)}"
        )
    require_kept(run)
    layer, pairs = rdms.of_model(run)
    if len(pairs) != assembly.rdms.shape[1] or np.isnan(pairs).any():
        raise NotFoundError(f"The RDM of {run.model}, {layer}, is undefined for some stimulus")
    return RdmPair(layer, assembly.stimulus_ids, pairs, rdms.of_brain(benchmark))


def require_kept(run: StoredRun) -> None:
    """Raise NotFoundError for a model that is known by its recorded features: the store has none of those."""
    if run.receipt["device"] == RECORDED:
        raise NotFoundError(f"Features of {run.model} were handed in, and are not kept")


def percentiles(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from 0 to 100; equal values share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(count) - (count + 1) / 2
    return np.asarray(100 * ranks[place] / max(1, values.size - 1))


def most_disputed(pair: RdmPair, count: int) -> tuple[list[Pair], list[Pair]]:
    """The pairs of stimuli that the model tells apart and the brain does not, and the other way round."""
    model, brain = percentiles(pair.model), percentiles(pair.brain)
    first, second = pairs_of(len(pair.stimulus_ids))
    order = np.argsort(brain - model, kind="stable")

    def pair_at(place: int) -> Pair:
        names = pair.stimulus_ids[first[place]], pair.stimulus_ids[second[place]]
        return Pair(*names, float(model[place]), float(brain[place]))

    return [pair_at(place) for place in order[:count]], [pair_at(place) for place in order[: -count - 1 : -1]]


def arrangements(pair: RdmPair) -> Arrangements:
    """Both arrangements, of percentiles: dissimilarities of models and of brains have no common scale."""
    brain, model = (arrangement((square_rdm(percentiles(each)) / 100) ** 2) for each in (pair.brain, pair.model))
    return Arrangements(brain, model._replace(points=turned_onto(model.points, brain.points)))
