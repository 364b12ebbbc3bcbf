"""`brainrank analyse`: the metrics on one's own arrays and tables, with no model and no database."""

import typer

analyse = typer.Typer(help="Analyse your own arrays and trials: nothing is stored or sent.", no_args_is_help=True)
