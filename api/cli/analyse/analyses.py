"""`brainrank analyse`: the metrics on one's own arrays and tables, with no model and no database."""

import typer

from brainrank.api.cli.lazy_group import Place, lazy_group

ANALYSES = {
    "error-consistency": Place(
        "brainrank.api.cli.analyse.error_consistency:error_consistency",
        "Compare the errors of observers: kappa, observed consistency and accuracy difference, with intervals.",
    ),
    "shape-bias": Place(
        "brainrank.api.cli.analyse.shape_bias:shape_bias",
        "Shape bias of each observer on images named like cat7-dog1.png: shape / (shape + texture decisions).",
    ),
    "psychometric": Place(
        "brainrank.api.cli.analyse.psychometric:psychometric",
        "Fit a psychometric function to each observer: threshold, slope and lapse rate by maximum likelihood.",
    ),
    "presentation-times": Place(
        "brainrank.api.cli.analyse.presentation_times:presentation_times",
        "Tell accuracy and error consistency at each presentation time, of people and of models with people.",
    ),
    "encoding": Place(
        "brainrank.api.cli.analyse.encoding:encoding",
        "Predict each target's responses to held-out stimuli from features: ridge, one penalty per target.",
    ),
    "rsa": Place("brainrank.api.cli.analyse.rsa:rsa", "Compare the RDM of features with the RDM of each subject."),
}

analyse = typer.Typer(
    cls=lazy_group(ANALYSES),
    help="Analyse your own arrays and trials: nothing is stored or sent.",
    no_args_is_help=True,
)
