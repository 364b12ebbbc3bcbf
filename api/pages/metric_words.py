"""Metrics and their parameters in words."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import NamedTuple

from brainrank.benchmark.scoring.benchmarks import CKA, Metric

METRICS: Mapping[str, str] = {
    "rsa": (
        "Representational similarity: for every two stimuli, how unlike are the model’s responses, and does that agree "
        "with how unlike the brain’s, or people’s judgements, are? The layer is chosen on one half of the stimuli and "
        "reported on the other, both ways. The noise ceiling is how well the subjects predict each other: below, by "
        "the other subjects; above, by all."
    ),
    "encoding": (
        "Encoding: how well do a layer’s features predict each neuron’s or voxel’s response to stimuli held out? Ridge "
        "regression with a penalty for each target; Pearson’s r within each fold, averaged; the median over targets. "
        "The layer is chosen inside the training folds. The noise ceiling is the r that the true responses would have "
        "with the measured ones."
    ),
    "error-consistency": (
        "Error consistency: does the model err on the stimuli that people err on, beyond what their accuracies alone "
        "would give? Cohen’s kappa with each person, mean over conditions, then over people. The ceiling is what one "
        "person reaches with another; a model may pass it."
    ),
    "label-distribution": (
        "Label distribution: does the model doubt the stimuli that people disagree on? 1 less the cross-entropy of its "
        "probabilities with people’s shares, as a part of that of a uniform guess: 0 for the guess, 1 for certainty "
        "about what everybody answered. The ceiling is what half of the people tell of the other half."
    ),
}
PARAMETERS: Mapping[str, str] = {
    "dissimilarity": "how far apart two patterns of responses are",
    "comparator": "how two RDMs are compared",
    "draws": "bootstrap draws behind the interval",
    "seed": "decides splits and draws, the same for all models",
    "folds": "parts of the stimuli, each predicted from the others; fewer where one would hold fewer than six",
    "selection": "how each target’s penalty is chosen",
    "excluded": "conditions that do not count",
    "convention": "what an undefined kappa is: left out (raw), or 1 where two observers always agree (model-vs-human)",
    "minimum_shared": "trials of a condition that two observers must share to be compared there",
    "splits": "random halves of the people behind the ceiling",
}
LINEAR_CKA = (
    "Of squared distances compared by the whitened cosine, as here, it is linear centred kernel alignment (CKA)."
)
NOTHING = "none"


class Parameter(NamedTuple):
    """A metric's parameter, its value, and what it is."""

    name: str
    value: str
    meaning: str


def words(metric: Metric) -> str:
    """What a metric asks and what its ceiling is; nothing for one that is not told here."""
    told = METRICS.get(metric.name, "")
    return f"{told} {LINEAR_CKA}" if metric == CKA else told


def parameters(metric: Metric) -> list[Parameter]:
    """A metric's parameters."""
    return [Parameter(name, _written(value), PARAMETERS.get(name, "")) for name, value in asdict(metric).items()]


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return str(value)
