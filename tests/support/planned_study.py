"""A pool of images with made-up models, and a study whose noise is known, to plan studies with."""

import numpy as np
from numpy.typing import NDArray
from recovery_study import measured

from brainrank.benchmark.design.design import Pool
from brainrank.benchmark.design.measured_noise import MeasuredNoise, measured_noise
from brainrank.benchmark.design.natural import ImageKinds
from brainrank.benchmark.design.planned_models import MeasuredLayer
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.recovery.rdm_noise import standard_scores
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.dissimilarity import Dissimilarity

Floats = NDArray[np.float64]


def related_rdms(models: int, images: int, rng: np.random.Generator, *, apart: float = 1.0) -> Floats:
    """RDMs of models whose features are shared ones and, the further apart the more, their own."""
    shared = rng.normal(size=(images, 10))
    features = (shared + apart * rng.normal(size=(images, 10)) for _ in range(models))
    return np.stack([square_rdm(rdm_from_features(each, Dissimilarity.CORRELATION)) for each in features])


def noise_of(
    rdms: Floats, comparator: Comparator, rng: np.random.Generator, *, noise: float = 2.0, subjects: int = 5
) -> tuple[RdmAssembly, MeasuredNoise]:
    """Subjects who have a model's RDM and noise, and their noise."""
    upper = np.triu_indices(rdms.shape[1], k=1)
    made = measured(rng.normal(size=(rdms.shape[1], 20)), subjects=subjects, noise=noise, rng=rng)
    shared = rdms[0][upper] / rdms[0][upper].std()
    assembly = RdmAssembly(
        "it", made.stimulus_ids, made.subjects, shared + noise * rng.normal(size=(subjects, len(shared)))
    )
    signals = standard_scores(rdms[:, *upper], comparator)
    return assembly, measured_noise(assembly.rdms, signals, comparator, rng=rng)


def layers_of(rdms: Floats, scores: list[float]) -> dict[str, MeasuredLayer]:
    """The layers that stand for models with these RDMs and scores."""
    upper = np.triu_indices(rdms.shape[1], k=1)
    return {
        f"model{number}": MeasuredLayer("layer", rdm[upper], score)
        for number, (rdm, score) in enumerate(zip(rdms, scores, strict=True))
    }


def pool_with_kinds(rdms: Floats, rng: np.random.Generator) -> Pool:
    """A pool of four categories and random statistics."""
    images = rdms.shape[1]
    kinds = ImageKinds(tuple(f"category{each % 4}" for each in range(images)), rng.normal(size=(3, images)))
    return Pool(tuple(f"image{each}" for each in range(images)), rdms, kinds)
