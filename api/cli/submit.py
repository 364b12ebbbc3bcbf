"""`brainrank submit`: ask a service for scores."""

from functools import partial
from typing import Annotated

import typer

from brainrank.api.cli import service_connection
from brainrank.api.cli.options import CheckpointKey, CheckpointPrefix, Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.uploads import send
from brainrank.api.client.submitting import left_out_remark, model_request
from brainrank.models_zoo.checkpoints.choice import with_choice


def submit(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="As for brainrank score; a file that it names is uploaded.")
    ],
    *,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            metavar="NAME",
            help="A benchmark; or a group, or all: what the service has files for. Repeatable; all unless given.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What your own model is to be called; its file's name unless set."),
    ] = None,
    layers: Annotated[
        list[str] | None,
        typer.Option("--layers", metavar="NAME", help="A layer or glob to score; may be repeated. With --name."),
    ] = None,
    pooling: Annotated[
        str, typer.Option(help="flatten, mean over space or patch tokens, or cls, the class token. With --name.")
    ] = "flatten",
    key: CheckpointKey = None,
    prefix: CheckpointPrefix = None,
    private: Annotated[bool, typer.Option("--private", help="For your eyes only, until published.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="A note for people.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until its scores are there.")] = False,
    json: Json = False,
) -> None:
    """Submit a model to a service (BRAINRANK_URL, BRAINRANK_TOKEN), which scores it in its workers."""
    with clear_errors(), service_connection.open_client() as client:
        model = with_choice(model, key=key, prefix=prefix)
        wanted = model_request(
            model,
            name=name,
            layers=layers or (),
            pooling=pooling,
            upload=partial(send, client),
            say=partial(messages.print, soft_wrap=True, markup=False),
        )
        made = client.submit(
            wanted, benchmarks=benchmark or [], visibility="private" if private else "public", note=note
        )
        if watch:
            told = {"without_files": made.without_files}
            made = service_connection.watch(client, made.id).model_copy(update=told)
    if json:
        print_json(made.model_dump(mode="json"))
    else:
        service_connection.print_submission(made)
    remark = left_out_remark(made)
    if remark and not json:
        messages.print(remark, soft_wrap=True, markup=False)
    if any(run.status == "failed" for run in made.runs):
        raise typer.Exit(1)
