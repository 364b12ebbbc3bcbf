"""The RDM of what targets answered: of the mean over repeats, or cross-validated over them (crossnobis)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.noise_normalised_rdm import crossnobis_rdm
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, undefined_stimuli
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError

MOST_TARGETS = 5_000
"""Of more, the inverse of the noise covariance takes minutes and gigabytes."""


def rdm_of_responses(assembly: ResponseAssembly, dissimilarity: Dissimilarity) -> RdmAssembly:
    """The one RDM of a region's responses, as that of a subject named after the region.

    Crossnobis takes each repeat as a fold, and the noise between repeats of a stimulus. Raises InvalidDataError as
    `check_rdm`.
    """
    check_rdm(assembly, dissimilarity)
    if dissimilarity is Dissimilarity.CROSSNOBIS:
        rdm = crossnobis_rdm(assembly.responses.transpose(1, 0, 2), noise_precision(assembly))
    else:
        rdm = rdm_from_features(_mean(assembly), dissimilarity)
        if undefined := undefined_stimuli(rdm):
            raise InvalidDataError(_told_undefined(assembly, dissimilarity, undefined))
    return RdmAssembly(assembly.region, assembly.stimulus_ids, (assembly.region,), rdm[None], groups=assembly.groups)


def check_rdm(assembly: ResponseAssembly, dissimilarity: Dissimilarity) -> None:
    """Raise InvalidDataError where responses have no such RDM, without making it.

    So it is where it is undefined for a stimulus, or, for crossnobis, there is one repeat, a repeat is missing, targets
    are too many, or a target has no noise.
    """
    if dissimilarity is Dissimilarity.CROSSNOBIS:
        check_repeats(assembly)
        if len(assembly.targets) > MOST_TARGETS:
            raise InvalidDataError(
                f"crossnobis of {assembly.region} weighs targets by their noise, of at most {MOST_TARGETS:,} together; "
                f"there are {len(assembly.targets):,}: choose some, or use another dissimilarity"
            )
    elif dissimilarity is not Dissimilarity.EUCLIDEAN:
        mean = _mean(assembly)
        alike = np.ptp(mean, axis=1) == 0 if dissimilarity is Dissimilarity.CORRELATION else (mean == 0).all(axis=1)
        if alike.any():
            raise InvalidDataError(_told_undefined(assembly, dissimilarity, np.flatnonzero(alike).tolist()))


def _mean(assembly: ResponseAssembly) -> Float[ndarray, "stimuli targets"]:
    return np.asarray(np.nanmean(assembly.responses, axis=1))


def _told_undefined(assembly: ResponseAssembly, dissimilarity: Dissimilarity, places: Sequence[int]) -> str:
    named = ", ".join(assembly.stimulus_ids[place] for place in places[:5])
    what = "zero" if dissimilarity is Dissimilarity.COSINE else "the same"
    return (
        f"responses of {assembly.region} are {what} for all {len(assembly.targets)} targets for stimulus {named} "
        f"({len(places)} such stimuli), which have no {dissimilarity} dissimilarity; leave them out or use euclidean"
    )


def check_repeats(assembly: ResponseAssembly) -> None:
    """Raise InvalidDataError where crossnobis lacks repeats, some of them are missing, or a target has no noise."""
    repeats = assembly.responses.shape[1]
    if repeats < 2:
        raise InvalidDataError(
            f"crossnobis of {assembly.region} needs 2 repeats of each stimulus or more, there is 1; use another "
            "dissimilarity"
        )
    missing = np.isnan(assembly.responses).any(axis=2)
    if missing.any():
        whole = int((~missing).sum(axis=1).min())
        raise InvalidDataError(
            f"crossnobis of {assembly.region} needs every repeat of every stimulus; {int(missing.sum())} of "
            f"{missing.size} have missing values (each stimulus has {whole} without, at least): give that many repeats "
            "of each, or use another dissimilarity"
        )
    silent = np.flatnonzero((np.ptp(assembly.responses, axis=1) == 0).all(axis=0))
    if silent.size:
        named = ", ".join(assembly.targets[place] for place in silent[:5])
        raise InvalidDataError(
            f"crossnobis of {assembly.region} weighs targets by their noise; {named} ({silent.size} in all) answered "
            "every repeat alike: leave them out, or use another dissimilarity"
        )


def noise_precision(assembly: ResponseAssembly) -> Float[ndarray, "targets targets"]:
    """The inverse of the covariance of repeats about their stimulus's mean, shrunk to its diagonal.

    cov_ij = (1 - l) s_ij off the diagonal, s the residuals' covariance with stimuli x (repeats - 1) degrees of freedom,
    l = sum of var(r_ij) / sum of r_ij^2 over i != j, between 0 and 1, r the correlations. Every target has noise
    (`check_rdm`). References: Schaefer & Strimmer (2005); Walther et al. (2016); rsatoolbox's
    `shrinkage_diag`.
    """
    stimuli, repeats, targets = assembly.responses.shape
    residuals = assembly.responses - assembly.responses.mean(axis=1, keepdims=True)
    rows, freedom = residuals.reshape(-1, targets), stimuli * (repeats - 1)
    covariance = rows.T @ rows / freedom
    variance = np.diagonal(covariance)
    scaled = rows / np.sqrt(variance)
    n = len(rows)
    correlations = scaled.T @ scaled / (n - 1)
    variances = n / freedom**2 * ((scaled**2).T @ scaled**2 / (n - 1) - correlations**2)
    apart = ~np.eye(targets, dtype=bool)
    total = (correlations[apart] ** 2).sum()
    shrinkage = float(np.clip(variances[apart].sum() / total, 0, 1)) if total > 0 else 1.0
    return np.asarray(np.linalg.inv(covariance * np.where(apart, 1 - shrinkage, 1.0)))
