"""The command line: `brainrank VERB`. Each verb's work is in its own file, imported only when it runs."""

from typing import Annotated

import typer

from brainrank.api.cli.admin import admin
from brainrank.api.cli.analyse.app import analyse
from brainrank.api.cli.cache import cache
from brainrank.api.cli.compare import compare
from brainrank.api.cli.convert import convert
from brainrank.api.cli.dataset import dataset
from brainrank.api.cli.demo import demo
from brainrank.api.cli.export import export
from brainrank.api.cli.features import features
from brainrank.api.cli.leaderboard import leaderboard
from brainrank.api.cli.lists import benchmarks
from brainrank.api.cli.metrics import metrics
from brainrank.api.cli.models import models
from brainrank.api.cli.plot import plot
from brainrank.api.cli.runs import runs
from brainrank.api.cli.score import score
from brainrank.api.cli.serve import serve
from brainrank.api.cli.status import status
from brainrank.api.cli.submissions import cancel, publish, retry, unpublish
from brainrank.api.cli.submit import submit
from brainrank.api.cli.train import train
from brainrank.api.cli.uploads import uploads
from brainrank.api.cli.verify import verify
from brainrank.api.cli.worker import worker

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"brainrank {version('brainrank')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Score vision models against brains and behaviour."""


app.command("demo")(demo)
app.command("score")(score)
app.command("leaderboard")(leaderboard)
app.command("features")(features)
app.command("compare")(compare)
app.command("verify")(verify)
app.command("convert")(convert)
app.command("train")(train)
app.command("serve")(serve)
app.command("submit")(submit)
app.command("status")(status)
app.command("cancel")(cancel)
app.command("retry")(retry)
app.command("publish")(publish)
app.command("unpublish")(unpublish)
app.command("export")(export)
app.command("worker")(worker)
app.add_typer(models, name="models")
app.add_typer(benchmarks, name="benchmarks")
app.add_typer(metrics, name="metrics")
app.add_typer(dataset, name="dataset")
app.add_typer(uploads, name="uploads")
app.add_typer(runs, name="runs")
app.add_typer(plot, name="plot")
app.add_typer(analyse, name="analyse")
app.add_typer(cache, name="cache")
app.add_typer(admin, name="admin")


def main() -> None:
    """Run the command line."""
    app()
