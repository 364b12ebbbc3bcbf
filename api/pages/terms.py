"""What the words of the pages mean, each in a sentence or two: for the glossary, and shown on hovering."""

from typing import NamedTuple

from markupsafe import Markup

ADDRESS = "/glossary"


class Term(NamedTuple):
    """A word, what it means, and the page of the guide that has all of it."""

    meaning: str
    more: str


TERMS = {
    "score": Term(
        "How well a model agrees with what was measured of brains or people on the same images; how that is computed "
        "is its benchmark's metric.",
        "docs/what-a-score-is.md",
    ),
    "noise ceiling": Term(
        "What the best possible model would score, as far as the noise of the data tells: a lower and an upper bound. "
        "No score can be judged without it.",
        "docs/conventions.md",
    ),
    "share of the noise ceiling": Term(
        "A score relative to the lower bound of the ceiling, as the convention defines it: 1 is what the data allow.",
        "docs/decisions/groups-and-conventions.md",
    ),
    "95 % interval": Term(
        "Where the score would lie with other images (and, where three or more were measured, other subjects) of the "
        "same kind: from a bootstrap over them.",
        "docs/decisions/uncertainty.md",
    ),
    "rank": Term(
        "A range, as 4–18: three models are better, and all beyond the 18th place worse, after correction for all "
        "comparisons. Between the two, the images do not tell.",
        "docs/decisions/ranks.md",
    ),
    "mean": Term(
        "A marginal mean over groups of benchmarks, each over its studies, as if every model had all benchmarks.",
        "docs/decisions/what-a-group-of-benchmarks-means.md",
    ),
    "coverage": Term(
        "On how many of the benchmarks that count a model is scored. A rank needs half of them, and one of each group.",
        "docs/decisions/ranks.md",
    ),
    "convention": Term(
        "How a stored score is shown: raw, as a share of the ceiling, or as another project publishes its numbers. "
        "Stored is the raw score alone.",
        "docs/decisions/groups-and-conventions.md",
    ),
    "RDM": Term(
        "Representational dissimilarity matrix: how unlike the responses to each two images are.",
        "docs/decisions/rsa-score.md",
    ),
    "rho-a": Term(
        "Spearman's rank correlation without a correction for ties; with few ties it is Spearman's rho.",
        "docs/conventions.md",
    ),
    "CKA": Term(
        "Centred kernel alignment: another measure of how alike two representations of the same images are.",
        "docs/decisions/alignment.md",
    ),
    "encoding": Term(
        "How well a model's features predict each neuron's or voxel's response to images held out.",
        "docs/decisions/encoding.md",
    ),
    "kappa": Term(
        "Error consistency: how much more often a model and a person are both right or both wrong than their "
        "accuracies alone would give. 0 is chance, 1 the same errors.",
        "docs/decisions/error-consistency.md",
    ),
    "readout": Term(
        "How a model that names no categories is made to choose: its own head, sentences, or a classifier fitted on "
        "other images.",
        "docs/decisions/readouts.md",
    ),
    "receipt": Term(
        "All that decided a number: weights, images, metric, seed, code, libraries. From it the number is made again.",
        "docs/how-to/verify-a-score.md",
    ),
    "published": Term(
        "A score that came with brainrank. Scored by yourself, yours takes its place.",
        "docs/decisions/published-results.md",
    ),
}


def term(name: str, shown: str = "") -> Markup:
    """A word of the glossary, with its meaning on hovering, linked to it there."""
    return Markup('<a class="term" href="{0}#{1}" title="{2}">{3}</a>').format(
        ADDRESS, anchor(name), TERMS[name].meaning, shown or name
    )


def anchor(name: str) -> str:
    """The part of the page on a word."""
    return name.lower().replace(" %", "").replace(" ", "-")
