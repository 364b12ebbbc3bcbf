"""The command line: `brainrank VERB`. Each verb's work is in its own file, imported only when it runs."""

import typer

from brainrank.api.cli.analyse.app import analyse
from brainrank.api.cli.cache import cache
from brainrank.api.cli.dataset import dataset
from brainrank.api.cli.demo import demo
from brainrank.api.cli.leaderboard import leaderboard
from brainrank.api.cli.lists import benchmarks
from brainrank.api.cli.models import models
from brainrank.api.cli.runs import runs
from brainrank.api.cli.score import score
from brainrank.api.cli.train import train

app = typer.Typer(
    help="Score vision models against brains and behaviour.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo)
app.command("score")(score)
app.command("leaderboard")(leaderboard)
app.command("train")(train)
app.add_typer(models, name="models")
app.add_typer(benchmarks, name="benchmarks")
app.add_typer(dataset, name="dataset")
app.add_typer(runs, name="runs")
app.add_typer(analyse, name="analyse")
app.add_typer(cache, name="cache")


def main() -> None:
    """Run the command line."""
    app()
