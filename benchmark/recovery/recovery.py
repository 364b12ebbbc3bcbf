"""What a benchmark can detect: each model in turn the truth, all scored in its worlds; and that as plain values."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.consistency_worlds import consistency_worlds
from brainrank.benchmark.recovery.outcomes import POWER, TruthOutcome, outcome
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


@dataclass(frozen=True)
class Recovery:
    """How often each model, were it true, would be found, and told from each other.

    `first` and `certain` are of each model as the truth, `told` of each (row) against each (column); medians over pairs
    are the `smallest_difference` that is told in 80 % of worlds, and over truths how many times the images, or the
    subjects, tell the true model from its nearest rival in 80 %: infinite where no number does. `ceiling` is the
    measured noise ceiling, `simulated_ceiling` the mean of the worlds'.
    """

    worlds: int
    models: tuple[str, ...]
    first: Float[ndarray, " models"]
    certain: Float[ndarray, " models"]
    told: Float[ndarray, "models models"]
    smallest_difference: float
    times_images: float
    times_subjects: float
    ceiling: float
    simulated_ceiling: float

    @property
    def recovered(self) -> float:
        """How often the true model is first, mean over models."""
        return float(self.first.mean())

    @property
    def told_from_second(self) -> float:
        """How often the true model is first and told from the second, mean over models."""
        return float(self.certain.mean())

    def pairs_told(self, models: Collection[str]) -> float:
        """Of pairs of these models, either the true one, the share told in 80 % of worlds; NaN without pairs."""
        places = [place for place, name in enumerate(self.models) if name in models]
        among = self.told[np.ix_(places, places)][~np.eye(len(places), dtype=bool)]
        return float((among >= POWER).mean()) if among.size else math.nan

    def not_told_from(self, model: str) -> list[str]:
        """The models from which this one, were it true, would be told in fewer than 80 % of worlds."""
        row = self.told[self.models.index(model)]
        return [name for name, share in zip(self.models, row, strict=True) if name != model and share < POWER]

    @property
    def content(self) -> dict[str, Any]:
        """Plain values of JSON: shares in per cent, None for what is infinite or not known."""
        return {
            "worlds": self.worlds,
            "models": list(self.models),
            "first": _per_cent(self.first),
            "certain": _per_cent(self.certain),
            "told": [_per_cent(row) for row in self.told],
            "smallest_difference": _finite(self.smallest_difference),
            "times_images": _finite(self.times_images),
            "times_subjects": _finite(self.times_subjects),
            "ceiling": _finite(self.ceiling),
            "simulated_ceiling": _finite(self.simulated_ceiling),
        }


def recovery_of(content: Mapping[str, Any]) -> Recovery:
    """The recovery that plain values are of (`Recovery.content`)."""
    unknown = {"times_images": math.inf, "times_subjects": math.inf}

    def number(name: str) -> float:
        return unknown.get(name, math.nan) if content[name] is None else float(content[name])

    def shares(name: str) -> Float[ndarray, "*any"]:
        return np.array(content[name], dtype=np.float64) / 100

    return Recovery(
        worlds=int(content["worlds"]),
        models=tuple(content["models"]),
        first=shares("first"),
        certain=shares("certain"),
        told=shares("told"),
        smallest_difference=number("smallest_difference"),
        times_images=number("times_images"),
        times_subjects=number("times_subjects"),
        ceiling=number("ceiling"),
        simulated_ceiling=number("simulated_ceiling"),
    )


def check_simulated(metric: Metric) -> None:
    """Raise InvalidDataError for a metric whose data are not simulated."""
    if not isinstance(metric, RsaMetric | ErrorConsistencyMetric):
        raise InvalidDataError(
            f"data of {metric.name} are not simulated; recovery is of benchmarks of {RsaMetric.name} and "
            f"{ErrorConsistencyMetric.name}"
        )


def recover(metric: Metric, assembly: Assembly, models: Mapping[str, Content], *, worlds: int, seed: int) -> Recovery:
    """Take each model in turn as the truth, in so many worlds; models without a score are left out.

    Raises InvalidDataError for a metric that is not simulated, data that do not tell how much subjects differ, fewer
    worlds than 40, and fewer than two models that have a score.
    """
    check_simulated(metric)
    if worlds < LEAST_WORLDS:
        raise InvalidDataError(f"{worlds} worlds are too few for a share of them; give at least {LEAST_WORLDS}")
    if isinstance(metric, RsaMetric):
        study = _rsa(metric, assembly, models, worlds, seed)
    elif isinstance(metric, ErrorConsistencyMetric):
        study = _consistency(metric, assembly, models, worlds, seed)
    truths = range(len(study.models))
    found = in_pieces([partial(study.truth, truth) for truth in truths], bytes_each=BYTES_OF_A_TRUTH)
    return _together(study, worlds, [each.outcome for each in found], [each.ceiling for each in found])


class _Truth(NamedTuple):
    outcome: TruthOutcome
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
        share = made.noise_share(place)
        return _Truth(outcome(made.scores(place, share), place), made.simulated_ceiling(place, share))

    return _Study(layers.models, made.ceiling, truth)


def _consistency(
    metric: ErrorConsistencyMetric, assembly: Assembly, models: Mapping[str, Content], worlds: int, seed: int
) -> _Study:
    choices = {name: choices_of(each, metric) for name, each in models.items()}
    made = consistency_worlds(metric, of_kind(assembly, BehaviouralAssembly, metric), choices)

    def truth(place: int) -> _Truth:
        rng = np.random.default_rng([seed, place])
        found = outcome(made.scores(place, worlds=worlds, rng=rng), place)
        return _Truth(found, made.simulated_ceiling(place, worlds=CEILING_WORLDS, rng=rng))

    return _Study(made.names, made.ceiling, truth)


def _together(study: _Study, worlds: int, found: Sequence[TruthOutcome], ceilings: Sequence[float]) -> Recovery:
    rivals = [_nearest_rival(each) for each in found]
    return Recovery(
        worlds=worlds,
        models=study.models,
        first=np.array([each.first for each in found]),
        certain=np.array([each.certain for each in found]),
        told=np.stack([each.told for each in found]),
        smallest_difference=_median([each.smallest for each in found]),
        times_images=_median([each.images[rival] for each, rival in zip(found, rivals, strict=True)]),
        times_subjects=_median([each.subjects[rival] for each, rival in zip(found, rivals, strict=True)]),
        ceiling=study.ceiling,
        simulated_ceiling=float(np.mean(ceilings)),
    )


def _nearest_rival(found: TruthOutcome) -> list[int]:
    """The model of other features that comes nearest to the true one, if there is one."""
    others = np.flatnonzero(np.isfinite(found.smallest))
    return [int(others[found.differences[others].argmin()])] if others.size else []


def _median(values: Sequence[Float[ndarray, " some"]]) -> float:
    known = np.concatenate(values)
    known = known[~np.isnan(known)]
    return float(np.quantile(known, 0.5, method="lower")) if known.size else math.nan


def _per_cent(shares: Float[ndarray, " any"]) -> list[int]:
    return [round(100 * each) for each in shares.tolist()]


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
