"""The command line: `brainrank VERB`. Each verb's file is imported only when the verb is invoked."""

from importlib.metadata import version
from typing import Annotated

import typer

from brainrank.api.cli.lazy_group import Place, lazy_group

VERBS = {
    "demo": Place(
        "brainrank.api.cli.demo:demo",
        "Score twelve models against human and monkey brains and human judgements, and print the leaderboard.",
    ),
    "score": Place(
        "brainrank.api.cli.score:score", "Score models on benchmarks and store the scores with their receipts."
    ),
    "leaderboard": Place(
        "brainrank.api.cli.leaderboard:leaderboard",
        "Rank the scored models, by one benchmark, by a group of them, or by their mean over groups.",
    ),
    "features": Place(
        "brainrank.api.cli.features:features",
        "Write a model's features of images to a file, with the images' ids and what they were made of.",
    ),
    "compare": Place(
        "brainrank.api.cli.compare:compare",
        "Compare stored scores pair by pair: differences, 95 % intervals, p, and q: p corrected over all pairs.",
    ),
    "design": Place(
        "brainrank.api.cli.design:design",
        "Plan a study that tells models apart: its power, the images to show, and a paragraph for the methods.",
    ),
    "claims": Place(
        "brainrank.api.cli.claims:claims",
        "Look claims up in the stored scores: whether they hold in each study, and over all of them.",
    ),
    "published": Place(
        "brainrank.api.cli.published:published", "Scores that others published, with their source: shown, never ranked."
    ),
    "partition": Place(
        "brainrank.api.cli.partition:partition",
        "Partition the variance of responses that two or three models predict: unique to each, and shared.",
    ),
    "reverse-predictivity": Place(
        "brainrank.api.cli.reverse_predictivity:reverse_predictivity",
        "Predict responses from models, and models from the responses: held-out R2 both ways.",
    ),
    "learn": Place(
        "brainrank.api.cli.learn:learn",
        "Teach models three kinds of objects from 36 images in six epochs, as 12 people were taught, and compare.",
    ),
    "map": Place(
        "brainrank.api.cli.brain_map:brain_map",
        "Map scores of voxels or vertices back into the brain: to a file that viewers open, and to a picture.",
    ),
    "verify": Place(
        "brainrank.api.cli.verify:verify",
        "Score a run again from its receipt; say whether the number is the same to the last bit.",
    ),
    "convert": Place(
        "brainrank.api.cli.convert:convert",
        "Write a checkpoint as plain safetensors, without running code of it, and say in a line what was done.",
    ),
    "train": Place(
        "brainrank.api.cli.train:train",
        "Train or fit small models that differ in their objective alone, and say what can be read out of them.",
    ),
    "serve": Place("brainrank.api.cli.serve:serve", "Serve submissions, scores and leaderboards over HTTP."),
    "submit": Place(
        "brainrank.api.cli.submit:submit",
        "Submit a model to a service (BRAINRANK_URL, BRAINRANK_TOKEN), which scores it in its workers.",
    ),
    "status": Place(
        "brainrank.api.cli.status:status", "Show where a submission's runs are, and why those that failed did."
    ),
    "cancel": Place("brainrank.api.cli.submissions:cancel", "Stop what is not finished of a submission."),
    "retry": Place("brainrank.api.cli.submissions:retry", "Let a submission's failed and cancelled runs wait again."),
    "publish": Place("brainrank.api.cli.submissions:publish", "Show a submission and its scores to everybody."),
    "unpublish": Place(
        "brainrank.api.cli.submissions:unpublish", "Show a submission and its scores to its owner alone."
    ),
    "export": Place(
        "brainrank.api.cli.export:export",
        "Write a leaderboard of a service (BRAINRANK_URL) to a file, a row for each score.",
    ),
    "worker": Place(
        "brainrank.api.cli.worker:worker",
        "Work on the runs of a service, one at a time (BRAINRANK_DATABASE_URL, BRAINRANK_BROKER_URL).",
    ),
    "models": Place("brainrank.api.cli.models:models", "The models that can be scored."),
    "benchmarks": Place("brainrank.api.cli.benchmarks:benchmarks", "The benchmarks to score them on."),
    "metrics": Place("brainrank.api.cli.metrics:metrics", "The metrics that score them."),
    "dataset": Place(
        "brainrank.api.cli.dataset:dataset",
        "The studies behind the benchmarks, and your own data: nothing of them is ever sent.",
    ),
    "uploads": Place(
        "brainrank.api.cli.uploads:uploads", "Your files on a service: models, and packages of data to score them on."
    ),
    "results": Place(
        "brainrank.api.cli.results:results_group",
        "Whole results as files: what came with brainrank, and boards of two labs merged by receipts.",
    ),
    "runs": Place("brainrank.api.cli.runs:runs", "Runs: one model on one benchmark, with all that came of it."),
    "plot": Place("brainrank.api.cli.plot:plot", "Figures for papers, from the stored scores."),
    "analyse": Place(
        "brainrank.api.cli.analyse.analyses:analyse", "Analyse your own arrays and trials: nothing is stored or sent."
    ),
    "cache": Place("brainrank.api.cli.cache:cache", "The stored activations of models."),
    "admin": Place("brainrank.api.cli.admin:admin", "Run a service: its tokens, its database and its data."),
}

app = typer.Typer(
    cls=lazy_group(VERBS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"brainrank {version('brainrank')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Score vision models against brains and behaviour."""


def main() -> None:
    """Run the command line."""
    app()
