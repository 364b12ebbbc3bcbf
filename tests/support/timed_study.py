"""Layers, and what a study would have measured over time of something that they know."""

from dataclasses import replace

import numpy as np

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.timed_assemblies import TimedRdms, TimedResponses

PEAK_MS, WIDTH_MS = 120.0, 40.0


def names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in range(count))


def bump(times_ms: np.ndarray) -> np.ndarray:
    """How strong a response is at each time."""
    return np.exp(-(((times_ms - PEAK_MS) / WIDTH_MS) ** 2) / 2)


def known(seed: int, stimuli: int, layers: int) -> tuple[np.ndarray, list[LayerGram]]:
    """Features of stimuli, and layers that have them, each with more noise than the one before."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((stimuli, 20))
    noisy = (latent + (0.3 + 0.4 * each) * rng.standard_normal(latent.shape) for each in range(layers))
    return latent, [narrow_layer(f"layer-{n}", each.astype(np.float32)) for n, each in enumerate(noisy)]


def timed_rdms(
    seed: int, stimuli: int, subjects: int, times_ms: np.ndarray, *, layers: int = 3, signal: float = 1.0
) -> tuple[list[LayerGram], TimedRdms]:
    """RDMs that are of the latent features when the bump is high, and of noise besides."""
    latent, found = known(seed, stimuli, layers)
    rng = np.random.default_rng([seed, 1])
    base = rdm_from_features(latent, Dissimilarity.CORRELATION)
    own = np.stack([base + 0.3 * rng.random(len(base)) for _ in range(subjects)])
    noise = rng.random((subjects, len(times_ms), len(base)))
    rdms = signal * bump(times_ms)[:, None] * own[:, None] + noise
    return found, TimedRdms("meg", names("s", stimuli), names("p", subjects), times_ms, rdms.astype(np.float32))


def timed_responses(
    seed: int, stimuli: int, targets: int, times_ms: np.ndarray, *, layers: int = 3, repeats: int = 4
) -> tuple[list[LayerGram], TimedResponses]:
    """Responses that follow the latent features when the bump is high, and noise besides."""
    latent, found = known(seed, stimuli, layers)
    rng = np.random.default_rng([seed, 2])
    meant = latent @ rng.standard_normal((latent.shape[1], targets)) / 4
    noise = rng.standard_normal((stimuli, repeats, targets, len(times_ms)))
    responses = meant[:, None, :, None] * bump(times_ms) + noise
    return found, TimedResponses(
        "meg", names("s", stimuli), names("t", targets), times_ms, responses.astype(np.float32)
    )


def timed_score(layers: tuple[str, ...] = names("layer-", 3), *, features: int = 0) -> Score:
    """A score with a course, of whose first time nothing is known; of a model whose features have that seed: the
    brain's is 0."""
    _, timed = timed_rdms(0, 24, 4, np.arange(-50.0, 250.0, 50.0))
    timed.rdms[0, 0] = 1.0
    found = known(features, 24, len(layers))[1]
    named = [replace(each, layer=name) for each, name in zip(found, layers, strict=True)]
    return TimeResolvedRsaMetric(start_ms=50.0, stop_ms=200.0, draws=60).score(named, timed)
