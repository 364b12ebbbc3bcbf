"""How what a metric scores a model by is gathered: a module for each kind of evidence, imported when it is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from brainrank.benchmark.scoring.evidence import Evidence, Job
from brainrank.benchmark.types.metric import EvidenceKind
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.resolved import ResolvedModel

# By what a metric says in its `evidence`. Each module has a function `gather`.
MODULES: Mapping[EvidenceKind, str] = {
    EvidenceKind.ACTIVATIONS: "brainrank.benchmark.scoring.evidence",
    EvidenceKind.PROJECTIONS: "brainrank.benchmark.scoring.evidence",
    EvidenceKind.UNITS: "brainrank.benchmark.scoring.evidence",
    EvidenceKind.CHOICES: "brainrank.benchmark.scoring.choices",
}


@dataclass(frozen=True, kw_only=True)
class DistantModel(ResolvedModel):
    """A model whose network is in another process (brainrank.benchmark.cell): evidence is gathered there."""

    gather: Callable[[EvidenceKind, Job, LoadedRegion], Evidence]


def gather(kind: EvidenceKind, job: Job, region: LoadedRegion) -> Evidence:
    """What metrics that ask for this kind of evidence score a model by. Errors as of `run`."""
    if isinstance(job.model, DistantModel):
        return job.model.gather(kind, job, region)
    find: Callable[[EvidenceKind, Job, LoadedRegion], Evidence] = import_module(MODULES[kind]).gather
    return find(kind, job, region)
