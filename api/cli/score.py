"""`brainrank score`: score models on this machine, with no server."""

from typing import Annotated

import typer

from brainrank.api.cli.options import (
    CheckpointKey,
    CheckpointPrefix,
    Device,
    Json,
    Layers,
    Memory,
    OnDatasets,
    OnMetrics,
    OwnPooling,
    Precision,
)
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.printed_tables import print_scores
from brainrank.api.cli.scoring import score_all
from brainrank.api.services.boards.selection import select_here
from brainrank.api.services.submissions.asked_model import with_layers
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.checkpoints.choice import with_choice


def score(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Names of the catalogue, or timm:NAME.")],
    *,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            metavar="NAME",
            help="A benchmark; or a group, or all: what is at hand of them. Repeatable; all unless given.",
        ),
    ] = None,
    dataset: OnDatasets = None,
    metric: OnMetrics = None,
    key: CheckpointKey = None,
    prefix: CheckpointPrefix = None,
    layers: Layers = None,
    pooling: OwnPooling = None,
    device: Device = "auto",
    memory: Memory = None,
    precision: Precision = None,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Run models in a cell, as a service does: for files of strangers.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Score anew even if the score is stored already.")] = False,
    json: Json = False,
) -> None:
    """Score models on benchmarks and store the scores with their receipts."""
    with clear_errors():
        named = [with_choice(name, key=key, prefix=prefix) for name in dict.fromkeys(models)]
        specs = [with_layers(find_model(name), layers or (), pooling) for name in named]
        catalogue = open_catalogue(Settings().locations, dataset or ())
        if metric:
            catalogue = catalogue.by_metric(metric, benchmark or ())
        wanted = select_here((() if metric else benchmark) or (), catalogue, Settings().locations)
        scored = score_all(
            specs,
            wanted.benchmarks,
            catalogue,
            device=device,
            again=again,
            required=wanted.named,
            memory=memory,
            precision=precision,
            isolated=isolated,
        )
        if json:
            print_json(scored.as_json())
        elif scored.outcomes:
            print_scores(scored.outcomes)
        if wanted.remark:
            messages.print(wanted.remark, soft_wrap=True, markup=False)
    if scored.exit_code:
        raise typer.Exit(scored.exit_code)
