"""`brainrank metrics list|show`: by what a model is compared with brains and people."""

from typing import Annotated

import typer

from brainrank.api.cli.options import Json

metrics = typer.Typer(help="The metrics that score them.", no_args_is_help=True)


@metrics.command("list")
def list_metrics(*, json: Json = False) -> None:
    """List the metrics: what they score, of which measurements, and in which unit."""
    from brainrank.api.cli.layout import name, print_table, text
    from brainrank.api.cli.output import print_json
    from brainrank.api.services.views.metric_rows import metric_rows

    rows = metric_rows()
    if json:
        print_json(rows)
        return
    columns = [name("name"), text("scores"), text("measures"), text("unit"), text("citation")]
    print_table(columns, [[str(row[column.heading]) for column in columns] for row in rows])


@metrics.command("show")
def show_metric(
    metric: Annotated[str, typer.Argument(metavar="NAME", help="A metric's name.")], *, json: Json = False
) -> None:
    """Show a metric: what it asks, its ceiling, range, source, and what each of its parameters is."""
    from brainrank.api.cli.layout import print_facts
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.numbers import range_text
    from brainrank.api.services.views.metric_rows import metric_row, parameter_meanings

    with clear_errors():
        row = metric_row(metric)
    if json:
        print_json({**row, "meanings": parameter_meanings(metric)})
        return
    meanings = parameter_meanings(metric)
    parameters = {f"{key} = {value}": meanings[key] for key, value in row.pop("parameters").items()}
    row["range"] = range_text(row.pop("least"), row.pop("most"))
    print_facts({**{key.replace("_", " "): str(value) or "none" for key, value in row.items()}, **parameters})
