"""What a benchmark can detect of the models at hand: each in turn the truth, from their stored activations."""

from collections.abc import Sequence
from functools import partial

from threadpoolctl import threadpool_limits

from brainrank.api.services.analysis.measured_region import evidence_on
from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.recovery.detection import Recovery
from brainrank.benchmark.recovery.recovery import check_noise, check_simulated, recover
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.statistics.pieces import telling
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter


def recover_models(
    benchmark: Benchmark, specs: Sequence[ModelSpec], machine: Machine, reporter: Reporter, *, worlds: int
) -> Recovery:
    """Take each model in turn as the truth; activations that are not in the store are computed.

    Raises InvalidDataError as `recover`, and what `run` raises.
    """
    check_simulated(benchmark.metric)
    region = machine.catalogue.load(benchmark, machine.locations, reporter)
    check_noise(benchmark.metric, region.assembly)  # before activations are computed for nothing
    kind = benchmark.metric.evidence
    models = {}
    for done, spec in enumerate(specs):
        reporter.progress("models", done, len(specs))
        models[spec.name] = evidence_on(spec, kind, region, machine, reporter).content
    # As scores are computed: pieces side by side, BLAS on one thread each.
    with threadpool_limits(limits=1), telling(partial(reporter.progress, f"truths of {benchmark.name}")):
        return recover(benchmark.metric, region.assembly, models, worlds=worlds, seed=benchmark.metric.seed)
