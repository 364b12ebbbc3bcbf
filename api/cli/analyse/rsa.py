"""`brainrank analyse rsa`: how alike the RDM of features is to the RDMs of subjects."""

from pathlib import Path
from typing import Annotated

import typer
from jaxtyping import Float
from numpy import ndarray

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Draws, FeatureFile, Groups, Json, Plot, Seed, read_units
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import interval_text, number_text, range_text
from brainrank.api.score_json import ceiling_json, interval_json
from brainrank.api.services.analysis.rsa import Named, RsaAnalysis, analyse_rsa, model_rdm
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import choice
from brainrank.datasets.readers.arrays import read_array
from brainrank.datasets.readers.rdm_files import read_rdm_file
from brainrank.datasets.readers.rdms import SubjectRdms

Rdms = Annotated[
    Path,
    typer.Option(
        help="RDMs, subjects x pairs or subjects x stimuli x stimuli: .npz (rdms, stimulus_ids, subjects), .npy, .mat "
        "or .h5."
    ),
]
Variable = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which array of the file of RDMs is meant, if it has several.")
]
DissimilarityName = Annotated[str, typer.Option("--dissimilarity", help="correlation, euclidean or cosine.")]
ComparatorName = Annotated[
    str, typer.Option("--comparator", help="cosine, corr, spearman, tau-a, rho-a, corr_cov or cosine_cov.")
]


def rsa(
    features: FeatureFile,
    rdms: Rdms,
    variable: Variable = None,
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
        measure = choice(Dissimilarity, dissimilarity, "dissimilarity")
        method = choice(Comparator, comparator, "comparator")
        model, brain = _read(features, rdms, variable, measure)
        units = read_units(groups, len(brain.stimulus_ids))
        analysis = analyse_rsa(model, brain, units=units, comparator=method, draws=draws, seed=seed)
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


def _read(
    features: Path, rdms: Path, variable: str | None, dissimilarity: Dissimilarity
) -> tuple[Float[ndarray, " pairs"], SubjectRdms]:
    """Read both files. Raises InvalidDataError when they do not align or a stimulus has no dissimilarity."""
    x, brain = read_array(features, axes=("stimuli", "features")), read_rdm_file(rdms, variable)
    names = Named(str(features), str(rdms), "--dissimilarity euclidean")
    return model_rdm(x, brain, dissimilarity, names), brain


def _as_json(analysis: RsaAnalysis) -> dict[str, object]:
    ceiling = analysis.ceiling
    return {
        "per_subject": dict(zip(analysis.brain.subjects, analysis.similarity.tolist(), strict=True)),
        "mean": analysis.mean,
        "interval": interval_json(analysis.interval),
        "ceiling": ceiling_json(ceiling),
        "stimuli": len(analysis.brain.stimulus_ids),
    }


def _print(analysis: RsaAnalysis, comparator: str) -> None:
    ceiling = analysis.ceiling
    print_table(
        [name_column("subject"), number_column(comparator), number_column("95 % interval")],
        [
            [subject, number_text(float(value)), ""]
            for subject, value in zip(analysis.brain.subjects, analysis.similarity, strict=True)
        ],
        last=[
            ["mean", number_text(analysis.mean), interval_text(analysis.interval)],
            ["noise ceiling", range_text(ceiling.lower, ceiling.upper), ""],
            *([["of its lower bound", "", interval_text(ceiling.interval)]] if ceiling.interval else []),
        ],
    )
    if ceiling.unreliable:
        print_text("Unreliable: the noise ceiling cannot be told from zero.")
    if ceiling.reason:
        print_text(f"No noise ceiling: {ceiling.reason}.")
