"""`brainrank uploads`: the files that one has on a service."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.cli.service_connection import open_client
from brainrank.api.client.client import Client
from brainrank.api.schemas import UploadAnswer

uploads = typer.Typer(
    help="Your files on a service: models, and packages of data to score them on.", no_args_is_help=True
)


@uploads.command("add")
def add(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=".zip of brainrank dataset pack, .safetensors, .onnx, .npz, .npy, .csv"),
    ],
    *,
    json: Json = False,
) -> None:
    """Upload a file. Only your submissions can use it; nobody but you and the service's administrators sees it."""
    with clear_errors(), open_client() as client:
        made = send(client, path)
    if json:
        print_json(made.model_dump(mode="json"))
    else:
        _print([made])


@uploads.command("list")
def list_uploads(*, json: Json = False) -> None:
    """List your files, the newest first."""
    with clear_errors(), open_client() as client:
        found = client.uploads()
    if json:
        print_json([each.model_dump(mode="json") for each in found])
    elif found:
        _print(found)
    else:
        messages.print("No files of yours. Upload one with: brainrank uploads add FILE")


@uploads.command("remove")
def remove(number: Annotated[int, typer.Argument(metavar="NUMBER", help="As brainrank uploads list says.")]) -> None:
    """Remove a file. Scores made with it stay; runs that wait for it must be finished or cancelled first."""
    with clear_errors(), open_client() as client:
        client.remove_upload(number)
    results.print(f"Removed upload {number}")


def send(client: Client, path: Path) -> UploadAnswer:
    """Upload a file, and show how far it is."""
    with TerminalReporter() as reporter:
        return client.upload(path, told=lambda sent, size: reporter.progress(f"uploading {path.name}", sent, size))


def _print(found: Sequence[UploadAnswer]) -> None:
    for each in found:
        state = "" if each.ready else f", {each.received:,} bytes of it are there"
        results.print(f"[bold]{each.id}[/bold]  {each.kind}, {each.size:,} bytes{state}")
        for line in each.benchmarks or ([each.source] if each.ready else []):
            results.print(f"    {line}", soft_wrap=True, markup=False)
    if any(each.benchmarks for each in found):
        results.print("Score on them: brainrank submit MODEL --benchmark NAME --private", markup=False)
