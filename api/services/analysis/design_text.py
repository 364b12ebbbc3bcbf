"""A planned study in words: a paragraph for the methods section, and what it cites; and as plain values."""

import math
from typing import Any

from brainrank.api.number_text import number_text
from brainrank.benchmark.design.design import Design, Planned
from brainrank.benchmark.design.natural import STATISTICS
from brainrank.benchmark.design.power import MOST_SUBJECTS, Power
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.scoring.benchmarks import Benchmark

COMPARED = {
    Comparator.RHO_A: "rho-a, the expectation of Spearman's rank correlation with ties broken at random",
    Comparator.SPEARMAN: "Spearman's rank correlation",
    Comparator.CORR: "Pearson's correlation",
}
REFERENCES = (
    "Avitan, I. & Golan, T. (2025). Model-behavior alignment under flexible evaluation: when the best-fitting model "
    "isn't the right one. arXiv:2510.23321.",
    "Golan, T., Raju, P. C. & Kriegeskorte, N. (2020). Controversial stimuli: pitting neural networks against each "
    "other as models of human cognition. PNAS 117, 29330-29337.",
    "Kriegeskorte, N., Mur, M. & Bandettini, P. (2008). Representational similarity analysis: connecting the branches "
    "of systems neuroscience. Frontiers in Systems Neuroscience 2, 4.",
    "Schütt, H. H., Kipnis, A. D., Diedrichsen, J. & Kriegeskorte, N. (2023). Statistical inference on "
    "representational geometries. eLife 12, e82566.",
)


def subjects_text(number: float) -> str:
    """A number of subjects, or that none up to the most that are simulated is enough."""
    return f"{number:.0f}" if math.isfinite(number) else f"more than {MOST_SUBJECTS}"


def share_text(found: Power) -> str:
    """How often the true model is first and told from the second, with the standard error of simulation."""
    return f"{found.mean:.0%} of worlds (standard error {100 * found.mean_error:.1f} %)"


def methods_paragraph(found: Design, benchmark: Benchmark, dissimilarity: str, version: str) -> str:
    """What a methods section has to say of how the study was planned, every number filled in."""
    noise = found.noise
    models = ", ".join(
        f"{each.name} (layer {each.layer}, {number_text(each.score)} in the data, so that it explains "
        f"r = {number_text(each.explained, 2)} of what subjects share)"
        for each in found.models
    )
    sentences = [
        f"The study was planned by simulation with brainrank {version}, as model recovery (Avitan & Golan 2025).",
        f"It is to tell apart {len(found.models)} models: {models}.",
        f"Representational dissimilarity matrices (RDMs; {dissimilarity} distance) are compared by "
        f"{COMPARED[noise.comparator]} (Kriegeskorte et al. 2008; Schütt et al. 2023).",
        f"Subjects have the noise of {benchmark.name} (version {benchmark.version}; {noise.subjects} subjects, "
        f"{noise.images} images, lower noise ceiling {number_text(noise.ceiling)}): {noise.share:.0%} of the variance "
        "of a subject's RDM, of which pairs that share an image vary together as measured.",
        f"Each model was in turn the true one in {found.worlds} simulated studies.",
        *_images_sentences(found),
        f"With {found.subjects} subjects and these {len(found.images)} images the true model was first in "
        f"{found.study.as_measured.first:.0%} of worlds, and first and told from the second (p < .05, images and "
        f"subjects random) in {share_text(found.study.as_measured)}, were models as good as measured; in "
        f"{share_text(found.study.in_full)} were the true one all that subjects share.",
        *_random_sentences(found),
        f"With the images that are shown, a power of 80 % takes {subjects_text(found.study.fewest)} subjects.",
    ]
    return " ".join(sentences)


def _images_sentences(found: Design) -> list[str]:
    if len(found.images) == found.pool:
        return [f"All {found.pool} images of the pool are shown."]
    told = [
        f"Of a pool of {found.pool} images, {len(found.images)} were chosen that are expected to tell the models apart "
        "with the fewest subjects: one by one by the difference between the models' RDMs over its standard error, then "
        "changed for others while that gained (compare Golan et al. 2020); no brain data entered the choice."
    ]
    if found.likeness is not None:
        apart = ", ".join(
            f"{name} {number_text(value, 2)}"
            for name, value in zip(STATISTICS, found.likeness.statistics.tolist(), strict=True)
        )
        alike = (
            "The choice was held to the pool's shares of categories and of sixths of mean luminance, contrast and "
            "slope of the amplitude spectrum; "
            if found.natural
            else ""
        )
        sentence = f"{alike}the distribution functions of choice and pool differ by at most {apart}"
        if not math.isnan(found.likeness.category):
            sentence += f", a category's share by {number_text(found.likeness.category, 2)}"
        told.append(f"{sentence[0].upper()}{sentence[1:]}.")
    return told


def _random_sentences(found: Design) -> list[str]:
    if found.random is None:
        return []
    return [
        f"With as many images of the pool drawn at random that is {share_text(found.random.as_measured)}, and "
        f"{subjects_text(found.random.fewest)} subjects are needed for 80 %."
    ]


def design_json(found: Design, benchmark: Benchmark) -> dict[str, Any]:
    """The plan as plain values of JSON; None for what is infinite or not known."""
    return {
        "noise": {
            "benchmark": benchmark.name,
            "version": benchmark.version,
            "subjects": found.noise.subjects,
            "images": found.noise.images,
            "ceiling": found.noise.ceiling,
            "share": found.noise.share,
        },
        "models": [each._asdict() for each in found.models],
        "pool": found.pool,
        "images": list(found.images),
        "natural": found.natural,
        "subjects": found.subjects,
        "worlds": found.worlds,
        "study": _planned_json(found.study),
        "random": None if found.random is None else _planned_json(found.random),
        "likeness": None
        if found.likeness is None
        else dict(zip(STATISTICS, found.likeness.statistics.tolist(), strict=True))
        | {"category": _known(found.likeness.category)},
    }


def _planned_json(found: Planned) -> dict[str, Any]:
    return {
        "as_measured": _power_json(found.as_measured),
        "in_full": _power_json(found.in_full),
        "fewest_subjects": _known(found.fewest),
        "fewest_subjects_of_each": [_known(each) for each in found.fewest_of_each],
    }


def _power_json(found: Power) -> dict[str, Any]:
    return {
        "first": found.first,
        "power": found.mean,
        "power_error": found.mean_error,
        "found": found.found.tolist(),
        "certain": found.certain.tolist(),
        "told": [[_known(each) for each in row] for row in found.told.tolist()],
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
