"""Which targets a model predicts, and in which two models differ: p and q of each voxel, neuron or vertex.

A target's score deviates on draws of stimuli with a variance that is estimated from these draws, which has as many
degrees of freedom as there are draws less one, beside those that the stimuli leave. p is of Student's t with the
harmonic sum of both; q are Benjamini and Hochberg's over all targets of a map, which hold where neighbours vary
together (Benjamini & Yekutieli 2001, positive dependence). Defined in docs/conventions.md#maps.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.false_discovery import benjamini_hochberg
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import SpatialScores, TargetScores

DRAWS_OF_TARGETS = 100
"""How many draws are kept of each target: its variance has as many degrees of freedom, less one."""
FEWEST_SUBJECTS = 3
HIGHEST_R = 1 - 1e-9


class TargetStatistics(NamedTuple):
    """A value for each target with its standard error and p; NaN where it is undefined."""

    values: Float[ndarray, " targets"]
    errors: Float[ndarray, " targets"]
    p: Float[ndarray, " targets"]

    @property
    def q(self) -> Float[ndarray, " targets"]:
        """The false discovery rate at which each target is told, among all of them."""
        return benjamini_hochberg(self.p)


def above_zero(scores: TargetScores) -> TargetStatistics:
    """Correlations with the one-sided p of no more than 0, taken on Fisher's scale.

    Raises InvalidDataError for scores without deviations.
    """
    spatial, deviations = _deviating(scores)
    found = _tested(scores.values, deviations, spatial.freedom, two_sided=False)
    # A correlation varies less the higher it is, so that one that is high by chance looks surer than it is; on Fisher's
    # scale it varies alike.
    r = np.clip(scores.values, -HIGHEST_R, HIGHEST_R)
    p = _p(np.arctanh(r), found.errors / (1 - r**2), _freedom(deviations, spatial.freedom), two_sided=False)
    return found._replace(p=p)


def difference(first: TargetScores, second: TargetScores) -> TargetStatistics:
    """The first model's scores less the second's, with the two-sided p of none, on the draws that both share.

    Raises InvalidDataError where they are not of the same targets and stimuli, or have no deviations.
    """
    (one, deviating), (other, also_deviating) = _deviating(first), _deviating(second)
    if first.targets != second.targets or one.stimulus_set != other.stimulus_set:
        raise InvalidDataError(
            f"the two are not of the same {len(first.targets)} and {len(second.targets)} targets, or of other stimuli; "
            "take runs of one benchmark"
        )
    n_draws = min(len(deviating), len(also_deviating))
    apart = deviating[:n_draws].astype(np.float64) - also_deviating[:n_draws]
    return _tested(first.values - second.values, apart, min(one.freedom, other.freedom), two_sided=True)


def over_subjects(values: Float[ndarray, "subjects targets"], *, two_sided: bool) -> TargetStatistics:
    """The mean over subjects with the p of none, of Student's t over subjects; NaN where one has no value.

    Raises InvalidDataError for fewer than three subjects, who cannot tell how subjects differ.
    """
    n_subjects = len(values)
    if n_subjects < FEWEST_SUBJECTS:
        raise InvalidDataError(f"{n_subjects} subjects for a group map; give at least {FEWEST_SUBJECTS}")
    errors = values.std(axis=0, ddof=1) / np.sqrt(n_subjects)
    means = values.mean(axis=0)
    return TargetStatistics(means, errors, _p(means, errors, float(n_subjects - 1), two_sided=two_sided))


def _deviating(scores: TargetScores) -> tuple[SpatialScores, Float[ndarray, "draws targets"]]:
    if scores.spatial is None or scores.spatial.deviations is None:
        raise InvalidDataError("these scores were stored without what maps are made of; score the model again")
    return scores.spatial, scores.spatial.deviations


def _tested(
    values: Float[ndarray, " targets"], deviations: Float[ndarray, "draws targets"], freedom: int, *, two_sided: bool
) -> TargetStatistics:
    errors = deviations.astype(np.float64).std(axis=0, ddof=1)
    p = _p(values, errors, _freedom(deviations, freedom), two_sided=two_sided)
    return TargetStatistics(values, errors, p)


def _freedom(deviations: Float[ndarray, "draws targets"], of_stimuli: int) -> float:
    return 1 / (1 / max(len(deviations) - 1, 1) + 1 / max(of_stimuli, 1))


def _p(
    values: Float[ndarray, " targets"], errors: Float[ndarray, " targets"], freedom: float, *, two_sided: bool
) -> Float[ndarray, " targets"]:
    """Student's; 1 for a value of 0 that does not vary, as two equal models have it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((values == 0) & (errors == 0), 0.0, values / errors)
    p = 2 * scipy.special.stdtr(freedom, -np.abs(t)) if two_sided else scipy.special.stdtr(freedom, -t)
    return np.asarray(p, dtype=np.float64)
