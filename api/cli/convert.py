"""`brainrank convert`: a checkpoint as plain safetensors."""

from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.options import CheckpointKey, CheckpointPrefix
from brainrank.api.cli.output import clear_errors, results
from brainrank.models_zoo.checkpoints.choice import Choice, with_dot


def convert(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="A file of weights (.pth, .pt, .ckpt, .tar, .bin, .safetensors), or shards."),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT.safetensors", help="The file to write.")],
    *,
    architecture: Annotated[
        str | None,
        typer.Option(
            "--architecture",
            metavar="SOURCE:NAME",
            help="Check it against this network, as timm:resnet50, and write it under its names.",
        ),
    ] = None,
    key: CheckpointKey = None,
    prefix: CheckpointPrefix = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write OUT even if it is there already.")] = False,
) -> None:
    """Write a checkpoint as plain safetensors, without running code of it, and say in a line what was done."""
    from brainrank.models_zoo.checkpoints.conversion import convert as write

    with clear_errors():
        choice = Choice(key, with_dot(prefix))
        line = write(source, target, architecture=architecture, choice=choice, replace=replace)
    results.print(f"{target}: {line}", markup=False, soft_wrap=True)
