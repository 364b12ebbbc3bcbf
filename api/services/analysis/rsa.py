"""RSA of one's own arrays: how alike the RDM of features is to the RDMs of subjects."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.drawn_similarity import compared_anew, drawn_similarity
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling_on_draws
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, undefined_stimuli
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    deviations_of_subject_mean,
    spread,
    student_interval,
)
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval, NoiseCeiling
from brainrank.datasets.readers.rdms import SubjectRdms

FEWEST_STIMULI = 3


class RsaAnalysis(NamedTuple):
    """The RDM of features, those of subjects, the similarity to each of them, its mean's interval, and the ceiling."""

    model: Float[ndarray, " pairs"]
    brain: SubjectRdms
    similarity: Float[ndarray, " subjects"]
    interval: Interval
    ceiling: NoiseCeiling

    @property
    def mean(self) -> float:
        """The mean similarity over subjects."""
        return float(self.similarity.mean())


class Named(NamedTuple):
    """What messages call the features, the RDMs, and the setting of the dissimilarity."""

    features: str
    rdms: str
    euclidean: str


def model_rdm(
    features: Float[ndarray, "stimuli features"], brain: SubjectRdms, dissimilarity: Dissimilarity, names: Named
) -> Float[ndarray, " pairs"]:
    """The RDM of features on the stimuli of some RDMs.

    Raises InvalidDataError when they are not of the same number of stimuli, or a stimulus has no dissimilarity.
    """
    n = len(brain.stimulus_ids)
    if len(features) != n:
        raise InvalidDataError(
            f"{names.features} has {len(features)} stimuli and {names.rdms} has {n}; give the same stimuli in the same "
            "order"
        )
    if n < FEWEST_STIMULI:
        raise InvalidDataError(f"{names.rdms} has {n} stimuli; comparing RDMs needs at least {FEWEST_STIMULI}")
    model = rdm_from_features(features, dissimilarity)
    undefined = undefined_stimuli(model)
    if undefined:
        what = "equal values only" if dissimilarity is Dissimilarity.CORRELATION else "zeros only"
        named = ", ".join(brain.stimulus_ids[i] for i in undefined[:5])
        raise InvalidDataError(
            f"{names.features} has {what} for stimulus {named} ({len(undefined)} such stimuli), which have no "
            f"{dissimilarity} dissimilarity; leave them out or use {names.euclidean}"
        )
    return model


def analyse_rsa(
    model: Float[ndarray, " pairs"],
    brain: SubjectRdms,
    *,
    units: Int[ndarray, " stimuli"],
    comparator: Comparator,
    draws: int,
    seed: int,
) -> RsaAnalysis:
    """Compare an RDM with that of each subject.

    The interval is over new stimuli (over `units`, groups of them) and, with at least 3, over new subjects; that of the
    ceiling's lower bound as well.
    """
    for_stimuli, for_subjects = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    counts = stimulus_counts(len(units), draws=draws, rng=for_stimuli, units=units)
    anew = compared_anew(int(units.max()) + 1)

    def interval(value: float, fixed: Float[ndarray, " subjects"], drawn: Float[ndarray, "draws subjects"]) -> Interval:
        deviating = deviations_of_subject_mean(
            fixed,
            drawn,
            n_stimuli=int(units.max()) + 1,
            stimulus_set="",
            counts=counts if anew else None,
            subjects=brain.subjects,
            rng=for_subjects,
        )
        return student_interval(value, spread([deviating]), support=CORRELATION)

    found = drawn_similarity(model[None], brain.rdms, counts, units=units, anew=anew, comparator=comparator)
    similarity = found.fixed[0]
    of_model = interval(float(similarity.mean()), similarity, found.drawn[:, 0])
    on_draws = noise_ceiling_on_draws(brain.rdms, counts, units=units, anew=anew, comparator=comparator)
    ceiling = on_draws.ceiling
    if not np.isnan(ceiling.lower):
        ceiling = replace(ceiling, interval=interval(ceiling.lower, on_draws.fixed, on_draws.drawn))
    return RsaAnalysis(model, brain, similarity, of_model, ceiling)
