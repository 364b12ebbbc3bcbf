"""`brainrank analyse rsa`: how alike the RDM of features is to the RDMs of subjects."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer

from brainrank.api.cli.options import Draws, Groups, Json, Plot, Seed, read_units
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.numbers import ceiling_json, interval_json, interval_text, number_text, range_text

if TYPE_CHECKING:
    from enum import StrEnum

    from jaxtyping import Float, Int
    from numpy import ndarray

    from brainrank.benchmark.metrics.comparators import Comparator
    from brainrank.benchmark.metrics.rdm import Dissimilarity
    from brainrank.benchmark.types.score import Interval, NoiseCeiling
    from brainrank.datasets.readers.rdms import SubjectRdms

Features = Annotated[Path, typer.Option(help="Features, a .npy array of stimuli x features.")]
Rdms = Annotated[
    Path,
    typer.Option(help="An .npz with rdms, subjects x pairs or subjects x stimuli x stimuli (stimulus_ids, subjects)."),
]
DissimilarityName = Annotated[str, typer.Option("--dissimilarity", help="correlation, euclidean or cosine.")]
ComparatorName = Annotated[
    str, typer.Option("--comparator", help="cosine, corr, spearman, tau-a, rho-a, corr_cov or cosine_cov.")
]


Name = TypeVar("Name", bound="StrEnum")


class _Analysis(NamedTuple):
    model: "Float[ndarray, ' pairs']"
    brain: "SubjectRdms"
    similarity: "Float[ndarray, ' subjects']"
    interval: "Interval"
    ceiling: "NoiseCeiling"


def rsa(
    features: Features,
    rdms: Rdms,
    groups: Groups = None,
    dissimilarity: DissimilarityName = "correlation",
    comparator: ComparatorName = "rho-a",
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Compare the RDM of features with the RDM of each subject.

    Prints the similarity per subject, their mean with its 95 % interval (over new stimuli, or groups of them, and over
    new subjects with at least 3 of them) and the noise ceiling.
    """
    with clear_errors():
        from brainrank.benchmark.metrics.comparators import Comparator
        from brainrank.benchmark.metrics.rdm import Dissimilarity

        measure = _choice(Dissimilarity, dissimilarity, "dissimilarity")
        method = _choice(Comparator, comparator, "comparator")
        model, brain = _read(features, rdms, measure)
        analysis = _analyse(model, brain, read_units(groups, len(brain.stimulus_ids)), method, draws, seed)
        if plot is not None:
            from brainrank.api.plots.rsa import rsa_figure
            from brainrank.api.plots.save import save_figure

            figure = rsa_figure(
                model, brain.rdms, analysis.similarity, analysis.interval, analysis.ceiling, unit=method
            )
            save_figure(figure, plot)
        if json:
            settings = {"dissimilarity": measure.value, "comparator": method.value, "draws": draws, "seed": seed}
            print_json(_as_json(analysis) | settings)
        else:
            _print(analysis, method)


def _choice(names: "type[Name]", name: str, kind: str) -> "Name":
    from brainrank.benchmark.types.errors import UnknownNameError

    try:
        return names(name)
    except ValueError:
        raise UnknownNameError(kind, name, [known.value for known in names]) from None


