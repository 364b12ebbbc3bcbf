"""The command line: `brainrank VERB`. Each verb's work is in its own file, imported only when it runs."""

import typer

from brainrank.api.cli.analyse.app import analyse

app = typer.Typer(
    help="Score vision models against brains and behaviour.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(analyse, name="analyse")


def main() -> None:
    """Run the command line."""
    app()
