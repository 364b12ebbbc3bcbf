"""Every verb of the command line, as `--help` tells of it."""

import inspect
from collections.abc import Iterator

import typer

from brainrank.api.cli.main import app

PROGRAM = "brainrank"


def verbs() -> str:
    """A heading, the usage, what it does, arguments and options of each verb."""
    command = typer.main.get_command(app)
    return "\n\n".join(_lines(command, command.context_class(command, info_name=PROGRAM)))


def _lines(command: "typer.core.TyperCommand | typer.core.TyperGroup", context: typer.Context) -> Iterator[str]:
    """Of a verb; of a group of them, of each."""
    within = getattr(command, "commands", {})
    if context.parent is not None:
        depth = context.command_path.count(" ")
        yield f"{'#' * (depth + 1)} {context.command_path}"
        yield inspect.cleandoc(command.help or "").replace("\b\n", "")
    if not within:
        yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
        yield from _table(command, context)
    for name in sorted(within):
        each = within[name]
        if not each.hidden:
            yield from _lines(each, each.context_class(each, info_name=name, parent=context))


def _table(command: "typer.core.TyperCommand", context: typer.Context) -> Iterator[str]:
    records = [each.get_help_record(context) for each in command.get_params(context)]
    rows = [f"| `{_cell(name)}` | {_cell(about)} |" for name, about in filter(None, records) if name != "--help"]
    if rows:
        yield "\n".join(["| argument or option | |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
