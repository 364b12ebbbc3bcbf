"""What a benchmark can detect: each model in turn is the truth, and all are scored in its worlds."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.consistency_worlds import consistency_worlds
from brainrank.benchmark.recovery.detection import Detection, Recovery
from brainrank.benchmark.recovery.outcomes import TruthOutcome, outcome
from brainrank.benchmark.recovery.rsa_worlds import layer_rdms, rsa_worlds
from brainrank.benchmark.statistics.pieces import in_pieces
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Content, Metric, choices_of, layers_of, neural, of_kind
from brainrank.benchmark.types.trials import BehaviouralAssembly

WORLDS = 500
LEAST_WORLDS = 40
CEILING_WORLDS = 4
BYTES_OF_A_TRUTH = 2**28


def check_simulated(metric: Metric) -> None:
    """Raise InvalidDataError for a metric whose data are not simulated."""
    if not isinstance(metric, RsaMetric | ErrorConsistencyMetric):
        raise InvalidDataError(
            f"data of {metric.name} are not simulated; recovery is of benchmarks of {RsaMetric.name} and "
            f"{ErrorConsistencyMetric.name}"
        )


def check_noise(metric: Metric, assembly: Assembly) -> None:
    """Raise InvalidDataError for data that do not tell how much subjects differ: those without a noise ceiling."""
    ceiling = metric.ceiling(assembly)
    if np.isnan(ceiling.lower):
        raise InvalidDataError(f"how much subjects differ is not known: {ceiling.reason}")


def recover(metric: Metric, assembly: Assembly, models: Mapping[str, Content], *, worlds: int, seed: int) -> Recovery:
    """Take each model in turn as the truth, in so many worlds; models without a score are left out.

    Raises InvalidDataError for a metric that is not simulated, data that do not tell how much subjects differ, fewer
    worlds than 40, and fewer than two models that have a score.
    """
    check_simulated(metric)
    check_noise(metric, assembly)
    if worlds < LEAST_WORLDS:
        raise InvalidDataError(f"{worlds} worlds are too few for a share of them; give at least {LEAST_WORLDS}")
    if isinstance(metric, RsaMetric):
        study = _rsa(metric, assembly, models, worlds, seed)
    elif isinstance(metric, ErrorConsistencyMetric):
        study = _consistency(metric, assembly, models, worlds, seed)
    pieces = [partial(study.truth, truth) for truth in range(len(study.models))]
    found = in_pieces(pieces, bytes_each=BYTES_OF_A_TRUTH)
    return Recovery(
        worlds=worlds,
        ceiling=study.ceiling,
        simulated_ceiling=float(np.mean([each.ceiling for each in found])),
        in_full=_detection(study.models, [each.in_full for each in found]),
        as_measured=_detection(study.models, [each.as_measured for each in found]),
    )


class _Truth(NamedTuple):
    in_full: TruthOutcome
    as_measured: TruthOutcome
    ceiling: float


class _Study(NamedTuple):
    """The models that have a score, the measured ceiling, and what comes of each model as the truth."""

    models: tuple[str, ...]
    ceiling: float
    truth: Callable[[int], _Truth]


def _rsa(metric: RsaMetric, assembly: Assembly, models: Mapping[str, Content], worlds: int, seed: int) -> _Study:
    measured = metric.rdms(neural(assembly, metric))
    layers = layer_rdms({name: layers_of(each, metric) for name, each in models.items()}, metric, measured)
    made = rsa_worlds(metric, measured, layers, worlds=worlds, rng=np.random.default_rng(seed))

    def truth(place: int) -> _Truth:
        in_full = made.scores(place)
        as_measured = made.scores(place, made.explained(place, in_full))
        return _Truth(outcome(in_full, place), outcome(as_measured, place), made.simulated_ceiling(place))

    return _Study(layers.models, made.ceiling, truth)


def _consistency(
    metric: ErrorConsistencyMetric, assembly: Assembly, models: Mapping[str, Content], worlds: int, seed: int
) -> _Study:
    choices = {name: choices_of(each, metric) for name, each in models.items()}
    made = consistency_worlds(metric, of_kind(assembly, BehaviouralAssembly, metric), choices)

    def truth(place: int) -> _Truth:
        rng = np.random.default_rng([seed, place])
        in_full = made.scores(place, worlds=worlds, rng=rng)
        as_measured = made.scores(place, worlds=worlds, rng=rng, as_measured=True)
        ceiling = made.simulated_ceiling(place, worlds=CEILING_WORLDS, rng=rng)
        return _Truth(outcome(in_full, place), outcome(as_measured, place), ceiling)

    return _Study(made.names, made.ceiling, truth)


def _detection(models: tuple[str, ...], found: Sequence[TruthOutcome]) -> Detection:
    of_rivals = [(each.times, _nearest_rival(each)) for each in found]
    return Detection(
        models=models,
        first=np.array([each.first for each in found]),
        certain=np.array([each.certain for each in found]),
        told=np.stack([each.told for each in found]),
        smallest_difference=_median([each.smallest for each in found]),
        times_images=_median([times.images[rival] for times, rival in of_rivals]),
        times_subjects=_median([times.subjects[rival] for times, rival in of_rivals]),
        times_both=_median([times.both[rival] for times, rival in of_rivals]),
    )


def _nearest_rival(found: TruthOutcome) -> list[int]:
    """The model of other features that comes nearest to the true one, if there is one."""
    others = np.flatnonzero(np.isfinite(found.smallest))
    return [int(others[found.differences[others].argmin()])] if others.size else []


def _median(values: Sequence[Float[ndarray, " some"]]) -> float:
    known = np.concatenate(values)
    known = known[~np.isnan(known)]
    return float(np.quantile(known, 0.5, method="lower")) if known.size else math.nan
