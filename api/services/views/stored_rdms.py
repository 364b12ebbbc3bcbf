"""RDMs of what is stored on this machine: of a model's layer, from the activations store, and of a brain's region."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.activations.layers import parse_layer
from brainrank.benchmark.activations.reduction import Reduction
from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.noise_ceiling import normalised
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, rdm_from_gram
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Metric, RdmDrawing
from brainrank.benchmark.types.model_spec import OwnTransform, Preprocessing
from brainrank.benchmark.types.reporter import Silent

# Of 92 stimuli an RDM is 33 kB, of 1,200 it is 6 MB.
RDMS_KEPT, ASSEMBLIES_KEPT = 32, 16


class ModelRdm(NamedTuple):
    """The RDM of a model's layer, a number for each pair of stimuli."""

    layer: str
    pairs: NDArray[np.float64]


class StoredRdms:
    """RDMs from the store and from the studies' files; nothing is fetched and nothing computed by a network."""

    def __init__(self, catalogue: Catalogue, locations: Locations, store: ActivationStore) -> None:
        self._catalogue, self._locations, self._store = catalogue, locations, store
        # What raises is not kept: what is not here now may be here later.
        self._layer_rdm = lru_cache(RDMS_KEPT)(self._read_layer)
        self._assembly = lru_cache(ASSEMBLIES_KEPT)(self._read_assembly)

    def of_model(self, run: StoredRun) -> ModelRdm:
        """The RDM, on the benchmark's stimuli, of the layer that won.

        Raises NotFoundError where the run names no layer, or its activations are not in the store here.
        """
        layer = winning_layer(run)
        metric = self._catalogue.benchmark(run.benchmark).metric
        drawing = metric.drawing
        measure = drawing.dissimilarity if isinstance(drawing, RdmDrawing) else Dissimilarity.CORRELATION
        return ModelRdm(layer, self._layer_rdm(run.model, layer_key(run, layer), measure))

    def of_brain(self, benchmark: Benchmark) -> NDArray[np.float64]:
        """The RDM that a benchmark's subjects have in common: the mean of their ranked RDMs; of responses, 1 - r.

        Raises NotFoundError for a study without RDMs, or one whose files are not here.
        """
        assembly = self.assembly(benchmark)
        if isinstance(assembly, RdmAssembly):
            return np.asarray(normalised(assembly.rdms, Comparator.SPEARMAN).mean(axis=0))
        if isinstance(assembly, ResponseAssembly):
            return rdm_from_features(np.nanmean(assembly.responses, axis=1), Dissimilarity.CORRELATION)
        raise NotFoundError(f"{benchmark.name} is of behaviour; it has no RDM")

    def assembly(self, benchmark: Benchmark) -> Assembly:
        """What was measured, stimuli in their order; responses that are compared by their RDM as that.

        Raises NotFoundError where the study's files are not here.
        """
        return self._assembly(benchmark.dataset, benchmark.region, benchmark.metric)

    def _read_assembly(self, dataset: str, region: str, metric: Metric) -> Assembly:
        study = self._catalogue.dataset(dataset)
        if not study.is_here(region, self._locations):
            raise NotFoundError(f"The files of {dataset}, {region}, are not on this machine")
        found = study.assembly(region, self._locations, Silent())
        drawing = metric.drawing
        if isinstance(drawing, RdmDrawing) and isinstance(found, ResponseAssembly):
            return drawing.rdms(found)
        return found

    def _read_layer(self, model: str, key: str, dissimilarity: Dissimilarity) -> NDArray[np.float64]:
        found = self._store.get(key, LayerGram)
        if found is None:
            raise NotFoundError(f"Activations of {model} are not on this machine")
        return rdm_from_gram(found, dissimilarity)


def winning_layer(run: StoredRun) -> str:
    """The layer that was chosen most often, the first of equals. Raises NotFoundError for a run without layers."""
    if not run.score.layer_curve:
        raise NotFoundError(f"Run {run.run_id} ({run.model} on {run.benchmark}) has no layers")
    return max(run.score.layer_curve, key=lambda each: each.won).layer


def layer_key(run: StoredRun, layer: str) -> str:
    """The layer's key in the store, from the run's receipt. Raises NotFoundError where it is not of that form yet."""
    receipt = run.receipt
    if "network_digest" not in receipt:
        raise NotFoundError(f"Activations of {run.model} were stored before their network was part of their key")
    sent: Mapping[str, Any] = receipt["preprocessing"]
    # JSON has no tuples.
    preprocessing: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in sent.items()
    }
    module, pooling = parse_layer(layer, receipt["pooling"])
    return store_key(
        network_digest=receipt["network_digest"],
        preprocessing=(OwnTransform if "sha256" in preprocessing else Preprocessing)(**preprocessing),
        layer=module,
        pooling=pooling,
        reduction=Reduction.NONE,
        precision=f"{receipt['precision']} on {receipt['device']}",
        stimuli_digest=receipt["stimuli_digest"],
    )