def _read(features: Path, rdms: Path, dissimilarity: "Dissimilarity") -> "tuple[Float[ndarray, ' pairs'], SubjectRdms]":
    """Read both files. Raises InvalidDataError when they do not align or a stimulus has no dissimilarity."""
    from brainrank.benchmark.metrics.rdm import rdm_from_features, undefined_stimuli
    from brainrank.benchmark.types.errors import InvalidDataError
    from brainrank.datasets.readers.arrays import read_array
    from brainrank.datasets.readers.rdms import read_rdms

    x, brain = read_array(features, axes=("stimuli", "features")), read_rdms(rdms)
    n = len(brain.stimulus_ids)
    if len(x) != n:
        raise InvalidDataError(
            f"{features} has {len(x)} stimuli and {rdms} has {n}; give the same stimuli in the same order"
        )
    if n < 3:
        raise InvalidDataError(f"{rdms} has {n} stimuli; comparing RDMs needs at least 3")
    model = rdm_from_features(x, dissimilarity)
    undefined = undefined_stimuli(model)
    if undefined:
        what = "equal values only" if dissimilarity.value == "correlation" else "zeros only"
        named = ", ".join(brain.stimulus_ids[i] for i in undefined[:5])
        raise InvalidDataError(
            f"{features} has {what} for stimulus {named} ({len(undefined)} such stimuli), which have no "
            f"{dissimilarity} dissimilarity; leave them out or use --dissimilarity euclidean"
        )
    return model, brain


def _analyse(
    model: "Float[ndarray, ' pairs']",
    brain: "SubjectRdms",
    units: "Int[ndarray, ' stimuli']",
    comparator: "Comparator",
    draws: int,
    seed: int,
) -> _Analysis:
    from dataclasses import replace

    import numpy as np

    from brainrank.benchmark.metrics.comparators import compare
    from brainrank.benchmark.metrics.noise_ceiling import noise_ceiling, similarity_to_others
    from brainrank.benchmark.metrics.weighted_comparators import compare_resampled
    from brainrank.benchmark.statistics.resampling import stimulus_counts
    from brainrank.benchmark.statistics.uncertainty import (
        CORRELATION,
        deviations_of_subject_mean,
        spread,
        student_interval,
    )

    for_stimuli, for_subjects = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    counts = stimulus_counts(len(units), draws=draws, rng=for_stimuli, units=units)

    def interval(fixed: "Float[ndarray, ' subjects']", drawn: "Float[ndarray, 'draws subjects']") -> "Interval":
        deviating = deviations_of_subject_mean(
            fixed,
            drawn,
            n_stimuli=int(units.max()) + 1,
            stimulus_set="",
            counts=counts,
            subjects=brain.subjects,
            rng=for_subjects,
        )
        return student_interval(float(fixed.mean()), spread([deviating]), support=CORRELATION)

    similarity = compare(model[None], brain.rdms, comparator)[0]
    of_model = interval(similarity, compare_resampled(model[None], brain.rdms, counts, comparator)[:, 0])
    ceiling = noise_ceiling(brain.rdms, comparator)
    if not np.isnan(ceiling.lower):
        ceiling = replace(ceiling, interval=interval(*similarity_to_others(brain.rdms, counts, comparator)))
    return _Analysis(model, brain, similarity, of_model, ceiling)


def _as_json(analysis: _Analysis) -> dict[str, object]:
    ceiling = analysis.ceiling
    return {
        "per_subject": dict(zip(analysis.brain.subjects, analysis.similarity.tolist(), strict=True)),
        "mean": float(analysis.similarity.mean()),
        "interval": interval_json(analysis.interval),
        "ceiling": ceiling_json(ceiling),
        "stimuli": len(analysis.brain.stimulus_ids),
    }


def _print(analysis: _Analysis, comparator: str) -> None:
    from brainrank.api.cli.layout import name, number, print_table, print_text

    ceiling = analysis.ceiling
    print_table(
        [name("subject"), number(comparator), number("95 % interval")],
        [
            [subject, number_text(float(value)), ""]
            for subject, value in zip(analysis.brain.subjects, analysis.similarity, strict=True)
        ],
        last=[
            ["mean", number_text(float(analysis.similarity.mean())), interval_text(analysis.interval)],
            ["noise ceiling", range_text(ceiling.lower, ceiling.upper), ""],
            *([["of its lower bound", "", interval_text(ceiling.interval)]] if ceiling.interval else []),
        ],
    )
    if ceiling.unreliable:
        print_text("Unreliable: the noise ceiling cannot be told from zero.")
    if ceiling.reason:
        print_text(f"No noise ceiling: {ceiling.reason}.")
