"""`brainrank metrics list|show`: by what a model is compared with brains and people."""

from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, print_facts, print_table, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import range_text
from brainrank.api.services.views.metric_facts import facts_of_metric, metric_facts, parameter_meanings

metrics = typer.Typer(help="The metrics that score them.", no_args_is_help=True)


@metrics.command("list")
def list_metrics(*, json: Json = False) -> None:
    """List the metrics: what they score, of which measurements, and in which unit."""
    rows = metric_facts()
    if json:
        print_json([row._asdict() for row in rows])
        return
    columns = [name_column("name"), *map(text_column, ("scores", "measures", "unit", "citation"))]
    print_table(columns, [[row.name, row.scores, row.measures, row.unit, row.citation] for row in rows])


@metrics.command("show")
def show_metric(
    metric: Annotated[str, typer.Argument(metavar="NAME", help="A metric's name.")], *, json: Json = False
) -> None:
    """Show a metric: what it asks, its ceiling, range, source, and what each of its parameters is."""
    with clear_errors():
        found = facts_of_metric(metric)
    meanings = parameter_meanings(metric)
    if json:
        print_json({**found._asdict(), "meanings": meanings})
        return
    facts = {
        "name": found.name,
        "scores": found.scores,
        "measures": found.measures,
        "in packages": found.in_packages or "not declared by packages",
        "unit": found.unit,
        "range": range_text(found.least, found.most),
        "fewest stimuli": str(found.fewest_stimuli),
        "words": found.words,
        "citation": found.citation,
    }
    print_facts(facts | {f"{key} = {value}": meanings[key] for key, value in found.parameters.items()})
