"""`brainrank metrics list|show`: by what a model is compared with brains and people."""

from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, print_facts, print_table, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import range_text
from brainrank.api.services.views.metric_rows import metric_row, metric_rows, parameter_meanings

metrics = typer.Typer(help="The metrics that score them.", no_args_is_help=True)


@metrics.command("list")
def list_metrics(*, json: Json = False) -> None:
    """List the metrics: what they score, of which measurements, and in which unit."""
    rows = metric_rows()
    if json:
        print_json(rows)
        return
    columns = [
        name_column("name"),
        text_column("scores"),
        text_column("measures"),
        text_column("unit"),
        text_column("citation"),
    ]
    print_table(columns, [[str(row[column.heading]) for column in columns] for row in rows])


@metrics.command("show")
def show_metric(
    metric: Annotated[str, typer.Argument(metavar="NAME", help="A metric's name.")], *, json: Json = False
) -> None:
    """Show a metric: what it asks, its ceiling, range, source, and what each of its parameters is."""
    with clear_errors():
        row = metric_row(metric)
    if json:
        print_json({**row, "meanings": parameter_meanings(metric)})
        return
    meanings = parameter_meanings(metric)
    parameters = {f"{key} = {value}": meanings[key] for key, value in row.pop("parameters").items()}
    row["range"] = range_text(row.pop("least"), row.pop("most"))
    print_facts({**{key.replace("_", " "): str(value) or "none" for key, value in row.items()}, **parameters})
